"""Readers of what 2D detectors write: each gives `Detections` of one video."""
