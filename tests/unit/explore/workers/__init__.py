"""Searches that are made by several processes."""
