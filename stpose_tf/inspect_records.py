"""Counts what records hold, checks them and draws them.

python tools/inspect_records.py --records=records/tiny --out=look.png
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from stpose_tf import commands, errors
from stpose_tf import config as configs
from stpose_tf.data import clip as clips
from stpose_tf.data.records import record_checks, record_index, stored_frames
from stpose_tf.viz import record_sheet, strip, window_sheet

_FRAMES = 6  # of a sheet
_LONGEST_LIST = 8


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_list("records", None, "Folders written by build_records.")
    flags.DEFINE_string(
        "out", None, "Picture (PNG) of training windows before and after augmentation."
    )
    config_flags.DEFINE_config_file("config", None, "Experiment of the windows.")
    flags.DEFINE_string(
        "frames",
        None,
        "Picture (PNG) of stored frames: heat maps, 2D and 3D over each other.",
    )
    flags.DEFINE_list("clips", None, "Frames of these clips; else a few of all.")


def main(arguments: Sequence[str]) -> int:
    """Prints counts, checks every record, and draws what is asked for."""
    del arguments
    given = flags.FLAGS
    folders = tuple(given.records or (given.config and given.config.data.records) or ())
    if not folders:
        raise errors.InputError(
            "--records: expected folders written by build_records. Received: none"
        )
    indexes = []
    damaged = []
    for folder in folders:
        index = record_index.load(folder)
        _say(describe(index))
        index, damage = record_checks.verify(index)
        indexes.append(index)
        for item in damage:
            _say(f"  damaged: {item.clip_id} in {item.shard}: {item.reason}")
        damaged += [item.clip_id for item in damage]
    if given.frames is not None:
        frames = chosen_frames(indexes, given.clips or ())
        record_sheet.write(Path(given.frames), frames)
        _say(given.frames)
    if given.out is not None:
        config = given.config or default_config(indexes)
        config.data.records = folders
        config.data.verify = False  # Done above.
        config.data.exclude_clips = (*config.data.exclude_clips, *damaged)
        configs.validate(config)
        window_sheet.write(Path(given.out), config)
        _say(given.out)
    return commands.PARTLY if damaged else commands.DONE


def chosen_frames(
    indexes: Sequence[record_index.RecordIndex], clip_ids: Sequence[str]
) -> list[clips.Clip]:
    """Returns a few frames of some clips of each folder.

    Args:
        indexes: The folders, without damaged clips.
        clip_ids: Which clips; a few spread over all of them if empty.

    Raises:
        InputError: If there is no such clip.
    """
    found = []
    known = {entry.id for index in indexes for entry in index.clips}
    missing = [name for name in clip_ids if name not in known]
    if missing:
        raise errors.InputError(
            f"--clips: expected ids of undamaged clips. Received: {', '.join(missing)}"
        )
    for index in indexes:
        wanted = [entry for entry in index.clips if entry.id in clip_ids]
        if not clip_ids:
            each = max(1, _FRAMES // len(indexes))
            wanted = [
                index.clips[place] for place in strip.spread(len(index.clips), each)
            ]
        for entry in wanted:
            frames = max(1, _FRAMES // max(len(wanted), 1))
            instants = strip.spread(entry.frames, frames + 2)[1:-1] or [0]
            found.append(stored_frames.read(index, entry, instants))
    return found


def describe(index: record_index.RecordIndex) -> str:
    """Returns a folder's counts as lines of text."""
    totals = index.totals
    views = sorted({clip.views for clip in index.clips})
    stored = sum(clip.has_heatmaps for clip in index.clips)
    size = "x".join(map(str, index.heatmap_size or ()))
    lines = {
        "dataset": index.dataset,
        "clips": f"{totals['clips']}",
        "frames": f"{totals['frames']} at {index.fps:g} a second",
        "seconds": f"{totals['seconds']:g}",
        "views": " or ".join(map(str, views)),
        "subjects": f"{len(index.subjects)}: {_some(index.subjects)}",
        "actions": _some(sorted({clip.action for clip in index.clips})),
        "skeletons": f"{index.input_skeleton} to {index.output_skeleton}",
        "3D": f"{sum(clip.has_pose for clip in index.clips)} clips",
        "new views": (
            f"{sum(clip.has_keypoints_world for clip in index.clips)} clips can be "
            "shot again"
        ),
        "heat maps": f"{stored} clips {size}".strip(),
        "bytes": (
            f"{totals['bytes']}, {totals['bytes'] / totals['frames']:.0f} a frame in "
            f"{len(index.shards)} files"
        ),
    }
    body = "\n".join(f"  {name:<11}{text}" for name, text in lines.items())
    return f"{index.folder}\n{body}"


def default_config(
    indexes: Sequence[record_index.RecordIndex],
) -> configs.ExperimentConfig:
    """Returns settings that fit records: their skeletons, sizes and lengths."""
    config = configs.ExperimentConfig()
    config.model.input_skeleton = indexes[0].input_skeleton
    config.model.output_skeleton = indexes[0].output_skeleton
    sizes = [index.heatmap_size for index in indexes if index.heatmap_size]
    config.model.heatmap_size = sizes[0] if sizes else config.model.heatmap_size
    shortest = min(max(clip.frames for clip in index.clips) for index in indexes)
    config.data.length = min(config.data.length, shortest)
    config.discriminator.interval = min(1, config.data.length - 1)
    return config


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _LONGEST_LIST
    return ", ".join(names[:_LONGEST_LIST]) + (f" and {rest} more" if rest > 0 else "")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    commands.run(define_flags, main)
