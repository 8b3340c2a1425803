"""What a maintenance meets when a move cannot be made."""

from __future__ import annotations


class MoveFailed(AssertionError):
    """A move of a plan came to nothing: an assertion of the plan that does not hold.

    The plan ends there, unless the scenario catches it.
    """
