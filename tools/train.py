"""Trains a model; the command is `stpose_tf.train`."""

from stpose_tf import commands, train

if __name__ == "__main__":
    commands.run(train.define_flags, train.main)
