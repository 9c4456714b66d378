"""A user's own joints, keypoints and heat maps."""
