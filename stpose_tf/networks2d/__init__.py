"""2D networks: crops of people in, heat maps out."""
