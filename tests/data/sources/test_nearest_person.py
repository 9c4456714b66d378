import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data.source_registry import SOURCES
from stpose_tf.data.sources.filmed import nearest_person
from stpose_tf.data.sources.human36m import h36m_footage

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("detected_files.py")))
)


def three_dpw_in_coco(folder):
    files = FILES.load("three_dpw_files")
    files.write(folder, files.content(count=2))
    return [plan.read() for plan in SOURCES["3dpw"].find()(folder)]


def test_one_file_holds_everybody_of_a_sequence(tmp_path):
    clips = three_dpw_in_coco(tmp_path / "in")
    both = np.concatenate([FILES.people(clip.views[0], others=0) for clip in clips])
    FILES.save(tmp_path / "seen", "downtown_walk_00", both, "coco17")
    found = SOURCES["3dpw"].find()(tmp_path / "in", detections=tmp_path / "seen")
    for planned, own in zip(found, clips, strict=True):
        (view,), (before,) = planned.read().views, own.views
        there = before.confidence > 0
        assert_allclose(
            view.keypoints[there], (before.keypoints + FILES.SHIFT)[there], atol=0.1
        )


def test_people_are_told_apart_where_the_tracks_are_mixed_up(tmp_path):
    """The two tracks exchange their people in the middle; nobody is there at times."""
    clips = three_dpw_in_coco(tmp_path / "in")
    both = np.concatenate([FILES.people(clip.views[0], others=0) for clip in clips])
    both[:, 20:] = both[::-1, 20:]
    both[:, 30:33] = np.nan
    FILES.save(tmp_path / "seen", "downtown_walk_00", both, "coco17")
    found = SOURCES["3dpw"].find()(tmp_path / "in", detections=tmp_path / "seen")
    for planned, own in zip(found, clips, strict=True):
        (view,), (before,) = planned.read().views, own.views
        there = before.confidence > 0
        there[30:33] = False
        assert_array_equal(view.confidence > 0, there)
        assert_allclose(
            view.keypoints[there], (before.keypoints + FILES.SHIFT)[there], atol=0.1
        )


def test_joints_that_drift_away_say_nothing_of_who_it_is(tmp_path):
    """The 3D of three sequences of S9 does; their detections are taken as they are."""
    clip = three_dpw_in_coco(tmp_path / "in")[0]
    far = FILES.people(clip.views[0])[0]
    seen = nearest_person.Seen(far[..., :2], far[..., 2])
    person = nearest_person.places(clip, clip.views[0])
    options = {"skeleton": "coco17", "person": person, "where": "a.npz"}
    assert nearest_person.choose([seen], drifts=True, **options) is seen
    with pytest.raises(errors.InputError, match=r"a\.npz: expected the person"):
        nearest_person.choose([seen], **options)
    sequences = {
        name: h36m_footage.footage("S9", name, step=1)[0].drifts
        for name in ("Greeting", "SittingDown 1", "Waiting 1", "Waiting", "Walking")
    }
    assert [name for name, drifts in sequences.items() if not drifts] == [
        "Waiting",
        "Walking",
    ]
