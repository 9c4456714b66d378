"""Readers of motion: each yields `Motion` clips."""
