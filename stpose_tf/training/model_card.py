"""The README of a preset."""

import dataclasses
from collections.abc import Sequence

from stpose_tf import config as configs
from stpose_tf.data.records import record_index


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How the weights came about.

    Attributes:
        step: Updates of each network.
        mpjpe: Validation error in mm; None without a validation.
        parameters: Number of weights.
    """

    step: int
    mpjpe: float | None
    parameters: int


def write(
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    training: Training,
) -> str:
    """Returns a model card, Markdown."""
    model, data = config.model, config.data
    held_out = ", ".join(data.validation_subjects) or "none"
    if training.mpjpe is None:
        result = "Not validated: the run held no subject out."
    else:
        windows = config.training.validation_windows or "all"
        result = (
            f"MPJPE {training.mpjpe:.1f} mm on the held-out subjects ({held_out}; "
            f"windows: {windows}), as seen during training. `report.json` of the work "
            "directory has the full evaluation, if it was run."
        )
    datasets = ", ".join(
        f"{index.dataset} ({len(index.clips)} clips, {index.fps:g} fps)"
        for index in indexes
    )
    return f"""# {config.name}

3D joints of one tracked person from the heat maps of a 2D detector.

- Input: heat maps `[time, {model.heatmap_size[0]}, {model.heatmap_size[1]}, keypoints]`
  of `{model.input_skeleton}`, at about
  {indexes[0].fps / config.evaluation.temporal_stride:g} frames a second
- Output: joints of `{model.output_skeleton}` in mm, root-relative, crop frame, and the
  log of each joint's standard error in mm
- Network: {training.parameters:,} parameters, temporal strides
  {", ".join(map(str, model.strides))}
- Data: {datasets}; held out: {held_out}
- Training: {training.step:,} steps, seed {config.seed}; all settings in `config.json`

## Result

{result}

## Limits

It knows the motions, bodies and cameras it was trained on, and the errors of the
detector whose heat maps it saw. It gives poses relative to the hip, not places in a
room. The standard errors are the model's own estimate.

## Use

```python
from stpose_tf.models import stpose

model = stpose.STPose.from_preset("path/of/this/folder")
outputs = model(heatmaps)  # "pose" and "log_sigma"
```
"""
