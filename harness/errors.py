"""Every error a user can meet, named by its condition.

Three families, told apart because their readers differ:

* `HarnessError`: something the person at the keyboard can mend (a flag, a name, a file, a
  scenario). The command line prints one line of it and exits with `exit_code`.
* `InternalError`: our own bug. The command line asks for a report and exits with 3.
* Errors that code *under test* meets (a connection that dropped, a serialisation failure) are
  not here: each simulated resource raises what the real thing raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


#: How a step fails that awaits what is not Trio's, and what to do about it.
NOT_TRIOS = "something was awaited that Trio does not know, such as asyncio's"
ASYNCIO_INSTEAD = (
    "this is asyncio code, and a step runs under Trio: await Trio's equivalent (`trio.sleep`), or run "
    "the service through trio-asyncio; see docs/explanation/asyncio.md"
)


class HarnessError(Exception):
    """Something the caller can mend. The text says what is wrong and what to do next."""

    exit_code = 2


class InternalError(Exception):
    """A bug of this project, never of the caller."""

    exit_code = 3

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} (this is a bug in the harness: please report it)")


class PredicateRaised(HarnessError):
    """A property's predicate raised instead of answering."""

    def __init__(self, owner: str, error: Exception, given: str = "") -> None:
        what = f"{type(error).__name__}: {one_line(error)}"
        super().__init__(
            f"{owner} raised {what}{given and f', given {given}'}; "
            "it must answer True or False whatever the state is"
        )


class PredicateNotBoolean(HarnessError):
    """A property's predicate answered something that is neither True nor False."""

    def __init__(self, owner: str, answer: str, given: str = "") -> None:
        text = f"{owner} answered {answer}{given and f', given {given}'}"
        super().__init__(
            f"{text}; it must answer True or False (a plain function, `bool(...)` where needed)"
        )


class BadCost(HarnessError):
    """The cost of an irreversible effect is not a whole number of at least 0."""

    def __init__(self, effect: str, cost: str) -> None:
        super().__init__(
            f"the cost of {effect!r} is {cost}; it must be a whole number >= 0 "
            "(count in the smallest unit, such as cents)"
        )


class AlreadyCritical(HarnessError):
    """One name was given to two pieces of critical state."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} is already declared critical; give one of the two another name")


class NotCritical(HarnessError):
    """An effect rests on a key that was never declared critical."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        listed = ", ".join(known) or "none"
        super().__init__(f"{key!r} is not declared critical (declared: {listed})")


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


class NoRun(HarnessError):
    """Something that exists only inside a run was used outside one."""

    def __init__(self) -> None:
        super().__init__(
            "there is no run here: simulated cells, databases and processes work only inside "
            "harness.explore(...), harness.replay(...) or the `harness` command"
        )


class IsolationBroken(HarnessError):
    """Two simulated processes touched each other other than through the world."""

    def __init__(
        self, task: str, process: str, other: str, *, thing: str = "a Trio primitive"
    ) -> None:
        super().__init__(
            f"{task} (process {process}) used {thing} of process {other}: real processes share no "
            "memory. Let them meet in the world (a database, a message, world.flag(...)), or create "
            "the thing inside the process that uses it"
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


class UnknownFix(HarnessError):
    """A fix was named that the scenario does not declare."""

    def __init__(self, name: str, declared: Sequence[str]) -> None:
        known = ", ".join(sorted(declared)) or "none"
        super().__init__(f"there is no fix {name!r} in this scenario; it declares: {known}")


class UnknownParameter(HarnessError):
    """A parameter was named that the scenario does not declare."""

    def __init__(self, name: str, declared: Sequence[str]) -> None:
        known = ", ".join(sorted(declared)) or "none"
        super().__init__(f"there is no parameter {name!r} in this scenario; it declares: {known}")


class NameTaken(HarnessError):
    """Two things of one world were given the same name."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(f"there is already a {kind} named {name!r} in this world; choose another")


class ProcessMisused(HarnessError):
    """Something was asked of a process that a process cannot do."""

    def __init__(self, process: str, what: str, instead: str) -> None:
        super().__init__(f"{process} cannot {what}: {instead}")


class UnknownIsolation(HarnessError):
    """A transaction was asked for at a level that PostgreSQL does not have."""

    def __init__(self, level: object, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no isolation level {level!r}; choose one of: {', '.join(known)}"
        )


class RowIsNone(HarnessError):
    """A database was made with a row whose value is None, which stands for a missing row."""

    def __init__(self, database: str, key: object) -> None:
        super().__init__(
            f"the row {key!r} of database {database!r} is None, which means that there is no such "
            "row; leave it out"
        )


class NothingToChoose(HarnessError):
    """A choice was asked for among no options."""

    def __init__(self, label: str) -> None:
        super().__init__(f"the choice {label!r} has no options; give it at least one")


class MemoryShared(HarnessError):
    """Plain memory is reachable from two processes, or survives a restart, and was changed."""

    def __init__(self, variable: str, where: str, processes: Sequence[str]) -> None:
        super().__init__(
            f"{variable} ({where}) is memory that {' and '.join(processes)} share: a real process "
            "would lose it when killed and never see another's. Make it inside the process's main, "
            "or keep what must be shared in the world (a database, world.flag(...))"
        )


class MutexMisused(HarnessError):
    """A model's mutex was used as no lock can be used."""

    def __init__(self, label: str, what: str) -> None:
        super().__init__(f"{label} was {what}: acquire once, release once, in the same task")


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


class BadScenario(HarnessError):
    """A scenario declares something that cannot be."""

    def __init__(self, what: str, value: str, instead: str) -> None:
        super().__init__(f"bad {what} {value} for a scenario: {instead}")


class NetworkMisused(HarnessError):
    """A link or a connection was asked for that cannot be."""

    def __init__(self, name: str, what: str, instead: str) -> None:
        super().__init__(f"network {name!r} cannot have {one_line(what)}: say {instead}")


class UnknownFault(HarnessError):
    """A kind of fault was named that there is not."""

    def __init__(self, kind: object, known: Iterable[str]) -> None:
        super().__init__(f"there is no fault {one_line(kind)!r}; there are: {', '.join(known)}")


class BadFaultBudget(HarnessError):
    """How often faults may strike is said in a way that cannot be."""

    def __init__(self, value: object, known: Iterable[str]) -> None:
        kind = next(iter(known))
        super().__init__(
            f"bad faults {one_line(value)}: say for each kind how often it may strike in a run, "
            f'a whole number of at least 0: {{"{kind}": 1}}'
        )


class UnknownStrategy(HarnessError):
    """A strategy was named that there is not."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no strategy {name!r}; there are: {', '.join(known)}")


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


class PredicateReadsNothing(HarnessError):
    """A property's predicate read nothing that the harness can see changing."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"{owner} reads nothing that the harness sees, so it would never be asked again; "
            "let it look at the world with peek (database.peek(key), flag.peek(), cell.peek())"
        )


