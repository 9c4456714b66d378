"""What is measured on held-out subjects during a run."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stpose_tf import config as configs
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import conditions, evaluator
from stpose_tf.training import discriminator_check, trainer

_MOTION_WINDOWS = 64


class Validation:
    """Measures a trainer's networks; nothing if no subject is held out.

    Args:
        config: The settings.
        indexes: What `pipeline.open_records` returned.
    """

    def __init__(
        self,
        config: configs.ExperimentConfig,
        indexes: Sequence[record_index.RecordIndex],
    ) -> None:
        self._config = config
        self._indexes = indexes
        self._motion: np.ndarray | None = None

    def measure(self, networks: trainer.AdversarialTrainer) -> dict[str, Any]:
        """Returns `validation`, the errors, and `discriminator_auc`, its check."""
        config = self._config
        if not config.data.validation_subjects:
            return {}
        report = evaluator.evaluate(
            networks.best_generator,
            config,
            self._indexes,
            split="validation",
            conditions=conditions.get(("clean",)),
            max_windows=config.training.validation_windows,
        )
        found: dict[str, Any] = {"validation": report.results[0].all_frames()}
        if networks.discriminator is None:
            return found
        if self._motion is None:
            self._motion = held_out_motion(config, self._indexes)
        if len(self._motion):
            found["discriminator_auc"] = discriminator_check.discriminator_check(
                networks.discriminator,
                self._motion,
                skeleton_name=config.model.output_skeleton,
                seed=config.evaluation.seed,
            )
        return found


def held_out_motion(
    config: configs.ExperimentConfig, indexes: Sequence[record_index.RecordIndex]
) -> np.ndarray:
    """Returns whole windows of validation motion, `[windows, time, joints, 3]`.

    Root-relative joints in mm in the camera frame, at the evaluation rate, as long
    as training windows where evaluation rows reach that far.
    """
    batches = pipeline.build_eval(
        config,
        indexes,
        split="validation",
        context=0,
        detector=False,
        max_windows=_MOTION_WINDOWS,
    )
    length = min(config.data.length, config.evaluation.length)
    found = []
    for batch in batches:
        inside = batch["frame_mask"].numpy()[:, :length].min(axis=1) > 0
        valid = batch["pose_valid"].numpy()[:, :length].min(axis=(1, 2)) > 0
        found.append(batch["pose"].numpy()[:, :length][inside & valid])
    return np.concatenate(found)


def summary(found: dict[str, Any]) -> str:
    """Returns one line for the user of what `measure` returned."""
    line = f"validation: MPJPE {found['validation']['mpjpe_mm']:.1f} mm"
    areas = found.get("discriminator_auc", {})
    parts = [f"{name} {area:.2f}" for name, area in areas.items()]
    return f"{line}; discriminator AUC: {', '.join(parts)}" if parts else line
