"""The paper's tables and our studies: python tools/experiment.py --table=2 ..."""

from stpose_tf import commands, experiment

if __name__ == "__main__":
    commands.run(experiment.define_flags, experiment.main)
