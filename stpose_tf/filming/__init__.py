"""Records of what 2D networks saw in videos."""
