"""Turns motion into records; the command is `stpose_tf.build_records`."""

from stpose_tf import build_records, commands

if __name__ == "__main__":
    commands.run(build_records.define_flags, build_records.main)
