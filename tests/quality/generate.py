"""Makes small programs: at random from a seed, or drawn and shrunk by Hypothesis.

A *kind* of program says which features it may use. Lines are drawn from `LINES` and `BLOCKS`; what
stands in braces there is drawn in its turn. Some features make lines about things of the program's
own (a scope is entered once, a lock is not taken twice by one task), hence the class.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import factorial, prod
from random import Random
from typing import Any, Protocol

import attrs
from hypothesis import assume, strategies as st

from tests.quality.menu import BLOCKS, HOPES, INSTANT, LINES, PROPERTIES, SETUP
from tests.quality.operations import Block, Line, Operation, Program, Task


class Draw(Protocol):
    """Where the generator takes its decisions from: `random.Random`, or Hypothesis."""

    def choice(self, options: Any, /) -> Any:
        """One of them."""

    def randint(self, least: int, most: int, /) -> int:
        """A number from `least` to `most`."""


@attrs.frozen
class Kind:
    """What a kind of program may do.

    Attributes:
      features: names in the menus.
      processes: at most so many, if any; tasks of the main otherwise.
      options: of `explore`, from which one set is drawn.
      steps: at most so many lines that wait, in all tasks together.
      counted: whether the number of classes is known: if everything shared is cells, mutexes, rows.
      soaked: whether it is for long tests only.
    """

    features: tuple[str, ...]
    processes: int = 0
    options: tuple[tuple[tuple[str, str], ...], ...] = ((),)
    steps: int = 7
    counted: bool = False
    soaked: bool = False


_TIMES = (
    (),
    (("time_model", "harness.bounded(stall_s=1)"),),
    (("time_model", "'asynchronous'"),),
)
_BATCHES = ((("fairness", "'trio'"),),)

_STOPPED = ((), (("faults", "{'cancel': 1}"),))
_PAUSED = tuple(
    (("faults", budgets), *times)
    for budgets in ("{'slow': 1}", "{'slow': 2}", "{'slow': 1, 'kill': 1}")
    for times in _TIMES
)
_EARLY = tuple(
    (("faults", budgets), *times)
    for budgets in ("{'early_timer': 1}", "{'timeout': 1}", "{'jump': 1}", "{'skew': 1, 'slow': 1}")
    for times in _TIMES
)

#: But for processes that say otherwise.
_UNTRACKED = ((("assume_independent", "False"),),)

KINDS: dict[str, Kind] = {
    "cells": Kind(("cell", "instant", "pause"), steps=8, counted=True),
    "mutexes": Kind(("cell", "instant", "mutex"), counted=True),
    "choices": Kind(("cell", "instant", "choose", "sometimes"), counted=True),
    "rows": Kind(("row", "cell"), steps=6, counted=True),
    "transactions": Kind(("row", "transaction"), steps=6),
    "locks": Kind(("lock", "cell", "instant", "semaphore", "limiter"), steps=6),
    "events": Kind(("event", "cell", "instant", "event", "condition"), steps=6),
    "channels": Kind(("channel", "channel", "cell", "channel"), steps=6),
    "nurseries": Kind(("cell", "instant", "nursery", "raise"), steps=6),
    "scopes": Kind(("scope", "cell", "instant", "scope"), steps=6),
    "scopes at rest": Kind(
        ("scope", "scope at rest", "event", "count", "cell", "clock"),
        options=_TIMES,
        steps=5,
    ),
    "links": Kind(("link", "cell", "link", "time", "clock"), options=_TIMES, steps=5),
    "drops": Kind(("row", "transaction", "drop", "row"), steps=5),
    "times": Kind(("time", "cell", "instant", "time"), options=_TIMES, steps=5),
    "raises": Kind(("cell", "instant", "raise", "nursery", "scope"), steps=6),
    "waits": Kind(("flag", "scope", "cell", "flag", "row", "scope"), steps=6),
    "waits for lives": Kind(
        ("life", "scope", "flag", "row", "life"),
        processes=2,
        steps=5,
        options=_STOPPED,
        soaked=True,
    ),
    "processes": Kind(("cell", "row", "flag", "process"), processes=2, steps=5),
    "kills": Kind(("cell", "row", "kill"), processes=2, steps=5),
    "lives": Kind(
        ("life", "row", "flag", "process", "life", "time"), processes=2, steps=5, options=_TIMES
    ),
    "pauses": Kind(
        ("flag", "cell", "time", "long", "cell", "process"),
        processes=3,
        steps=5,
        options=_PAUSED,
    ),
    "early": Kind(
        ("time", "cell", "time", "long", "flag", "process"),
        processes=3,
        steps=5,
        options=_EARLY,
    ),
    "properties": Kind(("cell", "instant", "cell", "always"), steps=6),
    "properties of rows": Kind(("row", "cell", "flag", "always", "kill"), processes=2, steps=5),
    "hopes": Kind(("cell", "instant", "time", "eventually"), options=_TIMES, steps=5),
    "restarts": Kind(
        ("row", "flag", "process", "life", "settle", "kill"), processes=2, options=_TIMES, steps=5
    ),
    "tracked": Kind(("tracked", "tracked at once", "tracked", "cell"), steps=6),
    "tracked properties": Kind(("tracked", "tracked at once", "always"), steps=5),
    "tracked and more": Kind(
        ("tracked", "nursery", "scope", "event", "raise", "tracked", "cell"),
        steps=5,
        soaked=True,
    ),
    "tracked in processes": Kind(
        ("tracked", "own memory", "row", "process", "kill", "tracked"),
        processes=1,
        options=_UNTRACKED,
        steps=5,
        soaked=True,
    ),
    "batches": Kind(("cell", "instant", "pause", "event"), options=_BATCHES, steps=8),
    "batches of processes": Kind(
        ("cell", "instant", "pause", "process"), processes=2, options=_BATCHES, steps=6
    ),
    "anything": Kind(
        (
            *("cell", "instant", "pause", "mutex", "lock", "event", "condition", "semaphore"),
            *("channel", "nursery", "scope", "time", "raise", "choose", "always", "sometimes"),
        ),
        options=_TIMES,
        steps=5,
    ),
    "anything with processes": Kind(
        ("cell", "row", "flag", "process", "kill", "life", "time", "choose", "always", "raise"),
        processes=2,
        options=(*_TIMES, *_BATCHES),
        steps=5,
    ),
}

#: Those of which a sample is tried every time.
SAMPLED = [name for name, kind in KINDS.items() if not kind.soaked]

_HOLE = re.compile(r"\{(\w+)\}")
#: Names, and keys of rows, of what tasks may share.
_SHARED = re.compile(
    r"\b(?:left|right|node|now|[abcdefmnlos]|lock|semaphore|limiter|condition|sending|receiving|s[01]|p[01]|nursery)\b|'[xy]'"
)


class Maker:
    """Makes one program."""

    def __init__(self, draw: Draw, kind: Kind) -> None:
        self._draw = draw
        self._kind = kind
        self._scopes = 0
        self._held: list[str] = []
        self._without: tuple[str, ...] = ()
        self._running = draw.randint(1, kind.processes) if kind.processes else 0
        self._names: dict[str, tuple[str, ...]] = {
            "cell": ("a", "a", "b") if draw.randint(0, 2) else ("a", "b", "c"),
            "value": ("0", "1", "2"),
            "flag": ("f",),
            "key": ("'x'", "'x'", "'y'"),
            "mutex": ("m", "n"),
            "lock": ("lock",),
            "semaphore": ("semaphore",),
            "limiter": ("limiter",),
            "event": ("e",),
            "condition": ("condition",),
            "seconds": ("1", "2"),
            "level": ("'read committed'", "'repeatable read'", "'serializable'"),
            "slots": ("0", "1", "2"),
            "permits": ("0", "1", "2"),
            "scope": ("s0", "s1"),
            "shield": ("", "", "shield=True"),
        }

    def program(self) -> Program:
        """All of it."""
        draw, kind = self._draw, self._kind
        features = kind.features
        running = self._running
        tasks = draw.choice([2, 2, 2, 3, 3, 4]) - running
        budget = max(max(0, tasks) + running, kind.steps - draw.randint(0, 2))
        sizes = _shares(draw, budget, max(0, tasks) + running)
        made = [self._alone(number, size) for number, size in enumerate(sizes)]
        rules = self._properties() if "always" in features else []
        rules += [self._filled(draw.choice(HOPES))] if "eventually" in features else []
        rules += ["await world.settle()"] if "settle" in features else []
        rules += ["await trio.sleep(9)"] if "long" in features else []
        strikes = [
            f"current_run().add_action('strike {number}', p{number}.kill)"
            for number in range(running)
            if "kill" in features and draw.randint(0, 1)
        ]
        own = ", memory='tracked'" if "own memory" in features else ""
        return Program(
            shared=(
                *(self._filled(line) for f in self._shared() for line in SETUP[f]),
                self._kept(running),
            ),
            processes=tuple(
                Task(f"serve{n}", body, f"p{n} = world.start({{name}}, name='p{n}'{own})")
                for n, body in enumerate(made[:running])
            ),
            tasks=tuple(Task(f"t{n}", body) for n, body in enumerate(made[running:])),
            faults=(*rules, *strikes),
            options=draw.choice(kind.options),
        )

    def _shared(self) -> list[str]:
        """The features for which the main makes something that tasks share."""
        found = [f for f in dict.fromkeys(self._kind.features) if f in SETUP]
        if "own memory" in found:
            found = [f for f in found if f not in ("own memory", "tracked")]
        return found

    def _properties(self) -> list[str]:
        """One or two, no two of one name."""
        drawn: dict[str, str] = {}
        known = [f for f in dict.fromkeys(self._kind.features) if f in PROPERTIES]
        for _ in range(self._draw.randint(1, 2)):
            line = self._filled(self._draw.choice(PROPERTIES[self._draw.choice(known)]))
            drawn[line.split(",")[0]] = line
        return list(drawn.values())

    def _alone(self, number: int, size: int) -> tuple[Operation, ...]:
        """What one task does; it may kill any process but the one that it is."""
        others = [f"p{n}" for n in range(self._running) if n != number]
        self._names["process"] = tuple(others)
        self._without = ()
        if "own memory" not in self._kind.features:
            return self._body(size)
        if number >= self._running:
            self._without = ("tracked",)
            return self._body(size)
        children = [
            Task(f"c{n}", self._body(share, 0))
            for n, share in enumerate(_shares(self._draw, size, min(2, size)))
        ]
        head = "async with trio.open_nursery() as nursery:"
        return (*map(Line, SETUP["own memory"]), Block(head, tuple(children)))

    def _kept(self, processes: int) -> str:
        names = ["a", "b", "c"] if "cell" in self._kind.features else []
        names += ["db"] if "row" in self._kind.features else []
        names += ["f"] if "flag" in self._kind.features else []
        if "tracked" in self._shared() and self._draw.randint(0, 1):
            names += ["d", "l", "s", "o"]
        return f"keep({', '.join(names)})"

    def _body(self, size: int, depth: int = 2) -> tuple[Operation, ...]:
        operations: list[Operation] = []
        while size > 0:
            made, used = self._operation(size, depth)
            operations.append(made)
            size -= used
        return tuple(operations)

    def _operation(self, size: int, depth: int) -> tuple[Operation, int]:
        """Something to do, and how much of `size` it took."""
        draw, features = self._draw, self._kind.features
        known = [f for f in features if f in LINES or f in BLOCKS]
        feature = draw.choice([f for f in known if f not in self._without])
        if feature == "instant":
            return self._instants(), 1
        blocks = [head for head in BLOCKS.get(feature, ()) if depth > 0]
        if blocks and size > 1 and (feature not in LINES or draw.randint(0, 2) == 0):
            return self._block(draw.choice(blocks), size, depth)
        if feature in LINES:
            return Line(self._filled(draw.choice(LINES[feature]))), 1
        return Line(self._filled(draw.choice(LINES[features[0]]))), 1

    def _instants(self) -> Operation:
        """A step with several accesses, where what is read decides what is accessed next."""
        draw = self._draw
        lines: list[Operation] = []
        if draw.randint(0, 3):
            lines.append(Line("await trio.lowlevel.checkpoint()"))
        for _ in range(draw.randint(1, 3)):
            line = Line(self._filled(draw.choice(INSTANT)))
            if draw.randint(0, 2):
                lines.append(line)
                continue
            other = (Line(self._filled(draw.choice(INSTANT))),) if draw.randint(0, 1) else ()
            head = draw.choice(["if {cell}.get() == {value}:", "if v == {value}:"])
            lines.append(Block(self._filled(head), (line,), orelse=other))
        return Block("", tuple(lines))

    def _block(self, chosen: tuple[str, str], size: int, depth: int) -> tuple[Operation, int]:
        head, tail = map(self._filled, chosen)
        if "{scope}" in chosen[0]:
            if self._scopes == 2:
                return Line("await trio.lowlevel.checkpoint()"), 1
            head, tail = (text.format(scope=f"s{self._scopes}") for text in chosen)
            self._scopes += 1
        used = self._draw.randint(1, size)
        if head in self._held:
            return Block("", self._body(used, depth - 1)), used
        self._held.append(head)
        try:
            if "transaction" in head:
                body: tuple[Operation, ...] = tuple(
                    Line(self._filled(self._draw.choice(LINES["in transaction"])))
                    for _ in range(used)
                )
                return Block("with noted():", (Block(head, body, tail),)), used
            if "open_nursery" in head:
                children = [
                    Task(f"c{n}", self._body(share, 0))
                    for n, share in enumerate(_shares(self._draw, used, min(2, used)))
                ]
                return Block("with noted():", (Block(head, tuple(children), tail),)), used
            body = self._body(used, depth - 1)
        finally:
            self._held.pop()
        has_else = head.startswith("if") and self._draw.randint(0, 1)
        return Block(head, body, tail, self._body(1, 0) if has_else else ()), used

    def _filled(self, text: str) -> str:
        if "{process}" in text and not self._names["process"]:
            return "await world.crash()"
        return _HOLE.sub(lambda hole: str(self._draw.choice(self._names[hole[1]])), text)


def _shares(draw: Draw, total: int, count: int) -> list[int]:
    """`total` parted at random among `count`, at least one for each."""
    shares = [1] * count
    for _ in range(total - count):
        shares[draw.randint(0, count - 1)] += 1
    return shares


def interleavings_about(program: Program) -> int:
    """A guess at the number of its interleavings, from the lines that wait."""

    def waits(operation: Operation) -> int:
        return sum("await" in line or "async with" in line for line in operation.lines())

    steps = [1 + waits(task) for task in (*program.tasks, *program.processes)]
    return factorial(sum(steps)) // prod(map(factorial, steps))


def entanglement(program: Program) -> int:
    """How much its tasks have to do with each other: each shared thing counts for each second user."""
    texts = ["\n".join(task.lines()) for task in (*program.tasks, *program.processes)]
    users = [set(_SHARED.findall(text)) for text in texts]
    return sum(len(set.union(*users[:n]) & found) for n, found in enumerate(users) if n)


def never_ends(program: Program) -> bool:
    """Whether its processes may restart each other for ever."""
    restarts: dict[int, list[int]] = {}
    for number, process in enumerate(program.processes):
        found = re.findall(r"await p(\d)\.restart", "\n".join(process.lines()))
        restarts[number] = [int(other) for other in found]
    reached = restarts
    for _ in restarts:
        reached = {
            n: [*o, *(far for near in o for far in reached.get(near, ()))]
            for n, o in restarts.items()
        }
    return any(number in others for number, others in reached.items())


def random_program(seed: object, kind: str, *, at_most: int) -> Program:
    """The program of this seed: of several with up to about `at_most` interleavings, the liveliest."""
    random = Random(f"{seed} {kind}")
    made = [Maker(random, KINDS[kind]).program() for _ in range(12)]
    candidates = [p for p in made if not never_ends(p)]
    fitting = [p for p in candidates if interleavings_about(p) <= at_most]
    if fitting:
        return max(fitting, key=lambda p: (entanglement(p), interleavings_about(p)))
    return min(candidates, key=interleavings_about)


class _Drawn:
    """Decisions by Hypothesis."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def choice(self, options: Any, /) -> Any:
        return self._draw(st.sampled_from(list(options)))

    def randint(self, least: int, most: int, /) -> int:
        return int(self._draw(st.integers(least, max(least, most))))


@st.composite
def programs(draw: Any, kind: str, at_most: int = 20_000) -> Program:
    """Programs of a kind, for `@given`."""
    program = Maker(_Drawn(draw), KINDS[kind]).program()
    assume(interleavings_about(program) <= at_most and not never_ends(program))
    return program
