"""What the exit code of `harness` says. Scripts rely on these numbers."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes, each with what it means to a script."""

    EXPECTED = 0  # everything came out as expected
    VIOLATION = 1  # a violation nobody expected, or an expected one that did not come
    USAGE = 2  # a flag, a setting, a path or a scenario that cannot be right
    INTERNAL = 3  # the harness itself failed
    DIVERGED = 4  # a strict replay took another way than the recording
    NOTHING_SELECTED = 5  # there was nothing to run
    INCONCLUSIVE = 6  # no violation, but less evidence than --require asked for
    INTERRUPTED = 130  # by the user; what was found so far was kept and printed
    READER_GONE = 141  # whoever read the output went away, as `head` does

    @property
    def meaning(self) -> str:
        """In words."""
        return self.name.lower().replace("_", " ")
