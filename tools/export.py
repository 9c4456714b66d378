"""Exports a trained model: python tools/export.py --workdir=runs/tiny."""

from stpose_tf import commands
from stpose_tf.export import __main__ as export

if __name__ == "__main__":
    commands.run(export.define_flags, export.main)
