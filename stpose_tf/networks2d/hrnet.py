"""HRNet for keypoints (Sun et al. 2019), with the official weights' layout.

Every layer bears the name of its entry in the official state dictionary, so that
`hrnet_conversion` needs no table: `stage2.0.branches.0.0.conv1` holds
`stage2.0.branches.0.0.conv1.weight`.
"""

import keras

_MODULES = (1, 4, 3)  # of stages 2, 3 and 4
_BLOCKS = 4  # of every branch, and of the first layer
_STEM = 64
_EXPANSION = 4
_EPSILON = 1e-5
_MOMENTUM = 0.9


def build(
    num_keypoints: int = 17,
    *,
    width: int = 32,
    input_size: tuple[int | None, int | None] = (256, 192),
) -> keras.Model:
    """Returns HRNet-W`width`, with random weights.

    Args:
        num_keypoints: Number of heat maps.
        width: Channels of the finest branch: 32 or 48 in the paper.
        input_size: Height and width in px, multiples of 32; None for any.

    Returns:
        From normalized RGB `[batch, height, width, 3]` to heat maps, linear,
        `[batch, height / 4, width / 4, num_keypoints]`.
    """
    images = keras.Input((*input_size, 3), name="images")
    # === Stem and first stage ===
    x = _convolve(images, "conv1", "bn1", filters=_STEM, size=3, stride=2)
    x = _relu(x, "relu1")
    x = _convolve(x, "conv2", "bn2", filters=_STEM, size=3, stride=2)
    x = _relu(x, "relu2")
    for block in range(_BLOCKS):
        x = _bottleneck(x, f"layer1.{block}", filters=_STEM)
    # === Stages of ever more branches ===
    branches = [x]
    for stage, num_modules in enumerate(_MODULES, start=2):
        branches = _transition(branches, f"transition{stage - 1}", width=width)
        for module in range(num_modules):
            last = stage == 4 and module == num_modules - 1
            branches = _module(
                branches, f"stage{stage}.{module}", width=width, only_finest=last
            )
    # === Heat maps ===
    maps = keras.layers.Conv2D(num_keypoints, 1, name="final_layer")(branches[0])
    return keras.Model(images, maps, name=f"hrnet_w{width}")


def _transition(
    branches: list[keras.KerasTensor], name: str, *, width: int
) -> list[keras.KerasTensor]:
    """Returns the branches of a stage: those before, and a coarser one."""
    coarsest = branches[-1]
    new = len(branches)
    if new == 1:
        kept = [
            _relu(
                _convolve(
                    coarsest, f"{name}.0.0", f"{name}.0.1", filters=width, size=3
                ),
                f"{name}.0.2",
            )
        ]
    else:
        kept = list(branches)
    made = _convolve(
        coarsest,
        f"{name}.{new}.0.0",
        f"{name}.{new}.0.1",
        filters=width * 2**new,
        size=3,
        stride=2,
    )
    return [*kept, _relu(made, f"{name}.{new}.0.2")]


def _module(
    branches: list[keras.KerasTensor], name: str, *, width: int, only_finest: bool
) -> list[keras.KerasTensor]:
    """Returns the branches after their blocks and an exchange among them."""
    deep = []
    for branch, x in enumerate(branches):
        for block in range(_BLOCKS):
            prefix = f"{name}.branches.{branch}.{block}"
            x = _basic_block(x, prefix, filters=width * 2**branch)
        deep.append(x)
    rows = 1 if only_finest else len(branches)
    return [_fuse(deep, f"{name}.fuse_layers", row, width=width) for row in range(rows)]


def _fuse(
    branches: list[keras.KerasTensor], name: str, row: int, *, width: int
) -> keras.KerasTensor:
    """Returns branch `row` with what all branches add to it."""
    total = None
    for column, x in enumerate(branches):
        prefix = f"{name}.{row}.{column}"
        if column > row:
            x = _convolve(
                x, f"{prefix}.0", f"{prefix}.1", filters=width * 2**row, size=1
            )
            x = keras.layers.UpSampling2D(
                2 ** (column - row), interpolation="nearest", name=f"{prefix}.2"
            )(x)
        for step in range(row - column):
            last = step == row - column - 1
            x = _convolve(
                x,
                f"{prefix}.{step}.0",
                f"{prefix}.{step}.1",
                filters=width * 2 ** (row if last else column),
                size=3,
                stride=2,
            )
            x = x if last else _relu(x, f"{prefix}.{step}.2")
        total = x if total is None else keras.layers.add([total, x])
    return _relu(total, f"{name}.{row}.relu")


def _basic_block(x: keras.KerasTensor, name: str, *, filters: int) -> keras.KerasTensor:
    y = _convolve(x, f"{name}.conv1", f"{name}.bn1", filters=filters, size=3)
    y = _relu(y, f"{name}.relu1")
    y = _convolve(y, f"{name}.conv2", f"{name}.bn2", filters=filters, size=3)
    return _relu(keras.layers.add([y, x]), f"{name}.relu2")


def _bottleneck(x: keras.KerasTensor, name: str, *, filters: int) -> keras.KerasTensor:
    wide = filters * _EXPANSION
    y = _convolve(x, f"{name}.conv1", f"{name}.bn1", filters=filters, size=1)
    y = _relu(y, f"{name}.relu1")
    y = _convolve(y, f"{name}.conv2", f"{name}.bn2", filters=filters, size=3)
    y = _relu(y, f"{name}.relu2")
    y = _convolve(y, f"{name}.conv3", f"{name}.bn3", filters=wide, size=1)
    if x.shape[-1] != wide:
        x = _convolve(
            x, f"{name}.downsample.0", f"{name}.downsample.1", filters=wide, size=1
        )
    return _relu(keras.layers.add([y, x]), f"{name}.relu3")


def _convolve(
    x: keras.KerasTensor,
    name: str,
    norm: str,
    *,
    filters: int,
    size: int,
    stride: int = 1,
) -> keras.KerasTensor:
    """Returns `x` after a convolution padded by size // 2 on all sides, and its norm.

    "same" would pad even sides at stride 2 on one side only, by half a pixel off.
    """
    if stride > 1:
        x = keras.layers.ZeroPadding2D(size // 2, name=f"{name}.pad")(x)
    x = keras.layers.Conv2D(
        filters,
        size,
        strides=stride,
        padding="valid" if stride > 1 else "same",
        use_bias=False,
        name=name,
    )(x)
    return keras.layers.BatchNormalization(
        epsilon=_EPSILON, momentum=_MOMENTUM, name=norm
    )(x)


def _relu(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return keras.layers.ReLU(name=name)(x)
