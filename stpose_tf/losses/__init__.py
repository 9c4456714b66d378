"""The terms of the paper's overall loss (Eq. 6), as sums and counts."""
