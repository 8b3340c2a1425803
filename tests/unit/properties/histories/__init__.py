"""Histories: the checkers against brute force, what is recorded, and what the reduction makes of it."""
