"""From a seed to an augmented training window, and from windows to groups of two."""

import dataclasses

import tensorflow as tf

from stpose_tf.augment import augmentation, recipe
from stpose_tf.config import experiment_config
from stpose_tf.data import virtual_cameras
from stpose_tf.data.records import record_parsing
from stpose_tf.data.windows import (
    body_exchange,
    body_variation,
    features,
    motion_corruption,
    training_sources,
)
from stpose_tf.geometry import cameras, rotations, skeletons

Window = dict[str, tf.Tensor]
_Arrays = dict[str, tf.Tensor]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowReader:
    """Reads, shoots, augments and renders; stateless, on-graph.

    Attributes:
        config: The run's settings.
        augmented: Whether detector noise and augmentations are applied.
    """

    config: experiment_config.ExperimentConfig
    augmented: bool = True

    def window(
        self, source: training_sources.Source, seed: tf.Tensor, side: tf.Tensor
    ) -> Window:
        """Returns one of the two windows of a group.

        Args:
            source: Where to draw from.
            seed: The group's stateless seed, `[2]`.
            side: 0 or 1, integer scalar.

        Returns:
            The tensors of a training batch without the axes of groups and views, but
            instead of what relates the two: `camera_rotation`, from the world to the
            window's camera frame, `[3, 3]`, and `in_pair`, 1 if that is known and
            the other side is another view of the same motion, `[]`.
        """
        draw, body, shared, own, exchange = augmentation.seeds(seed, 5)
        if not source.paired:
            draw = tf.random.fold_in(draw, side)
            exchange = tf.random.fold_in(exchange, side)
        camera, change, turns, corruption = augmentation.seeds(
            tf.random.fold_in(own, side), 4
        )
        place = source.plan.draw(draw)
        serialized, frames = source.plan.table.read(place["clip"], place["frames"])
        motion = record_parsing.parse_motion(serialized, frames, **self._counts)
        if source.virtual:
            motion = self._exchanged(motion, source, exchange)
            motion, view = self._shot(motion, body, camera)
        else:
            view = record_parsing.parse_view(
                serialized,
                frames,
                view=tf.gather(place["views"], side),
                num_views=source.num_views,
                keypoints=self._counts["keypoints"],
                heatmap_size=source.heatmap_size,
            )
        seen_by = cameras.unpack(view["camera"])
        example = features.window_example(
            view,
            motion,
            camera=seen_by,
            output_skeleton=self.config.model.output_skeleton,
            heatmap_size=self._heatmap_size,
            sigma=self.config.data.heatmap_sigma,
        )
        if self.augmented:
            chain = self._recipe(source)
            example = chain.own(chain.shared(example, shared), change)
        example = features.without_frames_outside(example, place["inside"])
        known = tf.reduce_all(seen_by.focal > 0.0) & source.paired
        return {
            **features.render(features.target(example), self._heatmap_size),
            **self._discriminator_inputs(example["pose"], turns, corruption),
            "camera_rotation": example["frame_change"] @ seen_by.rotation,
            "in_pair": tf.cast(known, tf.float32),
            "frame_mask": tf.cast(place["inside"], tf.float32),
        }

    @property
    def _heatmap_size(self) -> tuple[int, int]:
        height, width = self.config.model.heatmap_size
        return height, width

    @property
    def _counts(self) -> dict[str, int]:
        model = self.config.model
        return {
            "joints": skeletons.get(model.output_skeleton).num_joints,
            "keypoints": skeletons.get(model.input_skeleton).num_joints,
        }

    def _recipe(self, source: training_sources.Source) -> recipe.Recipe:
        rendered = source.heatmap_size is None
        return recipe.build(
            self.config.augment,
            input_skeleton=skeletons.get(self.config.model.input_skeleton),
            output_skeleton=skeletons.get(self.config.model.output_skeleton),
            heatmap_size=self._heatmap_size,
            detector_config=self.config.detector if rendered else None,
        )

    def _exchanged(
        self, motion: _Arrays, source: training_sources.Source, seed: tf.Tensor
    ) -> _Arrays:
        """Returns the motion, sometimes with another window's upper body.

        Outside a clip that is too short for the other window, that body stands still.
        """
        rate = self.config.views.exchange
        if not rate:
            return motion
        chance, draw = augmentation.seeds(seed, 2)

        def exchanged() -> _Arrays:
            place = source.plan.draw(draw)
            serialized, frames = source.plan.table.read(place["clip"], place["frames"])
            other = record_parsing.parse_motion(serialized, frames, **self._counts)
            joints, keypoints = body_exchange.exchange_upper_body(
                motion["pose_world"],
                motion["keypoints_world"],
                other_joints=other["pose_world"],
                other_keypoints=other["keypoints_world"],
                output_skeleton=self.config.model.output_skeleton,
                input_skeleton=self.config.model.input_skeleton,
            )
            return {
                "pose_world": joints,
                "keypoints_world": keypoints,
                "pose_valid": motion["pose_valid"] & other["pose_valid"],
            }

        happens = tf.random.stateless_uniform([], chance) < rate
        return tf.cond(happens, exchanged, lambda: dict(motion))

    def _shot(
        self, motion: _Arrays, body_seed: tf.Tensor, camera_seed: tf.Tensor
    ) -> tuple[_Arrays, _Arrays]:
        """Returns a varied motion and what a new camera sees of it."""
        views, model = self.config.views, self.config.model
        limbs, turn = augmentation.seeds(body_seed, 2)
        joints, keypoints = body_variation.vary_body(
            motion["pose_world"],
            motion["keypoints_world"],
            seed=limbs,
            limb_scale=views.limb_scale,
            body_scale=views.body_scale,
            output_skeleton=model.output_skeleton,
            input_skeleton=model.input_skeleton,
        )
        if views.rotate_skeleton:
            joints, keypoints = virtual_cameras.rotate_skeleton(
                joints, keypoints, seed=turn
            )
        shot = virtual_cameras.shoot(joints, keypoints, seed=camera_seed, views=views)
        seen = tf.ones(keypoints.shape[:2])
        view = {
            "keypoints": shot["keypoints"],
            "confidence": seen,
            "labelled": seen > 0.0,
            "crop": shot["crop"],
            "camera": cameras.pack(shot["camera"]),
        }
        return {**motion, "pose_world": joints}, view

    def _discriminator_inputs(
        self, poses: tf.Tensor, turns: tf.Tensor, corruption: tf.Tensor
    ) -> _Arrays:
        """Returns random rotations for generated and real poses, and false motion."""
        turned = rotations.random_view_rotation(turns, (2,))
        corrupted = motion_corruption.corrupt(
            poses, seed=corruption, skeleton_name=self.config.model.output_skeleton
        )
        return {
            "view_rotation": turned[0],
            "real_rotation": turned[1],
            "corrupted": corrupted,
        }


def paired(windows: Window) -> Window:
    """Returns a batch of windows, sides alternating, as a batch of groups.

    Args:
        windows: What `WindowReader.window` returned, `[2 groups, ...]`.

    Returns:
        The tensors of a training batch, `[groups, 2, ...]`; `pair_rotation`
        `[groups, 3, 3]` and `pair_weight` `[groups]` take the place of
        `camera_rotation` and `in_pair`.
    """
    groups = {
        key: tf.reshape(values, [-1, 2, *values.shape[1:]])
        for key, values in windows.items()
    }
    first, second = tf.unstack(groups.pop("camera_rotation"), axis=1)
    weight = tf.reduce_prod(groups.pop("in_pair"), axis=1)
    # M2 R2 (M1 R1)^T = M2 R M1^T; both M are orthogonal.
    rotation = tf.matmul(second, first, transpose_b=True)
    known = weight[:, tf.newaxis, tf.newaxis] > 0.0
    return {
        **groups,
        "pair_rotation": tf.where(known, rotation, tf.eye(3)),
        "pair_weight": weight,
    }
