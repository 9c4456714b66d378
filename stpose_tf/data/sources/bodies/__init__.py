"""From the joints that a source has to those that records hold."""
