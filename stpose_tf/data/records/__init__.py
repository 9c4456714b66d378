"""The record format: clips as TFRecords, written whole, checked and read back."""
