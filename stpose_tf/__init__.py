"""3D human pose from video, with explicit occlusion training.

A tour of the folders, from the ground up:

* `geometry` skeletons, cameras, crops, alignment, KCS, heat maps; no learning.
* `motion` a generator of procedural human motion.
* `augment` occlusion, noise, shift, swap, mirror, on-graph.
* `data` records, sources, virtual cameras, the training and evaluation pipelines.
* `models` heat-map encoder, multi-stride TCN, `STPose`, TKCS discriminator.
* `losses` the terms of the paper's Eq. 6.
* `evaluation` metrics, occlusion conditions, reports.
* `training` the adversarial trainer, checkpoints, the run.
* `export`, `viz` SavedModel; pictures and the 3D viewer.
"""

import os

# Read by TensorFlow and Keras when they are first imported; a user's own choice wins.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
