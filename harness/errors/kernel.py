"""What the code under test did that no run can go on from."""

from __future__ import annotations

from harness.errors.base import HarnessError
from harness.visible import one_line

#: How a step fails that awaits what is not Trio's, and what to do about it.
NOT_TRIOS = "something was awaited that Trio does not know, such as asyncio's"
ASYNCIO_INSTEAD = (
    "this is asyncio code, and a step runs under Trio: await Trio's equivalent (`trio.sleep`), or run "
    "the service through trio-asyncio; see docs/explanation/asyncio.md"
)


class UnsupportedTrio(HarnessError):
    """The installed Trio is not one that the kernel can drive."""

    def __init__(
        self, version: str, reason: str, *, oldest: tuple[int, ...], end: tuple[int, ...]
    ) -> None:
        first, last = (".".join(map(str, numbers)) for numbers in (oldest, end))
        super().__init__(
            f"Trio {version} cannot be driven by this harness ({reason}); "
            f"install one that is at least {first} and below {last}"
        )


class WokeEarlierRun(HarnessError):
    """Code woke a task that was left over from an earlier run."""

    def __init__(self, task: str, sleeper: str) -> None:
        super().__init__(
            f"{task} woke {sleeper}, a task of an earlier run, so the two share memory: an event, a "
            "lock or a channel in a module global or a class. Make it inside the scenario, for each "
            "run anew"
        )


class StepNeverYielded(BaseException):
    """One step ran for longer than a step may: code that never reaches a checkpoint.

    A BaseException, so that the code it is raised in does not take it for a failure of its own.
    """

    def __init__(self, where: str = "", timeout_s: float = 0.0, stack: str = "") -> None:
        self.where = where
        self.stack = stack
        super().__init__(
            f"a step did not reach a checkpoint within {timeout_s:g} s"
            f"{where and f', at {where}'}; add one (`await trio.lowlevel.checkpoint()`) or raise "
            "the limit"
        )


class ThreadBlocked(HarnessError):
    """A thread started by the code under test waits for something that cannot come."""

    def __init__(self, name: str, timeout_s: float) -> None:
        super().__init__(
            f"the thread {name!r} neither ended nor asked Trio for anything within {timeout_s:g} s. "
            "Threads run in lockstep with tasks, so one that waits for a task by other means than "
            "trio.from_thread (a threading.Event, a queue) waits for ever"
        )


class RealWorldRefused(HarnessError):
    """Simulated code called something that would leave the simulation: a socket, a sleep, a thread."""

    def __init__(self, call: str, instead: str) -> None:
        self.call = call
        self.instead = instead
        super().__init__(
            f"{call} would leave the simulation, so the run could not be repeated: {instead}"
        )


class NeverAnswered(HarnessError):
    """A predicate or a specification was asked between two steps, and did not come back."""

    def __init__(self, where: str) -> None:
        super().__init__(f"no answer within the time that a step may take, at {one_line(where)}")


class RecursionLimitLowered(HarnessError):
    """The code under test set a recursion limit that the harness itself cannot work with."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"sys.setrecursionlimit({limit}) in a scenario leaves the harness too little stack to go "
            "on with the run; leave the limit as it is, or set it where the file is imported"
        )
