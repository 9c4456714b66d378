"""Times a frame of a stream; the command is `stpose_tf.benchmark_stream`."""

from stpose_tf import benchmark_stream, commands

if __name__ == "__main__":
    commands.run(benchmark_stream.define_flags, benchmark_stream.main)
