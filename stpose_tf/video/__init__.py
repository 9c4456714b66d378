"""Frames in and out of video files, image folders and cameras."""
