"""A trained model on frames as they arrive."""
