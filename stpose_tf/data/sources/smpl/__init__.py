"""Data sets on the SMPL skeleton: AMASS, 3DPW."""
