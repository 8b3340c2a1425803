"""Small programs as values: they print as Python, shrink by losing parts, and run as they print."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import cached_property
from typing import Any

import attrs
import trio

import harness
from harness.kernel import current_run
from tests.quality.outcomes import keep, noted, see, up


class Boom(Exception):
    """What tasks of programs raise."""


class Bang(Exception):
    """Something else."""


@attrs.define(slots=False)
class Box:
    """Plain memory with attributes, one of which it may lack."""

    x: int = 0
    things: list[int] = attrs.field(factory=list)

    @property
    def double(self) -> int:
        """Made of another attribute."""
        return 2 * self.x

    def bump(self) -> int:
        """Reads and writes."""
        self.x = up(self.x)
        return self.x


@attrs.frozen
class Line:
    """One line of a task."""

    text: str

    def lines(self) -> list[str]:
        """It as Python."""
        return [self.text]


@attrs.frozen
class Block:
    """Operations below a head, say `async with lock:`; none for operations that belong together.

    Attributes:
      head: the line above.
      body: what stands in it.
      tail: a line after it, or none.
      orelse: what stands under `else`.
    """

    head: str
    body: tuple[Operation, ...]
    tail: str = ""
    orelse: tuple[Operation, ...] = ()

    def lines(self) -> list[str]:
        """It as Python."""
        if not self.head:
            return _all_lines(self.body)
        lines = [self.head, *_indented(_all_lines(self.body) or ["pass"])]
        if self.orelse:
            lines += ["else:", *_indented(_all_lines(self.orelse))]
        return [*lines, self.tail] if self.tail else lines


@attrs.frozen
class Task:
    """An async function, and the line that starts it."""

    name: str
    body: tuple[Operation, ...]
    start: str = "nursery.start_soon({name})"

    def lines(self) -> list[str]:
        """It as Python."""
        body = ["v = 0", *_all_lines(self.body), 'see("done")']
        return [
            f"async def {self.name}():",
            *_indented(body),
            self.start.format(name=self.name),
        ]


Operation = Line | Block | Task


@attrs.frozen(slots=False)
class Program:
    """A body for `explore`.

    Attributes:
      shared: lines that make what the tasks share.
      processes, tasks: who runs. Processes outlast the body of the scenario.
      faults: lines after the processes have been started: properties, and faults that may strike.
      options: of `explore`, which belong to the program's meaning: time model, fairness.
    """

    shared: tuple[str, ...]
    tasks: tuple[Task, ...]
    processes: tuple[Task, ...] = ()
    faults: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """It as Python, over the names in `NAMES`."""
        lines = [*self.shared, *_all_lines(self.processes), *self.faults]
        if self.tasks:
            lines += ["async with trio.open_nursery() as nursery:"]
            lines += _indented(_all_lines(self.tasks))
        said = [f"# {name}={value}" for name, value in self.options]
        return "\n".join([*said, "async def body(world):", *_indented(lines), ""])

    @cached_property
    def body(self) -> Callable[..., Awaitable[None]]:
        """What `explore` takes."""
        names = dict(NAMES)
        exec(compile(self.text, "<program>", "exec"), names)
        made: Any = names["body"]
        return made

    @property
    def explore_options(self) -> dict[str, Any]:
        """What `explore` is to be given besides."""
        return {name: eval(value, dict(NAMES)) for name, value in self.options}

    @property
    def size(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    def smaller(self) -> Iterator[Program]:
        """The same with one part less, larger parts first."""
        for field in ("tasks", "processes"):
            for fewer in _smaller(getattr(self, field)):
                yield attrs.evolve(self, **{field: fewer})
        for field in ("faults", "shared", "options"):
            lines = getattr(self, field)
            for place in range(len(lines)):
                yield attrs.evolve(self, **{field: lines[:place] + lines[place + 1 :]})


#: What the text of a program may name.
NAMES: dict[str, Any] = {
    "Bang": Bang,
    "Boom": Boom,
    "Box": Box,
    "Cell": harness.Cell,
    "Mutex": harness.Mutex,
    "current_run": current_run,
    "harness": harness,
    "keep": keep,
    "noted": noted,
    "see": see,
    "trio": trio,
    "up": up,
}


def _all_lines(operations: tuple[Any, ...]) -> list[str]:
    return [line for operation in operations for line in operation.lines()]


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _smaller(operations: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The operations without one of them, or with one unwrapped, or with a smaller one."""
    for place, operation in enumerate(operations):
        before, after = operations[:place], operations[place + 1 :]
        yield (*before, *after)
        if isinstance(operation, Block):
            yield (*before, *operation.body, *after)
            if operation.orelse:
                yield (*before, *operation.orelse, *after)
            if operation.tail:
                yield (*before, attrs.evolve(operation, tail=""), *after)
            for fewer in _smaller(operation.orelse):
                yield (*before, attrs.evolve(operation, orelse=fewer), *after)
        if not isinstance(operation, Line):
            for fewer in _smaller(operation.body):
                yield (*before, attrs.evolve(operation, body=fewer), *after)


def smallest(program: Program, wrong: Callable[[Program], bool]) -> Program:
    """The smallest program that can be reached from this one with `wrong` still true."""
    found = True
    while found:
        found = False
        for candidate in program.smaller():
            if wrong(candidate):
                program, found = candidate, True
                break
    return program
