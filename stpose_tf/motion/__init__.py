"""Procedural human motion: gaits and actions with planted feet and joint limits."""
