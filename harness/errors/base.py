"""The two families of errors: what the caller can mend, and our own bugs."""

from __future__ import annotations


class HarnessError(Exception):
    """Something the caller can mend. The text says what is wrong and what to do next."""

    exit_code = 2


class InternalError(Exception):
    """A bug of this project, never of the caller."""

    exit_code = 3

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} (this is a bug in the harness: please report it)")
