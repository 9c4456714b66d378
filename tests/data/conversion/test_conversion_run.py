import contextlib
import dataclasses
import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.conversion import (
    conversion_plan,
    conversion_run,
    shard_conversion,
    worker_pool,
)
from stpose_tf.data.conversion.shard_conversion import ClipSettings
from stpose_tf.data.footage import Footage, find_video
from stpose_tf.data.motion_clip import Motion, Skipped
from stpose_tf.data.records import record_checks, record_index, record_writer
from stpose_tf.data.unseen_video import UnseenVideo

SETTINGS = ClipSettings(dataset="figures", num_views=1, seed=3, heatmap_size=None)
MADE = {}  # what planned clips give; by id, so that they hold plain values only


@dataclasses.dataclass(frozen=True)
class Planned:
    clip_id: str
    subject: str = "s1"
    path: Path | None = None

    def read(self):
        made = MADE[self.clip_id]
        if isinstance(made, Exception):
            raise made
        return made


@pytest.fixture(autouse=True)
def _nothing_made():
    MADE.clear()


@pytest.fixture
def plan(make_motion):
    """Returns a function that plans motions of different lengths."""

    def make(names="abcdefg", **changes):
        for number, name in enumerate(names):
            joints, keypoints = make_motion(frames=5 + number)
            MADE[name] = Motion(
                clip_id=name,
                subject="s1",
                action="walk",
                fps=60.0,
                joints_world=joints,
                keypoints_world=keypoints,
            )
        for name, change in changes.items():
            if isinstance(change, Exception):
                MADE[name] = change
            else:
                MADE[name] = dataclasses.replace(MADE[name], **change)
        return conversion_plan.make([Planned(name) for name in names], subjects=())

    return make


def engine(tasks, *, done=None, stop_after=None):
    for number, task in enumerate(tasks):
        if number == stop_after:
            raise KeyboardInterrupt
        if done is not None:
            done.append(task.number)
        shard_conversion.convert(task, tell=lambda name, frames: None)


def convert(plan, folder, *, shards=3, settings=SETTINGS, **options):
    begun = []
    with conversion_run.kept_shards(folder) as partial:
        outcome = conversion_run.write(
            plan,
            plan.tasks(partial, settings=settings, shards=shards),
            folder=folder,
            engine=lambda tasks: engine(tasks, **options),
            begin=begun.append,
        )
    assert not partial.exists()
    return outcome, begun[0]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_clip_is_written_in_the_plans_order(plan, tmp_path):
    outcome, before = convert(plan(), tmp_path / "out")
    assert before == 0
    assert outcome.skipped == ()
    index, damage = record_checks.verify(record_index.load(tmp_path / "out"))
    assert damage == ()
    assert "".join(entry.id for entry in index.clips) == "abcdefg"
    assert [entry.shard for entry in index.clips] == [0, 0, 1, 1, 2, 2, 2]
    assert [entry.frames for entry in index.clips] == [5, 6, 7, 8, 9, 10, 11]
    assert index.totals["bytes"] == sum(
        path.stat().st_size for path in (tmp_path / "out").glob("*.tfrecord")
    )


def test_unreadable_clips_are_skipped_and_shards_without_clips_left_out(plan, tmp_path):
    planned = plan(
        c=errors.InputError("c.npz: expected numbers. Received: none"),
        d=PermissionError(13, "Permission denied", "d.npz"),
    )
    outcome, _ = convert(planned, tmp_path / "out")
    assert [item.name for item in outcome.skipped] == ["c", "d"]
    assert outcome.skipped[0].reason == "c.npz: expected numbers. Received: none"
    assert "d: expected files that can be read" in outcome.skipped[1].reason
    assert "".join(entry.id for entry in outcome.index.clips) == "abefg"
    assert [shard.file for shard in outcome.index.shards] == [
        "figures-00000-of-00002.tfrecord",
        "figures-00001-of-00002.tfrecord",
    ]
    assert record_checks.verify(outcome.index)[1] == ()
    inventory = json.loads((tmp_path / "out" / "inventory.json").read_text())
    assert [item["name"] for item in inventory["skipped"]] == ["c", "d"]
    assert inventory["clips"] == [
        {
            "subject": "s1",
            "action": "walk",
            "clips": 5,
            "views": [1],
            "frames": 41,
            "view_frames": 41,
        }
    ]


