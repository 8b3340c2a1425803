"""Searches: what cannot be asked of one, resumed, or shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors.base import HarnessError
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


class SearchUnusable(HarnessError):
    """A saved search that cannot be gone on with: damaged, or of something that is not as it was."""

    def __init__(self, path: object, reason: object) -> None:
        which = "the saved search" if path is None else f"the search in {one_line(path)}"
        super().__init__(
            f"cannot go on with {which}: {one_line(reason)}; search anew, without --resume"
        )


class SearchUnwritable(HarnessError):
    """A search that cannot be saved: the place refuses it, or a value in it is none that JSON has."""

    def __init__(self, path: object, reason: object) -> None:
        super().__init__(f"cannot save the search as {one_line(path)}: {one_line(reason)}")


class NotResumable(HarnessError):
    """A search was to be resumed whose strategy keeps no account of where it stands."""

    def __init__(self, strategy: str, known: Sequence[str]) -> None:
        super().__init__(
            f"a search by {strategy!r} keeps no account of where it stands, so it cannot be resumed: "
            f"one by {' or '.join(known)} can"
        )


class UnknownStrategy(HarnessError):
    """A strategy was named that there is not."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no strategy {name!r}; there are: {', '.join(known)}")


class NotForWorkers(HarnessError):
    """A search that cannot be given to other processes."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} cannot be given to workers: {why}")


class WorkerFailed(HarnessError):
    """What a worker was given to do cannot be done, whoever does it; in its words."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class WorkersDied(HarnessError):
    """Workers die of what they are given to do, or before they begin."""

    def __init__(self, what: str, how: str) -> None:
        super().__init__(
            f"the workers of {one_line(what)} die ({one_line(how)}); leave out -n to see more"
        )


class BadBudget(HarnessError):
    """A limit of an exploration is not one."""

    def __init__(self, what: str, value: object, allowed: str) -> None:
        super().__init__(f"the {what} is {value}; it must be {allowed}")


class ChoiceUnordered(HarnessError):
    """A choice was asked for among the members of a set."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"the options of the choice {label!r} are a set, whose order differs from run to run; "
            "give a list or a tuple (sorted(...) makes one)"
        )


class VerificationFailed(HarnessError):
    """A recorded run could not be replayed in a fresh interpreter, the same or not."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(
            f"could not replay {one_line(path)} in a fresh interpreter: {one_line(reason)}"
        )


class NothingToDraw(HarnessError):
    """A scenario was to be fuzzed that declares nothing that could be drawn."""

    exit_code = 5

    def __init__(self, scenario: str) -> None:
        super().__init__(
            f"{one_line(scenario)} has nothing to draw: declare `plans=`, `workload=` or `faults=` in it, "
            "or explore it with `harness run`"
        )
