"""The adversarial trainer, its checkpoints and the run."""