def test_an_interrupted_conversion_goes_on_and_ends_the_same(plan, tmp_path):
    planned = plan(d=errors.InputError("broken"))
    convert(planned, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        convert(planned, tmp_path / "out", stop_after=2)
    partial = conversion_run.partial_folder(tmp_path / "out")
    shard = partial / "00001.tfrecord"
    kept = shard.stat().st_ino
    done = []
    outcome, before = convert(planned, tmp_path / "out", done=done)
    assert done == [2]
    assert before == 4
    assert [item.name for item in outcome.skipped] == ["d"]
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    moved = tmp_path / "out" / outcome.index.shards[1].file
    assert moved.stat().st_ino == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "whole"]


def test_an_interruption_before_the_first_shard_leaves_nothing(plan, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        convert(plan(), tmp_path / "out", stop_after=0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change", ["settings", "clips", "shard", "report", "length", "content", "file"]
)
def test_shards_that_would_be_different_are_made_again(plan, tmp_path, change):
    planned = plan()
    source = tmp_path / "source.npz"
    source.write_bytes(b"one")
    clips = [Planned(name, path=source) for name in "abcdefg"]
    planned = dataclasses.replace(planned, clips=tuple(clips))
    with pytest.raises(KeyboardInterrupt):
        convert(planned, tmp_path / "out", stop_after=2)
    partial = conversion_run.partial_folder(tmp_path / "out")
    settings, expected = SETTINGS, [1, 2]
    shard, report = partial / "00001.tfrecord", partial / "00001.json"
    if change == "settings":
        settings, expected = dataclasses.replace(SETTINGS, seed=4), [0, 1, 2]
    elif change == "clips":
        planned = dataclasses.replace(planned, clips=(*planned.clips[:3], *clips[4:]))
    elif change == "shard":
        shard.unlink()
    elif change == "report":
        report.write_text(report.read_text()[:-20])
    elif change == "length":
        shard.write_bytes(shard.read_bytes()[:-1])
    elif change == "content":
        content = bytearray(shard.read_bytes())
        content[100] ^= 1
        shard.write_bytes(content)
    else:
        source.write_bytes(b"other")
        expected = [0, 1, 2]
    done = []
    convert(planned, tmp_path / "out", done=done, settings=settings)
    assert done == expected
    convert(planned, tmp_path / "whole", settings=settings)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_earlier_conversions_left_is_cleared(plan, tmp_path):
    partial = conversion_run.partial_folder(tmp_path / "out")
    partial.mkdir()
    for name in ("00000.123.unfinished", "00007.tfrecord", "00007.json", "index.json"):
        (partial / name).write_text("{}")
    convert(plan(), tmp_path / "out")
    assert len(contents(tmp_path / "out")) == 5


@pytest.mark.parametrize("odd", ["abc", "c", "de", "abd", "fg", "abdefg"])
def test_clips_of_another_form_are_left_out_as_one_writer_would(plan, tmp_path, odd):
    planned = plan(**{name: {"fps": 30.0} for name in odd})
    expected = []
    with record_writer.RecordWriter(tmp_path / "one") as writer:
        for item in planned.clips:
            with contextlib.suppress(errors.InputError):
                writer.write(shard_conversion.read(item, SETTINGS))
                expected.append(item.clip_id)
    outcome, _ = convert(planned, tmp_path / "out")
    assert [entry.id for entry in outcome.index.clips] == expected
    assert len(outcome.skipped) == 7 - len(expected)
    for item in outcome.skipped:
        assert "expected the fps of the clips before it" in item.reason
    assert record_checks.verify(outcome.index)[1] == ()


def test_heat_maps_of_another_size_are_left_out_as_one_writer_would(
    plan, make_clip, tmp_path
):
    planned = plan()
    for name, size in {"c": (16, 16), "e": (8, 8), "f": (16, 16)}.items():
        MADE[name] = make_clip(name, frames=4, maps=size)
    for name in "abdg":
        MADE[name] = make_clip(name, frames=4)
    outcome, _ = convert(planned, tmp_path / "out")
    assert "".join(entry.id for entry in outcome.index.clips) == "abcdfg"
    assert [item.name for item in outcome.skipped] == ["e"]
    assert outcome.index.heatmap_size == (16, 16)
    assert record_checks.verify(outcome.index)[1] == ()


def test_nothing_to_write_is_an_error_and_leaves_nothing(plan, tmp_path):
    planned = plan("ab", a=errors.InputError("why a"), b=errors.InputError("why b"))
    with pytest.raises(errors.InputError, match="2 clips skipped, first: why a"):
        convert(planned, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_older_folder_stays_until_the_new_one_is_whole(plan, tmp_path):
    convert(plan("ab"), tmp_path / "out")
    before = contents(tmp_path / "out")
    planned = plan("cdef")
    with pytest.raises(KeyboardInterrupt):
        convert(planned, tmp_path / "out", stop_after=1)
    assert contents(tmp_path / "out") == before
    outcome, _ = convert(planned, tmp_path / "out")
    assert [entry.id for entry in outcome.index.clips] == list("cdef")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_two_conversions_of_one_folder_are_refused(plan, tmp_path):
    planned = plan()
    with (
        conversion_run.kept_shards(tmp_path / "out"),
        pytest.raises(errors.InputError, match="which another build_records is"),
    ):
        convert(planned, tmp_path / "out")


def test_heat_maps_are_counted(plan, tmp_path):
    settings = dataclasses.replace(SETTINGS, heatmap_size=(16, 16), num_views=2)
    outcome, _ = convert(plan("ab"), tmp_path / "out", settings=settings)
    assert 11 * 2 * 50 < outcome.heatmap_bytes < outcome.index.totals["bytes"]


def test_a_plan_names_each_clip_once():
    skipped = Skipped(name="x", reason="no camera")
    found = [Planned("a"), skipped, Planned("b", "s2"), Planned("a")]
    plan = conversion_plan.make(found, subjects=("s2",))
    assert [item.clip_id for item in plan.clips] == ["a", "b"]
    assert plan.skipped[0] == skipped
    assert "different clip ids. Received: a twice" in plan.skipped[1].reason
    with pytest.raises(errors.InputError, match=r"Received: s3, s4, of whom .* camera"):
        conversion_plan.make(found, subjects=("s4", "s1", "s3"))
    with pytest.raises(errors.InputError, match=r"at least one clip .* no camera"):
        conversion_plan.make([skipped], subjects=())


@pytest.mark.parametrize(
    ("clips", "asked", "shards"),
    [(3, None, 3), (60, None, 4), (209, None, 9), (99_999, None, 256), (5, 9, 5)],
)
def test_shards_follow_from_the_clips(tmp_path, clips, asked, shards):
    found = (Planned(str(number)) for number in range(clips))
    plan = conversion_plan.make(found, subjects=())
    tasks = plan.tasks(tmp_path, settings=SETTINGS, shards=asked)
    assert len(tasks) == shards
    sizes = {len(task.clips) for task in tasks}
    assert max(sizes) - min(sizes) <= 1
    assert [item for task in tasks for item in task.clips] == list(plan.clips)


def test_one_job_converts_in_this_process(plan, tmp_path):
    told = []
    tasks = plan("abc").tasks(tmp_path, settings=SETTINGS, shards=2)
    worker_pool.run(tasks, jobs=1, tell=lambda *clip: told.append(clip))
    assert told == [("a", 5), ("b", 6), ("c", 7)]
    reports = [shard_conversion.load_report(task) for task in tasks]
    assert [len(report.written.clips) for report in reports] == [1, 2]
    assert np.all([report.required is None for report in reports])


@dataclasses.dataclass(frozen=True)
class FilmedClip(Planned):
    """A planned clip whose one video has its name."""

    @property
    def footage(self):
        return (Footage(videos=(self.clip_id,)),)


@dataclasses.dataclass(frozen=True)
class Watching:
    """Notes which videos are seen; those of no bytes are damaged."""

    videos: Path
    seen_before: ClassVar[list] = []

    def files(self, footage):
        return tuple(find_video(self.videos, one) for one in footage)

    def seen(self, clip, footage):
        (path,) = self.files(footage)
        self.seen_before.append(path.stem)
        if not path.stat().st_size:
            raise errors.InputError(f"{path}: expected frames. Received: none")
        maps = np.zeros((clip.num_frames, 8, 8, 17), np.float32)
        maps[:, 1, 2] = path.stat().st_size / 255
        views = [dataclasses.replace(view, heatmaps=maps) for view in clip.views]
        return dataclasses.replace(clip, views=tuple(views))

    def people(self, video):
        for number in range(3):
            made = dataclasses.replace(
                MADE["a"], clip_id=f"{video.clip_id}_{number}", subject=video.subject
            )
            yield made
        yield Skipped(name=f"{video.clip_id}_3", reason="too short")


@pytest.fixture
def watching(tmp_path, make_clip):
    """A plan of filmed clips, and settings by which their videos are seen."""
    Watching.seen_before.clear()
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in "abcdef":
        MADE[name] = make_clip(name, frames=6, views=1)
        (videos / f"{name}.mp4").write_bytes(b"x" * 40)
    plan = conversion_plan.make(
        [FilmedClip(clip_id=name) for name in "abcdef"], subjects=()
    )
    settings = dataclasses.replace(SETTINGS, heatmap_source=Watching(videos))
    return plan, settings, videos


def test_videos_that_cannot_be_seen_skip_their_clips_alone(watching, tmp_path):
    plan, settings, videos = watching
    (videos / "c.mp4").write_bytes(b"")
    outcome, _ = convert(plan, tmp_path / "out", settings=settings)
    assert [item.name for item in outcome.skipped] == ["c"]
    assert outcome.skipped[0].reason.endswith("c.mp4: expected frames. Received: none")
    index, damage = record_checks.verify(record_index.load(tmp_path / "out"))
    assert damage == ()
    assert "".join(entry.id for entry in index.clips) == "abdef"
    assert index.heatmap_size == (8, 8)
    assert all(entry.has_heatmaps for entry in index.clips)


def test_only_videos_that_changed_are_seen_again(watching, tmp_path):
    plan, settings, videos = watching
    with pytest.raises(KeyboardInterrupt):
        convert(plan, tmp_path / "out", settings=settings, stop_after=2)
    assert Watching.seen_before == ["a", "b", "c", "d"]
    Watching.seen_before.clear()
    (videos / "b.mp4").write_bytes(b"y" * 41)
    _, before = convert(plan, tmp_path / "out", settings=settings)
    assert before == 2
    assert Watching.seen_before == ["a", "b", "e", "f"]


def test_another_network_sees_everything_again(watching, tmp_path):
    plan, settings, videos = watching
    with pytest.raises(KeyboardInterrupt):
        convert(plan, tmp_path / "out", settings=settings, stop_after=2)
    other = videos.rename(tmp_path / "elsewhere")
    changed = dataclasses.replace(settings, heatmap_source=Watching(other))
    _, before = convert(plan, tmp_path / "out", settings=changed)
    assert before == 0


def test_a_video_becomes_a_clip_for_each_person(watching, tmp_path):
    _, settings, videos = watching
    planned = UnseenVideo(
        clip_id="street",
        subject="street",
        path=videos / "a.mp4",
        fps=None,
        source_fps=None,
        longest_gap=15,
        fewest_frames=16,
    )
    plan = conversion_plan.make([planned], subjects=())
    outcome, _ = convert(plan, tmp_path / "out", settings=settings)
    found = [entry.id for entry in outcome.index.clips]
    assert found == ["street_0", "street_1", "street_2"]
    assert [item.name for item in outcome.skipped] == ["street_3"]
    blind = dataclasses.replace(settings, heatmap_source=None)
    with pytest.raises(errors.InputError, match="expected a 2D network"):
        convert(plan, tmp_path / "none", settings=blind)


def test_motion_without_cameras_has_no_videos(watching, plan, tmp_path):
    _, settings, _ = watching
    with pytest.raises(errors.InputError, match="motion for virtual cameras"):
        convert(plan("ab"), tmp_path / "out", settings=settings)
