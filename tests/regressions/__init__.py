"""Bugs that we had, each by the behaviour it broke."""
