"""Records, sources of motion, virtual cameras and the input pipelines."""
