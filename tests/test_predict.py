"""The predict command on keypoints, with a network that was never trained."""

import numpy as np
import pytest

from stpose_tf.results import poses_json, poses_npz

# x and y of a standing body's COCO keypoints, in heights of the body.
BODY = np.array(
    [
        [0, 0.06], [0.02, 0.05], [-0.02, 0.05], [0.04, 0.06], [-0.04, 0.06],
        [0.1, 0.17], [-0.1, 0.17], [0.12, 0.33], [-0.12, 0.33], [0.13, 0.48],
        [-0.13, 0.48], [0.07, 0.5], [-0.07, 0.5], [0.07, 0.73], [-0.07, 0.73],
        [0.07, 0.95], [-0.07, 0.95],
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def keypoints(tmp_path_factory):
    """A file of two people; the second comes later, and is gone for 50 frames."""
    folder = tmp_path_factory.mktemp("keypoints")
    rng = np.random.default_rng(0)
    places = np.full((2, 120, 17, 3), np.nan)
    places[..., 2] = 0.0
    for number, (x, y, height) in enumerate([(500, 300, 600), (1400, 400, 300)]):
        body = BODY * height + [x, y] + rng.normal(scale=2.0, size=(120, 17, 2))
        places[number, ..., :2] = body
        places[number, ..., 2] = 0.9
    places[1, :20] = [np.nan, np.nan, 0.0]
    places[1, 50:100] = [np.nan, np.nan, 0.0]
    places[0, 30:40, 9] = [np.nan, np.nan, 0.0]
    facts = {"fps": 30.0, "skeleton": "coco17"}
    path = folder / "two.npz"
    np.savez(path, keypoints=places, ids=["a", "b/c"], image_size=[1920, 1080], **facts)
    np.savez(
        folder / "nobody.npz",
        keypoints=np.full((1, 9, 17, 3), [np.nan, np.nan, 0.0]),
        image_size=[1920, 1080],
        **facts,
    )
    np.savez(folder / "no_size.npz", keypoints=places, **facts)
    np.savez(folder / "order.npz", keypoints=places[:, :, ::-1], **facts)
    (folder / "cut.npz").write_bytes(path.read_bytes()[:500])
    return folder


@pytest.mark.slow
def test_keypoints_become_people_in_3d(
    untrained_preset, run_predict, keypoints, tmp_path
):
    model, two = f"--preset={untrained_preset}", f"--keypoints={keypoints / 'two.npz'}"
    answers, done = run_predict(
        [model, two, f"--out={tmp_path / 'plain'}"],
        [
            *(model, two, f"--out={tmp_path / 'all'}", "--fov=60", "--ground"),
            *("--smooth", "--formats=bvh,trc,csv"),
        ],
        [model, two, f"--out={tmp_path / 'one'}", "--person=b/c", "--overwrite"],
        [model, two, f"--out={tmp_path / 'one'}", "--person=largest", "--overwrite"],
        [
            *(model, f"--keypoints={keypoints / 'nobody.npz'}"),
            f"--out={tmp_path / 'nobody'}",
        ],
    )
    assert answers == ["DONE"] * 5
    assert "3D" in done.stderr
    assert "CPU ms per frame" in done.stderr

    plain = poses_json.read(tmp_path / "plain" / "poses.json")
    assert sorted(path.name for path in (tmp_path / "plain").iterdir()) == [
        "poses.json",
        "poses.npz",
        "viewer.html",
    ]
    assert plain.camera.origin == "assumed"
    assert plain.model.preset == "untrained"
    first, second = plain.people
    assert (first.id, second.id) == ("a", "b/c")
    assert first.roots is None
    np.testing.assert_array_equal(first.frames, np.arange(120))
    # 50 frames are longer than the network sees: the person is not made up there.
    np.testing.assert_array_equal(second.frames, [*range(20, 50), *range(100, 120)])
    wrist = plain.joints.index("left_wrist")
    assert set(np.flatnonzero(first.states[:, wrist])) == set(range(30, 40))
    assert not np.delete(first.states, wrist, axis=1).any()

    full = poses_npz.read(tmp_path / "all" / "poses.npz")
    assert full.camera.origin == "fov"
    assert all(person.smoothed is not None for person in full.people)
    # 60 degrees across 1920 px: f = 1663 px. The first body is 0.9 x 600 px high from
    # eyes to ankles, the network's 1500 mm: it stands about 1663 x 1500 / 540 mm away.
    assert full.people[0].roots[:, 2].mean() == pytest.approx(4800, rel=0.1)
    assert full.people[1].roots[:, 2].mean() == pytest.approx(9600, rel=0.1)
    ankle = plain.joints.index("left_ankle")
    positions, name = full.standing(full.people[0])
    assert "floor" in name
    assert positions[:, ankle, 1].mean() == pytest.approx(80, abs=60)
    # What is raw stays raw, but for the other camera's view of the crop.
    np.testing.assert_allclose(
        np.linalg.norm(full.people[0].poses, axis=-1),
        np.linalg.norm(first.poses, axis=-1),
        atol=0.02,
    )
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
        "person_a.bvh",
        "person_a.trc",
        "person_b%2Fc.000020.bvh",
        "person_b%2Fc.000100.bvh",
        "person_b%2Fc.trc",
        "poses.csv",
        "poses.json",
        "poses.npz",
        "viewer.html",
    ]
    largest = poses_json.read(tmp_path / "one" / "poses.json")
    assert [person.id for person in largest.people] == ["a"]

    nobody = poses_json.read(tmp_path / "nobody" / "poses.json")
    assert nobody.people == ()
    assert "nobody" in done.stderr
    assert not (tmp_path / "nobody" / "viewer.html").exists()


@pytest.mark.slow
def test_what_cannot_be_used_is_refused_and_nothing_written(
    untrained_preset, run_predict, keypoints, tmp_path
):
    model, two = f"--preset={untrained_preset}", f"--keypoints={keypoints / 'two.npz'}"
    new = f"--out={tmp_path / 'new'}"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")

    def of(name):
        return f"--keypoints={keypoints / name}"

    cases = [
        ([model, new], "--keypoints"),
        ([two, new], "--preset"),
        ([f"--preset={tmp_path}", two, new], "preset"),
        ([model, of("none.npz"), new], "none.npz"),
        ([model, of("cut.npz"), new], "cut.npz"),
        ([model, of("no_size.npz"), new], "--size"),
        ([model, of("no_size.npz"), new, "--size=1920"], "WIDTHxHEIGHT"),
        ([model, of("order.npz"), new, "--size=1920x1080"], "order of coco17"),
        ([model, two, new, "--skeleton=penn13"], "penn13"),
        ([model, two, new, "--person=nobody"], "a, b/c"),
        ([model, two, new, "--formats=fbx"], "bvh, trc, csv"),
        ([model, two, new, "--fov=60", "--intrinsics=1,1,1,1"], "both"),
        ([model, two, new, "--fov=190"], "degrees"),
        ([model, two, new, "--intrinsics=1000,1000,nan,500"], "focal"),
        ([model, two, new, "--intrinsics=1000,1000"], "fx,fy,cx,cy"),
        ([model, two, f"--out={tmp_path / 'full'}"], "mine.txt"),
    ]
    answers, _ = run_predict(*(arguments for arguments, _ in cases))
    for (arguments, says), answer in zip(cases, answers, strict=True):
        assert answer.startswith("REFUSED"), arguments
        assert says in answer
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
