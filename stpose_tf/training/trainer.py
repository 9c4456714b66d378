"""The adversarial training step."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from stpose_tf import config as configs
from stpose_tf.geometry import skeleton_maps
from stpose_tf.losses import adversarial
from stpose_tf.training import objectives, replica_sums

Logs = dict[str, tf.Tensor]


class AdversarialTrainer(keras.Model):
    """Trains a generator against a TKCS discriminator, one update of each per step.

    `train_step` runs in replica context on a replica's part of a global batch (the
    contract of `data.pipeline.build_train`) and returns numbers of the global batch,
    equal on all replicas. One and two replicas do the same on the same global batch.

    Args:
        generator: Maps heat maps to `pose` in mm and `log_sigma`; built.
        discriminator: Maps poses in m and a rotation to logits of patches of time;
            None leaves the adversarial part out.
        averaged_generator: Gets the moving average of the generator's weights; None
            for no averaging.
        keypoint_map: From the generator's joints to the labelled keypoints.
        root_index: The joint that poses are relative to.
        multi_view: Weight w1 of the paper's Eq. 6.
        reprojection: Weight w2.
        adversarial_weight: Weight w3.
        likelihood: Weight of the error estimate's own loss.
        form: GAN objective.
        corrupted_weight: Weight of corrupted real motion against generated motion.
        r1_weight: Weight of the gradient penalty on real motion.
        clip_norm: Largest global gradient norm of the generator.
        ema: Momentum of the averaged weights, reached gradually.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None = None,
        *,
        averaged_generator: keras.Model | None = None,
        keypoint_map: skeleton_maps.LinearMap,
        root_index: int = 0,
        multi_view: float = 0.5,
        reprojection: float = 0.1,
        adversarial_weight: float = 0.01,
        likelihood: float = 0.01,
        form: configs.AdversarialForm = configs.AdversarialForm.LEAST_SQUARES,
        corrupted_weight: float = 0.5,
        r1_weight: float = 0.0,
        clip_norm: float = 1.0,
        ema: float = 0.998,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator: Any = discriminator
        self.averaged_generator: Any = averaged_generator
        self.keypoint_map = keypoint_map
        self.root_index = root_index
        self.weights_of_terms = {
            "supervised_3d": 1.0,
            "multi_view": multi_view,
            "reprojection": reprojection,
            "adversarial": adversarial_weight if discriminator else 0.0,
            "likelihood": likelihood,
        }
        self.form = form
        self.corrupted_weight = corrupted_weight
        self.r1_weight = r1_weight
        self.clip_norm = clip_norm
        self.ema = ema
        if averaged_generator is not None:
            averaged_generator.set_weights(generator.get_weights())

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer | None = None,
    ) -> None:
        """Takes the optimizers, built on their networks in the strategy's scope."""
        super().compile(optimizer=generator_optimizer, jit_compile=False)
        self.discriminator_optimizer: Any = discriminator_optimizer

    @property
    def best_generator(self) -> keras.Model:
        """The generator to evaluate and to keep: the averaged one if there is one."""
        return self.averaged_generator or self.generator

    def train_step(self, batch: objectives.Batch) -> Logs:
        batch = {**batch, **objectives.windows(batch)}
        # Both updates use the same generated poses: one forward pass of the generator.
        with tf.GradientTape() as tape:
            poses, log_sigma = self._generate(batch)
        logs: Logs = {}
        if self.discriminator is not None:
            logs |= self._update_discriminator(poses, batch)
        logs |= self._update_generator(tape, poses, log_sigma, batch=batch)
        if self.averaged_generator is not None:
            tf.distribute.get_replica_context().merge_call(self._update_average)
        return logs

    def term_gradient_norms(self, batch: objectives.Batch) -> Logs:
        """Returns the gradient norm of each weighted generator term, before clipping.

        It costs one backward pass for each term: call it now and then.
        """
        batch = {**batch, **objectives.windows(batch)}
        with tf.GradientTape(persistent=True) as tape:
            poses, log_sigma = self._generate(batch)
            shares = self._weighted_shares(poses, log_sigma, batch)
        return {
            name: tf.linalg.global_norm(
                replica_sums.all_sum(self._gradients(tape, share))
            )
            for name, share in shares.items()
        }

    def _update_discriminator(self, poses: tf.Tensor, batch: objectives.Batch) -> Logs:
        """Moves the discriminator: real motion against generated and corrupted."""
        variables = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            terms = self._discriminator_terms(tf.stop_gradient(poses), batch)
            shares = replica_sums.shares(terms)
            false = shares["generated"]
            if "corrupted" in shares:
                weight = self.corrupted_weight
                false = (false + weight * shares["corrupted"]) / (1.0 + weight)
            loss = shares["real"] + false
            if "gradient_penalty" in shares:
                loss += 0.5 * self.r1_weight * shares["gradient_penalty"]
        # `apply` adds the replicas' gradients: shares of a global mean need just that.
        self.discriminator_optimizer.apply(tape.gradient(loss, variables), variables)
        logs = {"loss": loss, **shares}
        return replica_sums.totals({f"discriminator_{k}": v for k, v in logs.items()})

    def _update_generator(
        self,
        tape: tf.GradientTape,
        poses: tf.Tensor,
        log_sigma: tf.Tensor,
        *,
        batch: objectives.Batch,
    ) -> Logs:
        """Moves the generator by the paper's Eq. 6."""
        with tape:  # goes on recording where the forward pass ended
            shares = self._weighted_shares(poses, log_sigma, batch)
            loss = sum(shares.values())
        gradients = replica_sums.clipped(self._gradients(tape, loss), self.clip_norm)
        self.optimizer.apply(gradients, self.generator.trainable_variables)
        error = replica_sums.shares({"mpjpe": objectives.mpjpe(poses, batch)})
        return replica_sums.totals({"loss": loss, **shares, **error})

    def _generate(self, batch: objectives.Batch) -> tuple[tf.Tensor, tf.Tensor]:
        inputs = {name: batch[name] for name in ("heatmaps", "frame_mask")}
        outputs = self.generator(inputs, training=True)
        poses = objectives.camera_poses(outputs["pose"], batch["crop_rotation"])
        return poses, outputs["log_sigma"]

    def _weighted_shares(
        self, poses: tf.Tensor, log_sigma: tf.Tensor, batch: objectives.Batch
    ) -> Logs:
        """Returns this replica's share of each term that has a weight."""
        terms = objectives.supervised_terms(
            poses,
            log_sigma,
            batch,
            keypoint_map=self.keypoint_map,
            root_index=self.root_index,
        )
        if self.weights_of_terms["adversarial"]:
            logits = self.discriminator(
                {"poses": poses, "rotation": batch["view_rotation"]}, training=True
            )
            terms["adversarial"] = objectives.generator_adversarial(
                logits, objectives.whole(batch), form=self.form
            )
        weights = {name: self.weights_of_terms[name] for name in terms}
        wanted = {name: terms[name] for name, weight in weights.items() if weight}
        shares = replica_sums.shares(wanted)
        return {name: weights[name] * share for name, share in shares.items()}

    def _discriminator_terms(
        self, poses: tf.Tensor, batch: objectives.Batch
    ) -> objectives.Terms:
        """Returns the discriminator's terms; all motions go through it in one call."""
        motions = {
            "real": (batch["pose"], batch["real_rotation"]),
            "generated": (poses, batch["view_rotation"]),
        }
        if self.corrupted_weight:
            motions["corrupted"] = (batch["corrupted"], batch["real_rotation"])
        inputs = {
            "poses": ops.concatenate([p for p, _ in motions.values()]),
            "rotation": ops.concatenate([r for _, r in motions.values()]),
        }
        logits = ops.split(self.discriminator(inputs, training=True), len(motions))
        weights = objectives.fully_valid(batch)
        terms = objectives.discriminator_terms(
            dict(zip(motions, logits, strict=True)),
            weights,
            objectives.whole(batch),
            form=self.form,
        )
        if self.r1_weight:
            terms["gradient_penalty"] = adversarial.gradient_penalty(
                self._real_gradients(batch), weights=weights
            )
        return terms

    def _real_gradients(self, batch: objectives.Batch) -> tf.Tensor:
        """Returns the gradient of each real window's mean logit to its poses."""
        with tf.GradientTape() as tape:
            tape.watch(batch["pose"])
            logits = self.discriminator(
                {"poses": batch["pose"], "rotation": batch["real_rotation"]},
                training=True,
            )
            logits = ops.mean(ops.cast(logits, "float32"), axis=1)
        return tape.gradient(logits, batch["pose"])

    def _gradients(self, tape: tf.GradientTape, loss: tf.Tensor) -> list[tf.Tensor]:
        """Returns the generator's gradients, zero where a loss does not reach."""
        variables = self.generator.trainable_variables
        return [
            tf.zeros(variable.shape) if gradient is None else gradient
            for gradient, variable in zip(
                tape.gradient(loss, variables), variables, strict=True
            )
        ]

    def _update_average(self, strategy: tf.distribute.Strategy) -> None:
        """Moves the averaged weights towards the generator's, in cross-replica context.

        The momentum rises from 0.1, so that a short run does not average its start.
        """
        step = ops.cast(self.optimizer.iterations, "float32")
        momentum = ops.minimum(self.ema, (1.0 + step) / (10.0 + step))

        def move(average: tf.Variable, weight: tf.Tensor, share: tf.Tensor) -> None:
            average.assign_add((1.0 - share) * (weight - average))

        for average, weight in zip(
            self.averaged_generator.trainable_variables,
            self.generator.trainable_variables,
            strict=True,
        ):
            strategy.extended.update(
                average.value, move, args=(weight.value, momentum), group=False
            )
