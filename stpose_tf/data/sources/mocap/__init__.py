"""Motion capture without cameras: ASF/AMC, BVH, packed joints, made-up motion."""
