"""The predict command on video, with networks that know nothing but colored dots."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stpose_tf.results import poses_json
from stpose_tf.video import frame_source, video_writer

av = pytest.importorskip("av", reason="the extra 'video' is not installed")
cv2 = pytest.importorskip("cv2", reason="the extra 'video' is not installed")
onnx = pytest.importorskip("onnx", reason="onnx makes the test's networks")
pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
SIZE, FPS, FRAMES = (640, 360), 30.0, 160
LEFT = 50  # bob leaves after so many frames
HEIGHT = 240
# A standing body's COCO keypoints, in its height; the face is large for its dots.
BODY = np.array(
    [
        [0, 0.1], [0.05, 0.04], [-0.05, 0.04], [0.1, 0.1], [-0.1, 0.1],
        [0.12, 0.22], [-0.12, 0.22], [0.16, 0.36], [-0.16, 0.36], [0.2, 0.5],
        [-0.2, 0.5], [0.08, 0.53], [-0.08, 0.53], [0.08, 0.74], [-0.08, 0.74],
        [0.08, 0.95], [-0.08, 0.95],
    ]
)  # fmt: skip
# Seen from gray, the background, each has a direction of its own.
COLORS = np.stack(np.meshgrid(*[[0.0, 0.5, 1.0]] * 3), axis=-1).reshape(-1, 3)
COLORS = COLORS[(COLORS != 0.5).any(axis=1)][:17]


def _body(name, frame):
    corner = {"ann": [150, 60], "bob": [480, 70]}[name]
    return BODY * HEIGHT + corner + np.array([0.3, 0.0]) * frame


def _image(frame):
    image = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    for name in ("ann", "bob") if frame < LEFT else ("ann",):
        for place, color in zip(_body(name, frame), COLORS * 255, strict=True):
            x, y = (float(v) for v in place)
            cv2.circle(image, (round(x), round(y)), 5, color.tolist(), -1)
    return image


def _network(path, colors=COLORS):
    """Writes exp(-20 |color of every fourth pixel - color k|^2) as map k."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    constants = {
        "both": -2.0 * colors[..., None, None],
        "own": (colors**2).sum(axis=1),
        "ones": np.ones((len(colors), 3, 1, 1)),
        "sharp": np.array(-20.0),
    }
    nodes = [
        helper.make_node("Mul", ["images", "images"], ["squares"]),
        helper.make_node("Conv", ["squares", "ones"], ["lengths"], strides=[4, 4]),
        helper.make_node("Conv", ["images", "both", "own"], ["mixed"], strides=[4, 4]),
        helper.make_node("Add", ["lengths", "mixed"], ["apart"]),
        helper.make_node("Mul", ["apart", "sharp"], ["logs"]),
        helper.make_node("Exp", ["logs"], ["maps"]),
    ]
    graph = helper.make_graph(
        nodes,
        "dots",
        [helper.make_tensor_value_info("images", kind, ["n", 3, 256, 192])],
        [helper.make_tensor_value_info("maps", kind, ["n", len(colors), 64, 48])],
        [
            onnx.numpy_helper.from_array(v.astype(np.float32), k)
            for k, v in constants.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A clip of two people of whom one leaves, their boxes, and a 2D network."""
    folder = tmp_path_factory.mktemp("files")
    with video_writer.VideoWriter(folder / "clip.mp4", fps=FPS) as writer:
        for frame in range(FRAMES):
            writer.write(_image(frame))
    with video_writer.VideoWriter(folder / "gray.mp4", fps=FPS) as writer:
        for _ in range(12):
            writer.write(_image(LEFT) * 0 + 128)
    rows, nameless = ["frame,id,x,y,w,h"], ["frame,x,y,w,h"]
    for frame in range(FRAMES):
        for name in ("ann", "bob") if frame < LEFT else ("ann",):
            low, high = _body(name, frame).min(axis=0), _body(name, frame).max(axis=0)
            box = ",".join(f"{v:g}" for v in (*(low - 8), *(high - low + 16)))
            rows.append(f"{frame},{name},{box}")
            nameless.append(f"{frame},{box}")
    (folder / "named.csv").write_text("\n".join(rows))
    (folder / "nameless.csv").write_text("\n".join(nameless))
    _network(folder / "dots.onnx")
    _network(folder / "shuffled.onnx", COLORS[::-1])
    (folder / "images").mkdir()
    for frame in range(20):
        cv2.imwrite(str(folder / "images" / f"{frame}.png"), _image(frame)[..., ::-1])
    return folder


@pytest.fixture
def arguments(untrained_preset, files):
    """What a call needs beside a video, boxes or a detector, and a folder."""
    return [
        f"--preset={untrained_preset}",
        f"--network={files / 'dots.onnx'}",
        "--network_normalization=unit",
    ]


def _check(person, name, frames):
    np.testing.assert_array_equal(person.frames, np.arange(frames))
    np.testing.assert_allclose(person.times, np.arange(frames) / FPS, atol=1e-3)
    places = np.stack([_body(name, frame) for frame in range(frames)])
    found = person.keypoints[..., :2]
    # A pixel of the maps is 5 px wide.
    assert np.linalg.norm(found - places, axis=-1).mean() < 2.5


def test_people_in_boxes_become_3d_with_their_ids(
    arguments, files, run_predict, write_detector, tmp_path
):
    clip, named = f"--video={files / 'clip.mp4'}", f"--boxes={files / 'named.csv'}"
    boxes = [[150 - 56, 50, 150 + 104, 300], [480 - 56, 60, 480 + 104, 310]]
    detector = write_detector(
        tmp_path / "detector.onnx",
        {
            "labels": np.array([[0, 0]]),
            "boxes": np.array([boxes], np.float32),
            "scores": np.array([[0.9, 0.8]], np.float32),
        },
        extra=[("orig_target_sizes", [1, 2])],
    )
    images = f"--video={files / 'images'}"
    answers, done = run_predict(
        [*arguments, clip, named, f"--out={tmp_path / 'named'}", "--formats=csv"],
        [*arguments, clip, named, f"--out={tmp_path / 'one'}", "--person=bob"],
        [
            *(*arguments, clip, f"--boxes={files / 'nameless.csv'}"),
            *(f"--out={tmp_path / 'nameless'}", "--nooverlay", "--person=2"),
        ],
        [
            *(*arguments, images, f"--detector={detector}"),
            *(f"--out={tmp_path / 'found'}", "--nooverlay"),
        ],
        [
            *(*arguments, images, named, f"--out={tmp_path / 'shuffled'}"),
            *(f"--network={files / 'shuffled.onnx'}", "--nooverlay"),
        ],
        [
            *(*arguments, f"--video={files / 'gray.mp4'}", named),
            f"--out={tmp_path / 'nobody'}",
        ],
    )
    assert answers == ["DONE"] * 6

    ann, bob = poses_json.read(tmp_path / "named" / "poses.json").people
    assert (ann.id, bob.id) == ("ann", "bob")
    _check(ann, "ann", FRAMES)
    _check(bob, "bob", LEFT)
    names = sorted(path.name for path in (tmp_path / "named").iterdir())
    assert names == [
        "overlay.mp4",
        "poses.csv",
        "poses.json",
        "poses.npz",
        "viewer.html",
    ]
    drawn = frame_source.open_source(str(tmp_path / "named" / "overlay.mp4"))
    assert drawn.expected_frames == FRAMES
    assert drawn.image_size == (SIZE[0] + round(0.8 * SIZE[1]), SIZE[1])
    assert drawn.fps == pytest.approx(FPS)

    (alone,) = poses_json.read(tmp_path / "one" / "poses.json").people
    assert alone.id == "bob"
    np.testing.assert_allclose(alone.poses, bob.poses, atol=0.1)

    (tracked,) = poses_json.read(tmp_path / "nameless" / "poses.json").people
    assert tracked.id == "2"
    _check(tracked, "bob" if len(tracked.frames) == LEFT else "ann", LEFT)

    found = poses_json.read(tmp_path / "found" / "poses.json")
    assert found.source.file == "images"
    assert [person.id for person in found.people] == ["1", "2"]
    _check(found.people[0], "ann", 20)
    _check(found.people[1], "bob", 20)

    assert done.stderr.count("times as large as trunks") == 1
    nobody = poses_json.read(tmp_path / "nobody" / "poses.json")
    assert nobody.people == ()
    assert "gray.mp4: nobody is in it" in done.stderr
    assert "boxes belong to frames after the video's last, 11" in done.stderr


def _sound(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 8000), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _no_frames(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()


def _front_loaded(source, path, *, keep):
    """Writes the video with its index first, as the web has them, and cuts it."""
    with (
        av.open(str(source)) as given,
        av.open(str(path), "w", options={"movflags": "faststart"}) as made,
    ):
        stream = made.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])


def test_what_cannot_be_used_is_refused_and_nothing_written(
    arguments, files, run_predict, tmp_path
):
    bad = tmp_path / "bad"
    (bad / "empty").mkdir(parents=True)
    (bad / "damaged").mkdir()
    for name in ("0.png", "1.png", "2.png"):
        (bad / "damaged" / name).write_bytes((files / "images" / name).read_bytes())
    (bad / "damaged" / "2.png").write_bytes(b"no image")
    (bad / "text.mp4").write_text("no video")
    whole = (files / "clip.mp4").read_bytes()
    (bad / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    _front_loaded(files / "clip.mp4", bad / "late.mp4", keep=0.98)
    _sound(bad / "sound.mp4")
    _no_frames(bad / "none.mp4")
    (bad / "outside.csv").write_text("frame,x,y,w,h\n0,1000,10,50,50\n")
    (bad / "shares.csv").write_text("frame,x,y,w,h\n0,0.1,0.1,0.5,0.5\n")
    clip, named = f"--video={files / 'clip.mp4'}", f"--boxes={files / 'named.csv'}"
    out = f"--out={tmp_path / 'out'}"
    preset = arguments[0]
    cases = [
        ([*arguments, f"--video={bad / name}", named, out], says)
        for name, says in (
            ("missing.mp4", "missing.mp4"),
            ("empty", "expected images"),
            ("damaged", "2.png: expected an image"),
            ("text.mp4", "text.mp4: expected a video file"),
            ("cut.mp4", "cut.mp4: expected a video file"),
            ("late.mp4", "late.mp4: expected"),
            ("sound.mp4", "expected a video stream. Received: audio"),
            ("none.mp4", "none.mp4: expected"),
        )
    ]
    cases += [
        ([*arguments, clip, named, out, *more], says)
        for more, says in (
            (["--person=eve"], "one of ann, bob. Received: eve"),
            (["--network_skeleton=body25"], "expected 25 heat maps"),
            (["--network_skeleton=none"], "none"),
            (["--network_size=256"], "HEIGHTxWIDTH"),
            (["--network=openpose"], "expected one of blazepose, "),
            (["--detector=blazepose"], "one of --boxes and --detector"),
            (["--size=640x360"], "--size: expected nothing of it with --video"),
            ([f"--boxes={bad / 'outside.csv'}"], "lies outside"),
            ([f"--boxes={bad / 'shares.csv'}"], "expected boxes in px"),
            ([f"--boxes={bad / 'missing.csv'}"], "no file"),
        )
    ]
    cases += [
        ([*arguments, clip, out, "--person=ann"], "a number from 1"),
        ([*arguments, clip, out], "blazepose_detector: expected https"),
        ([*arguments, clip, out, "--detector=yolo"], "expected blazepose or a .tflite"),
        ([*arguments, clip, out, f"--detector={files / 'dots.onnx'}"], "as YOLOX"),
        ([preset, clip, named, out], "blazepose_full: expected https"),
        (["--preset=nowhere", clip, named, out], "nowhere: expected"),
        ([preset, "--keypoints=a.json", out, named], "--boxes: expected nothing of it"),
        ([*arguments, clip, named, out, "--person=1"], "one of ann, bob. Received: 1"),
        (
            [
                *(*arguments, clip, f"--boxes={files / 'nameless.csv'}"),
                *(out, "--person=3"),
            ],
            "one of 1, 2. Received: 3",
        ),
    ]
    answers, _ = run_predict(*(given for given, _ in cases))
    for (given, says), answer in zip(cases, answers, strict=True):
        assert answer.startswith("REFUSED"), given
        assert says in answer, given
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad"]


# The program of tools/predict.py, interrupted by the keyboard at a frame. A shell's
# background jobs ignore the keyboard, and so would their children.
INTERRUPTED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from stpose_tf import commands, predict
from stpose_tf.video import video_file
whole = video_file.VideoFile.images
def images(self):
    for number, image in enumerate(whole(self)):
        if number == 155:
            signal.raise_signal(signal.SIGINT)
        yield image
video_file.VideoFile.images = images
commands.run(predict.define_flags, predict.main)
"""
# The same with the video as a camera's.
CAMERA = INTERRUPTED.replace(
    "commands.run",
    """
from stpose_tf.video import camera_frames, frame_source
class Camera(camera_frames.CameraFrames, video_file.VideoFile):
    __init__ = video_file.VideoFile.__init__
    images = video_file.VideoFile.images
    close = video_file.VideoFile.close
frame_source.open_source = lambda name, fps: Camera(predict.Path(name), fps=fps)
commands.run""",
)


def _interrupted(program, arguments, files, tmp_path):
    return subprocess.run(
        [
            *(sys.executable, "-c", program, *arguments),
            f"--video={files / 'clip.mp4'}",
            f"--boxes={files / 'named.csv'}",
            f"--out={tmp_path / 'out'}",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ,
        check=False,
    )


def test_a_camera_ends_with_an_interrupt(arguments, files, tmp_path):
    done = _interrupted(CAMERA, [*arguments, "--nooverlay"], files, tmp_path)
    assert done.returncode == 0, done.stderr
    people = poses_json.read(tmp_path / "out" / "poses.json").people
    assert [person.id for person in people] == ["ann", "bob"]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["poses.json", "poses.npz", "viewer.html"]


def test_an_interrupted_run_leaves_who_was_finished(arguments, files, tmp_path):
    done = _interrupted(INTERRUPTED, arguments, files, tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "error: interrupted"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["poses.json"]
    people = poses_json.read(tmp_path / "out" / "poses.json").people
    by_name = {person.id: person for person in people}
    _check(by_name["bob"], "bob", LEFT)  # gone for 3 s before the interrupt
    # Who was still there is written as far as the video was seen.
    assert 140 < len(by_name["ann"].frames) <= 155
