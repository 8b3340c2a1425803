"""Tests of restart plans as values."""
