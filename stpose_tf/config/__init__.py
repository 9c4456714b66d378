"""The schema of an experiment; the defaults are the paper's method."""

from stpose_tf.config.config_file import load, save
from stpose_tf.config.constraints import validate
from stpose_tf.config.data_config import (
    AugmentConfig,
    DataConfig,
    DetectorConfig,
    ViewConfig,
)
from stpose_tf.config.experiment_config import (
    EvaluationConfig,
    ExperimentConfig,
    OptimizerConfig,
    TrainingConfig,
)
from stpose_tf.config.network_config import (
    AdversarialForm,
    DiscriminatorConfig,
    Encoder,
    LossConfig,
    ModelConfig,
)

__all__ = [
    "AdversarialForm",
    "AugmentConfig",
    "DataConfig",
    "DetectorConfig",
    "DiscriminatorConfig",
    "Encoder",
    "EvaluationConfig",
    "ExperimentConfig",
    "LossConfig",
    "ModelConfig",
    "OptimizerConfig",
    "TrainingConfig",
    "ViewConfig",
    "load",
    "save",
    "validate",
]
