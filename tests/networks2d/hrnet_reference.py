"""HRNet's forward pass in NumPy, from a state dictionary alone.

Written from the published description, without the package's network: the same
numbers from both mean that the layers, their order and the names agree.
"""

import numpy as np


def shapes(width=32, keypoints=17):
    """Returns the official names and shapes, from the rules of the architecture."""
    found = {}

    def conv(name, outputs, inputs, size):
        found[f"{name}.weight"] = (outputs, inputs, size, size)

    def norm(name, channels):
        for part in ("weight", "bias", "running_mean", "running_var"):
            found[f"{name}.{part}"] = (channels,)

    def pair(name, outputs, inputs, size):
        conv(f"{name}.0", outputs, inputs, size)
        norm(f"{name}.1", outputs)

    conv("conv1", 64, 3, 3)
    norm("bn1", 64)
    conv("conv2", 64, 64, 3)
    norm("bn2", 64)
    for n in range(4):
        inputs = 64 if n == 0 else 256
        for k, (o, i, s) in enumerate(((64, inputs, 1), (64, 64, 3), (256, 64, 1)), 1):
            conv(f"layer1.{n}.conv{k}", o, i, s)
            norm(f"layer1.{n}.bn{k}", o)
    pair("layer1.0.downsample", 256, 64, 1)
    c = [width * 2**b for b in range(4)]
    pair("transition1.0", c[0], 256, 3)
    pair("transition1.1.0", c[1], 256, 3)
    pair("transition2.2.0", c[2], c[1], 3)
    pair("transition3.3.0", c[3], c[2], 3)
    for stage, modules in ((2, 1), (3, 4), (4, 3)):
        for m in range(modules):
            name = f"stage{stage}.{m}"
            for b in range(stage):
                for n in range(4):
                    for k in (1, 2):
                        conv(f"{name}.branches.{b}.{n}.conv{k}", c[b], c[b], 3)
                        norm(f"{name}.branches.{b}.{n}.bn{k}", c[b])
            for i in range(1 if stage == 4 and m == 2 else stage):
                for j in range(stage):
                    fuse = f"{name}.fuse_layers.{i}.{j}"
                    if j > i:
                        pair(fuse, c[i], c[j], 1)
                    for k in range(i - j):
                        pair(f"{fuse}.{k}", c[i] if k == i - j - 1 else c[j], c[j], 3)
    found["final_layer.weight"] = (keypoints, c[0], 1, 1)
    found["final_layer.bias"] = (keypoints,)
    return found


def random_state(width, keypoints, seed=0):
    """Returns random arrays that keep the activations near 1."""
    rng = np.random.default_rng(seed)
    state = {}
    for name, shape in shapes(width, keypoints).items():
        if len(shape) == 4:
            spread = 1.0 / np.sqrt(np.prod(shape[1:]))
            state[name] = rng.normal(0, spread, shape)
        elif name.endswith("running_var"):
            state[name] = rng.uniform(0.5, 1.5, shape)
        elif name.endswith(".weight"):
            state[name] = rng.uniform(0.1, 0.4, shape)
        else:
            state[name] = rng.normal(0, 0.1, shape)
    return state


def forward(state, images):
    """Returns maps and each stage's branches for images `[batch, h, w, 3]`."""
    stages = {}

    def conv(x, name, stride=1):
        kernel = state[f"{name}.weight"]
        size = kernel.shape[-1]
        pad = size // 2
        x = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
        return np.einsum(
            "bhwcij,ocij->bhwo", windows[:, ::stride, ::stride], kernel, optimize=True
        )

    def norm(x, name):
        scale = state[f"{name}.weight"] / np.sqrt(state[f"{name}.running_var"] + 1e-5)
        return (x - state[f"{name}.running_mean"]) * scale + state[f"{name}.bias"]

    def relu(x):
        return np.maximum(x, 0)

    def pair(x, name, stride=1):
        return norm(conv(x, f"{name}.0", stride), f"{name}.1")

    x = relu(norm(conv(images, "conv1", 2), "bn1"))
    x = relu(norm(conv(x, "conv2", 2), "bn2"))
    for n in range(4):
        y = relu(norm(conv(x, f"layer1.{n}.conv1"), f"layer1.{n}.bn1"))
        y = relu(norm(conv(y, f"layer1.{n}.conv2"), f"layer1.{n}.bn2"))
        y = norm(conv(y, f"layer1.{n}.conv3"), f"layer1.{n}.bn3")
        x = relu(y + (pair(x, "layer1.0.downsample") if n == 0 else x))
    stages["layer1"] = [x]
    branches = [relu(pair(x, "transition1.0")), relu(pair(x, "transition1.1.0", 2))]
    for stage, modules in ((2, 1), (3, 4), (4, 3)):
        if stage > 2:
            name = f"transition{stage - 1}.{stage - 1}.0"
            branches = [*branches, relu(pair(branches[-1], name, 2))]
        for m in range(modules):
            deep = []
            for b, x in enumerate(branches):
                for n in range(4):
                    name = f"stage{stage}.{m}.branches.{b}.{n}"
                    y = relu(norm(conv(x, f"{name}.conv1"), f"{name}.bn1"))
                    x = relu(norm(conv(y, f"{name}.conv2"), f"{name}.bn2") + x)
                deep.append(x)
            branches = []
            for i in range(1 if stage == 4 and m == 2 else stage):
                total = 0.0
                for j, x in enumerate(deep):
                    name = f"stage{stage}.{m}.fuse_layers.{i}.{j}"
                    if j > i:
                        x = pair(x, name)
                        x = x.repeat(2 ** (j - i), axis=1).repeat(2 ** (j - i), axis=2)
                    for k in range(i - j):
                        x = pair(x, f"{name}.{k}", 2)
                        x = x if k == i - j - 1 else relu(x)
                    total = total + x
                branches.append(relu(total))
        stages[f"stage{stage}"] = branches
    return conv(branches[0], "final_layer") + state["final_layer.bias"], stages