class PredicateTouchedWorld(HarnessError):
    """A property's predicate did more than look."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"{owner} read or wrote the world as a task does; a predicate only looks: "
            "use peek (database.peek(key), flag.peek(), cell.peek())"
        )


class GateComparesNothing(HarnessError):
    """A gate was given neither a reference nor a check of its own."""

    def __init__(self, gate: str) -> None:
        super().__init__(
            f"the gate {gate!r} compares with nothing: say reference=... (what the value is "
            "compared with) or check=... (a function of the value), or both"
        )


class BadDeadline(HarnessError):
    """The time within which something must come true is no finite number of at least 0."""

    def __init__(self, name: str, within_s: str) -> None:
        super().__init__(
            f"{name!r} must come true within_s={within_s}; give virtual seconds, a number >= 0"
        )


class BadBudget(HarnessError):
    """A limit of an exploration is not one."""

    def __init__(self, what: str, value: object, allowed: str) -> None:
        super().__init__(f"the {what} is {value}; it must be {allowed}")


class SettingInvalid(HarnessError):
    """A flag, an environment variable or a line of pyproject.toml has a value it cannot have."""

    def __init__(self, where: str, written: object, wanted: str) -> None:
        super().__init__(f"{where} = {one_line(repr(written), length_max=80)}: wanted {wanted}")


class SettingUnknown(HarnessError):
    """A source of settings names one that there is not."""

    def __init__(self, written: str, nearest: str | None, known: Sequence[str]) -> None:
        advice = f"did you mean {nearest}?" if nearest else f"there are: {', '.join(known)}"
        super().__init__(f"{one_line(written)} is no setting; {advice}")


class ProfileUnknown(HarnessError):
    """A profile was asked for that is neither built in nor in pyproject.toml."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no profile {one_line(name)}; there are: {', '.join(known)}")


class ProjectFileInvalid(HarnessError):
    """The pyproject.toml that settings should come from cannot be read."""

    def __init__(self, file: object, reason: str) -> None:
        super().__init__(f"cannot read settings from {one_line(file)}: {one_line(reason)}")


class FolderMissing(HarnessError):
    """A new file should go into a folder that is not there."""

    def __init__(self, folder: object) -> None:
        super().__init__(f"there is no folder {one_line(folder)}; make it first")


class NothingSelected(HarnessError):
    """No scenario is left to run."""

    exit_code = 5

    def __init__(self, places: Sequence[str], expression: str | None) -> None:
        if not places:
            text = "no scenarios here: name a file, or begin one with `harness new`"
        elif expression is None:
            text = f"no scenarios in {', '.join(map(one_line, places))}"
        else:
            text = f"no scenario matches {one_line(expression)}; `harness list` shows their names"
        super().__init__(text)


class NoFileName(HarnessError):
    """A new file has no name."""

    def __init__(self, written: object) -> None:
        super().__init__(f"{one_line(written)!r} names no file; say one, as in restart.py")


class FileInTheWay(HarnessError):
    """A new file would replace one that is there."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{one_line(path)} is there already; choose another name")


class ScenarioNotFound(HarnessError):
    """A scenario was named that is not there."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"no scenario at {one_line(what)}: {reason}")


class ScenarioImportFailed(HarnessError):
    """A file that should define scenarios raised when it was imported."""

    def __init__(self, path: str, line: int | None, error: BaseException) -> None:
        where = f"{path}:{line}" if line else path
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        super().__init__(f"cannot import {one_line(where)}: {one_line(what)}")


class CriticalMisdeclared(HarnessError):
    """Critical state was declared without a predicate, or with an option that there is not."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(
            f"critical state {key!r} {what}; declare it as critical(key, valid=lambda old, new: ...), "
            "with allow_missing=True or name=... where needed"
        )


class HistoryMisused(HarnessError):
    """A history was declared or recorded in a way that nothing can be said of it."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"history {name!r}: {what}")


class SpecificationFailed(HarnessError):
    """A sequential specification cannot be applied."""

    def __init__(self, specification: str, call: str, what: str) -> None:
        super().__init__(
            f"the specification {specification} has no answer to {one_line(call)}: {one_line(what)}"
        )


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


class DiskMisused(HarnessError):
    """A simulated disk was given something that it cannot make sense of."""

    def __init__(self, disk: str, what: str, instead: str) -> None:
        super().__init__(f"the disk {disk!r} makes nothing of {what}: {instead}")


class CannotTrack(HarnessError):
    """`harness.tracked` was given something whose accesses it could not see."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"harness.tracked cannot follow {what}: {instead}")
