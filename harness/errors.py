"""Every error a user can meet, named by its condition.

Three families, told apart because their readers differ:

* `HarnessError`: something the person at the keyboard can mend (a flag, a name, a file, a
  scenario). The command line prints one line of it and exits with `exit_code`.
* `InternalError`: our own bug. The command line asks for a report and exits with 3.
* Errors that code *under test* meets (a connection that dropped, a serialisation failure) are
  not here: each simulated resource raises what the real thing raises.
"""

from __future__ import annotations


class HarnessError(Exception):
    """Something the caller can mend. The text says what is wrong and what to do next."""

    exit_code = 2


class InternalError(Exception):
    """A bug of this project, never of the caller."""

    exit_code = 3

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} (this is a bug in the harness: please report it)")
