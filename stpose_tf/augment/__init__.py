"""On-graph, stateless augmentations of one window."""
