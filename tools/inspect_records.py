"""Counts and draws: python tools/inspect_records.py --records=DIR --out=look.png."""

from stpose_tf import commands, inspect_records

if __name__ == "__main__":
    commands.run(inspect_records.define_flags, inspect_records.main)
