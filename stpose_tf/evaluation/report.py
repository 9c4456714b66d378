"""What a measurement found, as numbers for programs and as tables for people."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from stpose_tf.evaluation import markdown_table, scores

SCHEMA = "stpose.report/1"
JSON_NAME = "report.json"
MARKDOWN_NAME = "report.md"

Summary = dict[str, float | None]

_DEFINITIONS = {
    "mpjpe_mm": "mean distance per joint, root-relative, all joints with the root",
    "p_mpjpe_mm": "the same after each frame's scale, rotation and translation",
    "n_mpjpe_mm": "the same after each frame's scale",
    "across_mm": "MPJPE's part at right angles to the camera's axis",
    "depth_mm": "MPJPE's part along the camera's axis",
    "mpjve_mm_per_frame": "mean error of the motion from frame to frame inside each "
    "clip; clips weighted by their frames",
    "mpjve_mm_per_second": "the same times each clip's frame rate",
    "pck_150": "joints nearer than 150 mm, in percent; for h36m17 the 14 joints of "
    "MPI-INF-3DHP, without hip, spine and nose",
    "auc": "mean of the PCK at 0, 5, ..., 150 mm",
    "occluded_mpjpe_mm": "joints of which every keypoint was hidden; without the root",
    "missing_frame_mpjpe_mm": "frames of which every keypoint was hidden",
    "mean_of_actions": "each action's value first, then their mean",
    "correlation": "Pearson's, of predicted standard error and error, per joint",
}
_COLUMNS = (
    ("MPJPE", "mpjpe_mm"),
    ("P-MPJPE", "p_mpjpe_mm"),
    ("N-MPJPE", "n_mpjpe_mm"),
    ("across", "across_mm"),
    ("depth", "depth_mm"),
    ("MPJVE/s", "mpjve_mm_per_second"),
    ("PCK@150", "pck_150"),
    ("AUC", "auc"),
    ("occluded", "occluded_mpjpe_mm"),
    ("joints", "occluded_joints"),
    ("missing frames", "missing_frame_mpjpe_mm"),
)
_CAPTION = (
    "Lengths in mm, means of the actions' means. Occluded: joints that the network "
    "could not see, with their number."
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConditionResult:
    """Scores under one condition.

    Attributes:
        name: The condition.
        meaning: What it is, for a reader.
        groups: Scores of each action and subject: `{(action, subject): scores}`.
    """

    name: str
    meaning: str
    groups: dict[tuple[str, str], scores.Scores]

    def total(self) -> scores.Scores:
        """Returns the scores over all frames."""
        first, *others = self.groups.values()
        return sum(others, start=first)

    def all_frames(self) -> Summary:
        """Returns the numbers over all frames."""
        return scores.summarize(self.total())

    def actions(self) -> dict[str, Summary]:
        """Returns the numbers of each action."""
        return self._by(0)

    def subjects(self) -> dict[str, Summary]:
        """Returns the numbers of each subject."""
        return self._by(1)

    def mean_of_actions(self) -> Summary:
        """Returns the mean of the actions' numbers; counts are added up."""
        actions = list(self.actions().values())
        means: Summary = {}
        for name in actions[0]:
            known = [value for action in actions if (value := action[name]) is not None]
            total = sum(known)
            is_count = name == "frames" or name.endswith("_joints")
            means[name] = total if is_count else total / len(known) if known else None
        return means

    def _by(self, part: int) -> dict[str, Summary]:
        merged: dict[str, scores.Scores] = {}
        for key, group in self.groups.items():
            name = key[part]
            merged[name] = merged[name] + group if name in merged else group
        return {name: scores.summarize(merged[name]) for name in sorted(merged)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """A measurement.

    Attributes:
        about: The model, the records and the settings; JSON values.
        joints: Names of the joints.
        results: One for each condition, in the order asked for.
        mean_pose: The same for always answering with the mean training pose, under
            the first condition; None if that pose is not known.
    """

    about: dict[str, Any]
    joints: tuple[str, ...]
    results: tuple[ConditionResult, ...]
    mean_pose: ConditionResult | None = None

    def value(self, condition: str, metric: str) -> float | None:
        """Returns one number over all frames, e.g. `value("clean", "mpjpe_mm")`."""
        (result,) = [r for r in self.results if r.name == condition]
        return result.all_frames()[metric]

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as JSON values; None where nothing was counted."""
        mean_pose = self.mean_pose
        return {
            "schema": SCHEMA,
            **self.about,
            "conditions": {r.name: self._result(r) for r in self.results},
            "mean_pose": None if mean_pose is None else self._result(mean_pose),
            "definitions": _DEFINITIONS,
        }

    def to_markdown(self) -> str:
        """Returns the report's tables."""
        about = [f"- {name}: {_text(value)}" for name, value in self.about.items()]
        calibration = scores.calibration(self.results[0].total())
        sections = [
            "# Evaluation",
            "\n".join(about),
            self.summary_table(),
            _CAPTION,
            "## Actions, MPJPE / P-MPJPE",
            self._action_table(),
            "## Subjects, MPJPE / P-MPJPE",
            self._pair_table({r.name: r.subjects() for r in self.results}),
            "## Joints, MPJPE / while occluded",
            self._joint_table(),
            "## Predicted standard errors",
            markdown_table.render(
                ("", self.results[0].name),
                [(k, markdown_table.number(v, 3)) for k, v in calibration.items()],
            ),
        ]
        return "\n\n".join(sections) + "\n"

    def summary_table(self) -> str:
        """Returns the table of all conditions, Markdown."""
        shown = [*self.results, *([self.mean_pose] if self.mean_pose else [])]
        rows = []
        for result in shown:
            means = result.mean_of_actions()
            cells = [
                markdown_table.number(means[key], 0 if key.endswith("_joints") else 1)
                for _, key in _COLUMNS
            ]
            rows.append((result.name, *cells))
        return markdown_table.render(("", *(title for title, _ in _COLUMNS)), rows)

    def write(self, folder: Path) -> None:
        """Writes `report.json` and `report.md` into `folder`."""
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n"
        for name, content in ((JSON_NAME, text), (MARKDOWN_NAME, self.to_markdown())):
            partial = folder / f"{name}.partial"
            partial.write_text(content, encoding="utf-8")
            partial.replace(folder / name)

    def _result(self, result: ConditionResult) -> dict[str, Any]:
        total = result.total()
        return {
            "meaning": result.meaning,
            "mean_of_actions": result.mean_of_actions(),
            "all_frames": scores.summarize(total),
            "actions": result.actions(),
            "subjects": result.subjects(),
            "joints": scores.summarize_joints(total, self.joints),
            "calibration": scores.calibration(total),
        }

    def _action_table(self) -> str:
        columns = {r.name: dict(r.actions()) for r in self.results}
        for result in self.results:
            columns[result.name]["mean of actions"] = result.mean_of_actions()
            columns[result.name]["all frames"] = result.all_frames()
        return self._pair_table(columns)

    def _pair_table(self, columns: dict[str, dict[str, Summary]]) -> str:
        names = list(next(iter(columns.values())))
        rows = [
            (
                name,
                *(
                    _pair(values[name], "mpjpe_mm", "p_mpjpe_mm")
                    for values in columns.values()
                ),
            )
            for name in names
        ]
        return markdown_table.render(("", *columns), rows)

    def _joint_table(self) -> str:
        columns = [
            scores.summarize_joints(result.total(), self.joints)
            for result in self.results
        ]
        rows = [
            (name, *(_pair(c[name], "mpjpe_mm", "occluded_mpjpe_mm") for c in columns))
            for name in self.joints
        ]
        return markdown_table.render(("", *(r.name for r in self.results)), rows)


def _pair(summary: Summary, first: str, second: str) -> str:
    one, two = (markdown_table.number(summary[key], 1) for key in (first, second))
    return f"{one} / {two}"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(_text(one) for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
