"""Clips of filmed data sets with other 2D in place of their own."""
