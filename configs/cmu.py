"""CMU motion capture through virtual cameras, with detector-like heat maps.

python tools/train.py --config=configs/cmu.py --records=records/cmu --workdir=runs/cmu

Variants: `configs/cmu.py:base` is the paper's Base (peaks of the same maps, one
stride, no discriminator, rotated skeletons).
Expected results and their cost stand in the README.
"""

from stpose_tf import config as configs


def get_config(variant: str = "full") -> configs.ExperimentConfig:
    """Returns the full method, or what a row of the table leaves out of it."""
    config = configs.ExperimentConfig(name=f"cmu-{variant}")
    config.data.validation_subjects = ("02", "16", "39")
    config.data.batch_size = 8
    config.data.length = 32  # twice the windows of 64 at the same cost: 9 mm better
    config.data.balance = 0.5  # else two fifths are one subject on a playground
    config.views.exchange = 0.3  # 18 minutes of motion are few: mix them
    config.training.steps = 11_000
    config.training.steps_per_epoch = 500
    config.evaluation.context = 28  # the full method's: both get the same rows
    if variant == "base":
        config.model.encoder = configs.Encoder.PEAKS
        config.model.strides = (1,)
        config.loss.adversarial = 0.0
        config.loss.multi_view = 0.0
        config.loss.reprojection = 0.0
        config.views.rotate_skeleton = True
    elif variant != "full":
        raise ValueError(f"expected the variant full or base. Received: {variant}")
    return config
