"""3D people: python tools/predict.py --preset=DIR --keypoints=FILE --out=DIR."""

from stpose_tf import commands, predict

if __name__ == "__main__":
    commands.run(predict.define_flags, predict.main)
