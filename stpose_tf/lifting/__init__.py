"""Tracks of heat maps to 3D: rates, windows, places in the room, confidence."""
