"""3D people from video, or from its 2D keypoints.

python tools/predict.py --preset=DIR --video=clip.mp4 --out=out
python tools/predict.py --preset=DIR --keypoints=pose.json --size=1920x1080 --out=out
"""

from stpose_tf import commands, predict

if __name__ == "__main__":
    commands.run(predict.define_flags, predict.main)
