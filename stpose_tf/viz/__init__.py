"""Pictures and the 3D viewer."""
