"""Measures a trained model: python tools/evaluate.py --workdir=runs/tiny."""

from stpose_tf import commands, evaluate

if __name__ == "__main__":
    commands.run(evaluate.define_flags, evaluate.main)
