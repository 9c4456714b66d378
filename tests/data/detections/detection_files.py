"""Writes files as 2D detectors do, of people whose keypoints are known.

It shares nothing with the readers: the orders of the keypoints are typed from the
formats' descriptions.
"""

import dataclasses
import json

import numpy as np

SIZE = (1280, 720)


def _names(text):
    return text.split()


COCO = _names(
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder "
    "left_elbow right_elbow left_wrist right_wrist left_hip right_hip left_knee "
    "right_knee left_ankle right_ankle"
)
FEET = _names(
    "left_big_toe right_big_toe left_small_toe right_small_toe left_heel right_heel"
)
HALPE = [*COCO, "head", "neck", "hip", *FEET]
BODY_25 = _names(
    "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow "
    "left_wrist mid_hip right_hip right_knee right_ankle left_hip left_knee left_ankle "
    "right_eye left_eye right_ear left_ear left_big_toe left_small_toe left_heel "
    "right_big_toe right_small_toe right_heel"
)
OPENPOSE_18 = _names(
    "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow "
    "left_wrist right_hip right_knee right_ankle left_hip left_knee left_ankle "
    "right_eye left_eye right_ear left_ear"
)
BLAZEPOSE = _names(
    "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye "
    "right_eye_outer left_ear right_ear mouth_left mouth_right left_shoulder "
    "right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky "
    "right_pinky left_index right_index left_thumb right_thumb left_hip right_hip "
    "left_knee right_knee left_ankle right_ankle left_heel right_heel left_foot_index "
    "right_foot_index"
)
# Facing the camera: the left side is at larger x. In px below and beside the nose.
_PLACES = {
    "nose": (0, 0),
    "eye": (8, -8),
    "eye_inner": (5, -8),
    "eye_outer": (11, -8),
    "ear": (18, -4),
    "mouth": (6, 9),
    "head": (0, -40),
    "neck": (0, 40),
    "shoulder": (45, 45),
    "elbow": (60, 105),
    "wrist": (64, 160),
    "pinky": (66, 172),
    "index": (62, 174),
    "thumb": (58, 168),
    "hip": (27, 170),
    "mid_hip": (0, 170),
    "knee": (30, 260),
    "ankle": (30, 345),
    "heel": (26, 355),
    "big_toe": (34, 362),
    "small_toe": (42, 360),
    "foot_index": (36, 362),
}


@dataclasses.dataclass(frozen=True)
class Person:
    """Someone who walks sideways; `frames` says in which frames."""

    number: int
    start: tuple[float, float]
    step: float
    frames: tuple[int, ...]

    def place(self, name, frame):
        """Returns x and y of a keypoint in px."""
        if name == "hip":
            name = "mid_hip"
        side = -1 if name.startswith("right_") or name.endswith("_right") else 1
        part = name.replace("left_", "").replace("right_", "")
        x, y = _PLACES[part.removesuffix("_left").removesuffix("_right")]
        swing = 6.0 * np.sin(0.4 * frame + len(name)) if y > 50 else 0.0
        return (
            self.start[0] + self.step * frame + side * x + swing,
            self.start[1] + y + 0.25 * frame,
        )

    def sure(self, name, frame):
        """Returns the confidence of a keypoint."""
        return 0.5 + 0.04 * ((len(name) * 3 + frame + self.number) % 11)

    def points(self, names, frame):
        """Returns x, y and confidence, `[keypoints, 3]`."""
        rows = [(*self.place(n, frame), self.sure(n, frame)) for n in names]
        return np.array(rows)

    def box(self, frame):
        """Returns left, top, width and height."""
        points = self.points(COCO, frame)[:, :2]
        low, high = points.min(axis=0) - 5, points.max(axis=0) + 5
        return [*low.tolist(), *(high - low).tolist()]


def two_people(frames=20):
    """Returns two people who walk past each other, the second lost for a while."""
    lost = tuple(f for f in range(frames) if f < 6 or f > 8)
    return (
        Person(1, (200.0, 100.0), 8.0, tuple(range(frames))),
        Person(2, (900.0, 130.0), -7.0, lost),
    )


