"""The page in a browser without a screen."""

import sys

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.export import keypoint_input
from stpose_tf.geometry import heatmaps

pytestmark = pytest.mark.slow


def test_the_browser_says_what_keras_says(visit, recorded, capsys):
    results, asked = visit(
        "const made = []; for (const i of stpose.recordings.keys()) "
        "made.push(await stpose.verify(i)); return made;"
    )
    assert len(results) == len(recorded) == 3
    for result, recording in zip(results, recorded, strict=True):
        assert result["frames"] == len(recording.poses)
        assert result["largest"] < 0.01  # mm; the page has to keep 1 mm
    with capsys.disabled():
        for result in results:
            sys.stdout.write(
                f"\n{result['frames']} frames at {result['framesPerSecond']:.0f} "
                f"frames/s, within {result['largest']:.2g} mm of Keras"
            )
    # Whatever was not on this server was not to be had.
    assert "/onnxruntime/ort-wasm-simd-threaded.wasm" in asked
    assert "/stream_step.onnx" in asked


def test_another_model_is_found_out(visit):
    ((before, after), _) = visit(
        "const before = await stpose.verify(0);"
        "for (const pose of stpose.recordings[0].poses) pose[9] += 5;"
        "return [before, await stpose.verify(0)];"
    )
    assert before["largest"] < 0.01
    assert after["largest"] == pytest.approx(5, abs=0.01)


def test_heat_maps_are_those_of_python(visit, recorded):
    found, _ = visit(
        "const { render } = await import('/heatmaps.js');"
        "const maps = render(stpose.recordings[1].keypoints[40],"
        "  stpose.facts.heatmapShape);"
        "return [Array.from(maps), stpose.facts.heatmapShape.sigma];"
    )
    maps, sigma = found
    places = recorded[1].keypoints[40]
    peaks = np.stack(
        [places[:, 0], places[:, 1], np.full(17, sigma), places[:, 2]], axis=-1
    )
    expected = heatmaps.render(tf.constant(peaks[:, np.newaxis], tf.float32), (16, 16))
    np.testing.assert_allclose(np.reshape(maps, (16, 16, 17)), expected, atol=1e-6)
    assert (np.reshape(maps, (16, 16, 17)).max((0, 1)) == 0).any()  # one is hidden


def test_crops_of_someone_who_stands_still_are_those_of_python(visit):
    rng = np.random.default_rng(0)
    points = rng.uniform(50, 400, size=(17, 3))
    points[:, 2] = rng.uniform(size=17) > 0.2
    found, _ = visit(
        "const { CropTracker, intoCrop } = await import('/crops.js');"
        f"const points = {points.tolist()}, tracker = new CropTracker(stpose.facts);"
        "let crop; for (let i = 0; i < 20; i++) crop = tracker.push(points);"
        "return [crop, intoCrop(points, crop, stpose.facts.heatmapShape),"
        "  new CropTracker(stpose.facts).push(points.map(([x, y]) => [x, y, 0]))];"
    )
    crop, placed, nobody = found
    seen = points[:, 2] > 0
    boxes = keypoint_input.tracked_crops(
        tf.constant(points[None, None, :, :2], tf.float32),
        seen[None, None],
        margin=1.25,
    )[0, 0]
    np.testing.assert_allclose(
        [crop["x"], crop["y"], crop["side"]], boxes[:3], rtol=1e-5
    )
    units = (points[:, :2] - boxes[:2]) / boxes[2] + 0.5
    np.testing.assert_allclose(
        np.reshape(placed, (17, 3))[:, :2],
        heatmaps.unit_to_heatmap(units, (16, 16)),
        atol=1e-3,
    )
    assert nobody is None


def test_detections_become_frames_at_the_rate_of_the_model(visit):
    # Detections at 0, 100 and 200 ms; a model of 20 frames a second.
    found, _ = visit(
        "const { Resampler } = await import('/camera.js');"
        "const frames = new Resampler(20);"
        "return [[0, [[0, 10, 1]]], [100, [[4, 12, 0.5]]], [200, null],"
        "  [5000, [[1, 1, 1]]]].map(([t, points]) => frames.push(t, points));"
    )
    assert found == [
        [[[0, 10, 1]]],
        [[[2, 11, 0.5]], [[4, 12, 0.5]]],
        [None, None],
        [[[1, 1, 1]]],
    ]


def test_the_camera_runs_where_nobody_stands(visit, modules, page):
    if not (modules / "@mediapipe" / "pose").is_dir():
        pytest.skip("no @mediapipe/pose")
    status, asked = visit(
        "stpose.film();"
        "const status = page.document.getElementById('status');"
        "for (let i = 0; i < 1500 && !/ms a frame/.test(status.textContent) || i < 20;"
        " i++) await new Promise((resolve) => setTimeout(resolve, 100));"
        "return status.textContent;"
    )
    assert "ms a frame" in status
    assert "/blazepose/pose_landmark_full.tflite" in asked
