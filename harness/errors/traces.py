"""Recorded runs: files that cannot be read, trusted or written, and runs that go another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors.base import HarnessError
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


class TraceUnreadable(HarnessError):
    """A trace file that is no trace: missing, too big, not JSON, cut short, of the wrong shape."""

    def __init__(self, path: object, reason: object) -> None:
        self.reason = reason
        super().__init__(f"cannot read trace {one_line(path)}: {one_line(reason)}")


class TraceVersionUnknown(HarnessError):
    """A trace in a format that this version of the harness does not know."""

    def __init__(self, path: object, version: object, known: int) -> None:
        super().__init__(
            f"cannot read trace {one_line(path)}: its format version is {one_line(version)}, this "
            f"harness reads {known}: use the version of the harness that wrote it"
        )


class TraceEdited(HarnessError):
    """A trace whose content does not match its checksum; fit for lenient play-back only."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"trace {one_line(path)} was edited or damaged (its checksum does not match): a strict "
            "replay would prove nothing; record it again"
        )


class TraceUntrusted(HarnessError):
    """A trace names a scenario that must not be imported on the word of a file."""

    def __init__(self, reference: object, reason: object) -> None:
        super().__init__(f"will not import scenario {one_line(reference)}: {one_line(reason)}")


class TraceUnwritable(HarnessError):
    """A trace that cannot be written: the place refuses it, or a value is none that JSON has."""

    def __init__(self, path: object, reason: object) -> None:
        super().__init__(f"cannot write trace {one_line(path)}: {one_line(reason)}")


class PlaceUnwritable(HarnessError):
    """A place that results are to be written to refuses them."""

    def __init__(self, path: object, reason: object) -> None:
        super().__init__(f"cannot write {one_line(path)}: {one_line(reason)}")


class NoRun(HarnessError):
    """Something that exists only inside a run was used outside one."""

    def __init__(self) -> None:
        super().__init__(
            "there is no run here: simulated cells, databases and processes work only inside "
            "harness.explore(...), harness.replay(...) or the `harness` command"
        )


class OptionNotTaken(HarnessError):
    """A search was asked for something that its strategy does not do."""

    def __init__(self, strategy: str, option: str, takers: Sequence[str]) -> None:
        super().__init__(f"the strategy {strategy} takes no {option}; {' and '.join(takers)} would")


class Nondeterminism(HarnessError):
    """Two runs with the same choices differed: something the harness does not control was used."""

    exit_code = 4

    def __init__(self, what: str, culprits: Sequence[str] = ()) -> None:
        self.what = what
        self.culprits = tuple(culprits)
        advice = (
            f"{'; '.join(culprits[:3])}. Look the clock and randomness up in their modules when they "
            "are called (`time.time()`), and let no choice depend on id() or hash()"
            if culprits
            else "Look for an order that depends on id() or on a set, for the wall clock, os.urandom "
            "or random bound early (`from time import time`), or for memory that outlives a run"
        )
        super().__init__(f"nondeterminism: {what}. {advice}")


class ReplayDiverged(HarnessError):
    """A strict replay did something else than the recorded run."""

    exit_code = 4

    def __init__(self, step: int, expected: str, found: str) -> None:
        self.step = step
        self.expected = expected
        self.found = found
        super().__init__(
            f"the replay diverged at step {step}: recorded {expected}, now {found}. The code, the "
            "scenario or a library has changed since, or the run depends on something uncontrolled"
        )