def _dump(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def _seen(people, frame):
    return [person for person in people if frame in person.frames]


def _last(people):
    return max(max(person.frames) for person in people) + 1


def write_openpose(folder, people, names=BODY_25, scale=None, stem="walk"):
    """Writes one file a frame; `scale` is OpenPose's --keypoint_scale, 3 or 4."""
    for frame in range(_last(people)):
        entries = []
        for person in _seen(people, frame):
            points = person.points(names, frame)
            if scale is not None:
                points[:, :2] /= SIZE
            if scale == 4:
                points[:, :2] = 2 * points[:, :2] - 1
            points[frame % 5] = 0.0  # a joint that was not found
            entries.append(
                {
                    "person_id": [-1],
                    "pose_keypoints_2d": points.reshape(-1).tolist(),
                    "face_keypoints_2d": [],
                    "hand_left_keypoints_2d": [],
                    "hand_right_keypoints_2d": [],
                    "pose_keypoints_3d": [],
                }
            )
        name = f"{stem}_{frame:012d}_keypoints.json"
        _dump(folder / name, {"version": 1.3, "people": entries})
    return folder


def write_alphapose(path, people, names=COCO, ids=int, scale=1.0):
    """Writes alphapose-results.json; `ids` makes of a number what it saves as idx."""
    entries = []
    for frame in range(_last(people)):
        for person in _seen(people, frame):
            points = person.points(names, frame)
            points[:, 2] *= scale
            entry = {
                "image_id": f"{frame}.jpg",
                "category_id": 1,
                "keypoints": points.reshape(-1).tolist(),
                "score": 2.7,
                "box": person.box(frame),
            }
            if ids is not None:
                entry["idx"] = ids(person.number)
            entries.append(entry)
    return _dump(path, entries)


def write_alphapose_form(path, people, form):
    """Writes AlphaPose's `--format open` or `--format cmu`."""
    key, inner = {
        "open": ("people", "pose_keypoints_2d"),
        "cmu": ("bodies", "joints"),
    }[form]
    document = {}
    for frame in range(_last(people)):
        for person in _seen(people, frame):
            image = document.setdefault(
                f"{frame}.jpg", {"version": "AlphaPose v0.3", key: []}
            )
            values = person.points(OPENPOSE_18, frame).reshape(-1).tolist()
            image[key].append({inner: values})
    return _dump(path, document)


def write_mmpose_demo(path, people, names=COCO):
    """Writes what the top-down demo script saves: frames from 1, nested boxes."""
    info = [
        {"frame_id": frame + 1, "instances": _instances(people, frame, names)}
        for frame in range(_last(people))
    ]
    meta = {
        "dataset_name": "coco",
        "num_keypoints": len(names),
        "keypoint_id2name": {str(i): name for i, name in enumerate(names)},
        "keypoint_name2id": {name: i for i, name in enumerate(names)},
        "flip_pairs": [[1, 2], [3, 4]],
        "keypoint_colors": [[51, 153, 255]] * len(names),
        "sigmas": [0.05] * len(names),
    }
    return _dump(path, {"meta_info": meta, "instance_info": info})


def write_mmpose_inferencer(path, people, names=COCO):
    """Writes what the inferencer saves for a video: a list, frames from 0."""
    return _dump(
        path,
        [
            {"frame_id": frame, "instances": _instances(people, frame, names)}
            for frame in range(_last(people))
        ],
    )


def write_mmpose_image(path, people):
    """Writes what the inferencer saves for an image: the instances alone."""
    return _dump(path, _instances(people, 0, COCO))


def _instances(people, frame, names):
    found = []
    for person in _seen(people, frame):
        points = person.points(names, frame)
        left, top, width, height = person.box(frame)
        found.append(
            {
                "keypoints": points[:, :2].tolist(),
                "keypoint_scores": points[:, 2].tolist(),
                "bbox": [[left, top, left + width, top + height]],
                "bbox_score": 0.9,
            }
        )
    return found


def write_coco(path, people, *, annotated, track_ids=True, first_frame=0):
    """Writes images, annotations and the category's names of keypoints.

    Annotated, the third numbers are flags: every fifth keypoint is not labelled and
    every seventh is hidden.
    """
    images, entries = [], []
    for frame in range(_last(people)):
        images.append(
            {
                "id": 1000 + frame,
                "file_name": f"walk/{frame + first_frame:06d}.jpg",
                "width": SIZE[0],
                "height": SIZE[1],
            }
        )
        for person in _seen(people, frame):
            points = person.points(COCO, frame)
            entry = {
                "id": len(entries) + 1,
                "image_id": 1000 + frame,
                "category_id": 1,
                "iscrowd": 0,
                "bbox": person.box(frame),
            }
            if annotated:
                points = np.rint(points)
                points[:, 2] = 2
                points[3::7, 2] = 1
                points[::5] = 0
                entry["num_keypoints"] = int((points[:, 2] > 0).sum())
            else:
                entry["score"] = 0.8
            if track_ids:
                entry["track_id"] = person.number
            entry["keypoints"] = points.reshape(-1).tolist()
            entries.append(entry)
    category = {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": COCO,
        "skeleton": [[16, 14], [14, 12]],
    }
    document = {"images": images, "annotations": entries, "categories": [category]}
    return _dump(path, document)


def write_coco_results(path, people):
    """Writes a list as the COCO evaluation takes it: no names, no sizes."""
    entries = [
        {
            "image_id": frame,
            "category_id": 1,
            "keypoints": person.points(COCO, frame).reshape(-1).tolist(),
            "score": 0.7,
        }
        for frame in range(_last(people))
        for person in _seen(people, frame)
    ]
    return _dump(path, entries)


def write_mediapipe(path, people, form="lists"):
    """Writes landmarks in parts of the image, in one of the forms in use."""
    frames = []
    for frame in range(_last(people)):
        each = []
        for person in _seen(people, frame):
            points = person.points(BLAZEPOSE, frame)
            points[:, :2] /= SIZE
            rows = [[x, y, -0.1, sure] for x, y, sure in points.tolist()]
            if form == "objects":
                rows = [
                    dict(zip(("x", "y", "z", "visibility"), row, strict=True))
                    for row in rows
                ]
            if form == "logits":
                rows = [
                    [*row[:3], float(np.log(row[3] / (1 - row[3])))] for row in rows
                ]
            each.append(rows)
        if len(people) == 1:
            frames.append({"frame": frame, "landmarks": each[0] if each else None})
        else:
            frames.append({"frame": frame, "pose_landmarks": each})
    document = {"width": SIZE[0], "height": SIZE[1], "fps": 30.0, "frames": frames}
    return _dump(path, frames if form == "bare" else document)


def write_detectron(path, people, logits=True):
    """Writes what infer_video_d2.py saves: ragged arrays of objects and metadata."""
    frames = _last(people)
    boxes, keypoints, segments = (np.empty(frames, object) for _ in range(3))
    for frame in range(frames):
        seen = _seen(people, frame)
        rows, points = [], []
        for person in seen:
            left, top, width, height = person.box(frame)
            rows.append([left, top, left + width, top + height, 0.95])
            x, y, sure = person.points(COCO, frame).T
            points.append([x, y, np.full(17, 7.0 if logits else 0.0), sure])
        # A false person below the scripts' threshold.
        rows.append([0, 0, 50, 50, 0.3])
        points.append(np.zeros((4, 17)).tolist())
        boxes[frame] = [[], np.array(rows, np.float32)]
        keypoints[frame] = [[], np.array(points, np.float32)]
        segments[frame] = None
    metadata = {"w": SIZE[0], "h": SIZE[1]}
    np.savez_compressed(
        path, boxes=boxes, keypoints=keypoints, segments=segments, metadata=metadata
    )
    return path


def write_videopose3d(path, videos):
    """Writes data_2d_custom_*.npz: one person for each video."""
    positions = {
        name: {
            "custom": [
                np.stack([person.points(COCO, f)[:, :2] for f in person.frames]).astype(
                    np.float32
                )
            ]
        }
        for name, person in videos.items()
    }
    metadata = {
        "layout_name": "coco",
        "num_joints": 17,
        "keypoints_symmetry": [
            [1, 3, 5, 7, 9, 11, 13, 15],
            [2, 4, 6, 8, 10, 12, 14, 16],
        ],
        "video_metadata": {name: {"w": SIZE[0], "h": SIZE[1]} for name in videos},
    }
    np.savez_compressed(path, positions_2d=positions, metadata=metadata)
    return path


def write_csv(path, people, *, wide, separator=",", names=COCO):
    """Writes a table of text; the columns come in an unusual order."""
    lines = []
    if wide:
        columns = [f"{n}_{c}" for n in reversed(names) for c in ("y", "x", "score")]
        lines.append(separator.join(["person", "frame", *columns]))
    else:
        lines.append(
            separator.join(["confidence", "frame", "person", "joint", "x", "y"])
        )
    for frame in range(_last(people)):
        for person in _seen(people, frame):
            points = dict(zip(names, person.points(names, frame), strict=True))
            if wide:
                cells = [
                    cell
                    for name in reversed(names)
                    for cell in (points[name][1], points[name][0], points[name][2])
                ]
                row = [f"p{person.number}", str(frame), *map(repr, map(float, cells))]
                lines.append(separator.join(row))
                continue
            for name, (x, y, sure) in points.items():
                row = [sure, frame, f"p{person.number}", name, x, y]
                lines.append(separator.join(map(str, row)))
    path.write_text("\n".join(lines) + "\n")
    return path
