"""Tests of links and connections."""
