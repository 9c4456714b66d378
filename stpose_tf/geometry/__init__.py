"""Skeletons, cameras, crops, alignment, KCS and heat maps; no learning, no files."""
