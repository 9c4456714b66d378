"""Frames of clips into windows of training and rows of evaluation."""
