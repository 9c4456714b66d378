"""Metrics, occlusion conditions and reports."""
