"""Tests of fleets, and of plans that are carried out on them."""
