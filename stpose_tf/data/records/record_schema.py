"""Names and limits of the record format, `schema = 1`.

One `tf.train.Example` holds at most `CHUNK_FRAMES` consecutive frames of one clip.
Arrays are one little-endian bytes feature each, so that a clip's chunks are joined by
joining strings; heat maps are one compressed blob a frame, so that only the frames of
a window are inflated. A view's `heatmap_range` is the same in all chunks of a clip.
"""

SCHEMA = 1
CHUNK_FRAMES = 256
MAX_VIEWS = 256
CAMERA_NUMBERS = 22  # what geometry.cameras.pack returns
FRAMING_BYTES = 16  # length, its check sum, and the record's check sum
HEADER_BYTES = 12  # length and its check sum
INDEX_NAME = "index.json"

# One feature of each name, in front of the views' own.
BYTES = (
    "clip_id",
    "dataset",
    "subject",
    "action",
    "input_skeleton",
    "output_skeleton",
    "pose_world",
    "pose_valid",
    "keypoints_world",
)
INTEGERS = ("schema", "chunk_start", "clip_frames", "frames", "num_views")
FLOATS = ("fps",)


def view_feature(view: int, name: str) -> str:
    """Returns the feature's name, such as `view0/keypoints`."""
    return f"view{view}/{name}"
