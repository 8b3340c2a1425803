"""Recorded runs: the format, the files, trust, and what is hidden or escaped."""
