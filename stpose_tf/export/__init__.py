"""Exports of a trained model."""
