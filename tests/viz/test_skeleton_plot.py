import numpy as np
import pytest

pytest.importorskip("matplotlib")

from stpose_tf.geometry import skeletons
from stpose_tf.viz import drawing, skeleton_plot

H36M = skeletons.get("h36m17")


@pytest.fixture
def axes():
    return drawing.grid(drawing.figure(2, 2), 1, 1)[0, 0]


def test_without_a_turn_it_is_the_cameras_view():
    pose = np.array([[100.0, 200.0, 300.0]])  # right, down, away
    np.testing.assert_allclose(
        skeleton_plot.project(pose, yaw=0, pitch=0), [[100, -200, 300]]
    )


def test_a_quarter_turn_shows_the_depth():
    pose = np.array([[0.0, 0.0, 300.0]])
    right, _, depth = skeleton_plot.project(pose, yaw=np.pi / 2, pitch=0)[0]
    assert right == pytest.approx(-300)
    assert depth == pytest.approx(0)


def test_a_view_keeps_lengths():
    pose = np.random.default_rng(0).normal(size=(17, 3))
    seen = skeleton_plot.project(pose)
    np.testing.assert_allclose(
        np.linalg.norm(seen, axis=-1), np.linalg.norm(pose, axis=-1)
    )


def test_left_is_blue_and_right_is_orange(axes, walker):
    truths, _, _ = walker
    skeleton_plot.draw(axes, truths[0], H36M)
    bones = axes.lines[:16]
    children = [child for _, child in H36M.edges]
    for line, child in zip(bones, children, strict=True):
        name = H36M.joints[child]
        expected = drawing.MIDDLE
        if name.startswith("left"):
            expected = drawing.LEFT
        if name.startswith("right"):
            expected = drawing.RIGHT
        assert line.get_color() == expected


def test_unknown_joints_are_left_out_and_hidden_ones_hollow(axes, walker):
    truths, _, _ = walker
    pose = truths[0].copy()
    pose[H36M.index("head")] = np.nan
    hidden = np.zeros(17, bool)
    hidden[H36M.index("left_wrist")] = True
    skeleton_plot.draw(axes, pose, H36M, hidden=hidden)
    assert len(axes.lines) == 15 + 16
    hollow = [
        line for line in axes.lines if line.get_markerfacecolor() == drawing.PAPER
    ]
    assert len(hollow) == 1


def test_a_ghost_is_one_line_of_all_known_bones(axes, walker):
    ghost = walker[0][0].copy()
    ghost[H36M.index("head")] = np.nan
    skeleton_plot.draw(axes, walker[0][1], H36M, ghost=ghost)
    (line,) = [one for one in axes.lines if one.get_linewidth() == 4.0]
    ends = skeleton_plot.project(ghost)[np.asarray(H36M.edges), :2]
    known = [bone for bone in ends if np.isfinite(bone).all()]
    assert len(known) == 15
    drawn = np.column_stack(line.get_data())
    for number, bone in enumerate(known):
        np.testing.assert_allclose(drawn[3 * number : 3 * number + 2], bone)
    assert np.isnan(drawn[2::3]).all()
