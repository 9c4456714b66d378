"""Clips that cameras recorded: their views, their truth, their cameras."""
