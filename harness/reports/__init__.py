"""What people read: pure functions from traces and scorecards to text."""

from __future__ import annotations
