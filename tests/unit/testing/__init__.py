"""`harness.testing`."""
