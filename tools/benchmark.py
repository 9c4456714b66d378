"""Times the parts of training; the command is `stpose_tf.benchmark`."""

from stpose_tf import benchmark, commands

if __name__ == "__main__":
    commands.run(benchmark.define_flags, benchmark.main)
