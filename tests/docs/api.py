"""The reference of the public names, made from their signatures and docstrings.

Read from the source, not from the objects, so that a signature stands as somebody wrote it.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from types import FunctionType

import attrs
import msgspec

import harness
import harness.fuzz
import harness.histories
import harness.model
import harness.plans
import harness.testing
from harness.explore import Replay
from harness.explore.estimate import Remaining, Unseen
from harness.plans.wrong import KINDS as MOVES
from harness.properties.critical import Critical
from harness.properties.histories.recording import Recording
from harness.properties.histories.transactions import TransactionClient, TransactionRecording
from harness.traces import format as trace_format
from harness.world import Flag, database, disk
from harness.world.clock import Clock
from harness.world.database import errors as database_errors
from harness.world.faults import KINDS, Faults, FaultUse, Offer, Spell
from harness.world.fleet import Fleet, Service
from harness.world.network import End, Link, Listener, Stream

_SECTION = re.compile(r"(Args|Attributes|Returns|Raises):")
_ENTRY = re.compile(r"([*\w]+(?:, [*\w]+)*): (.*)")
_DEFAULT = re.compile(r"(?<=[\w\])])=(?=[\w'\"(\[{-])")

#: Public by name only: one room of the project calls another.
INTERNAL = (
    "World.crashes", "World.audit", "Faults.withdraw", "Faults.stop", "Listener.add", "Listener.close", "Stream.close",
    "Fleet.run", "Service.start_all", "Service.start", "Service.stop", "Service.restart_in_place", "Service.restart_beside",
    "Space.kinds", "Process.ask_to_stop", "Remaining.scaled",
    "Database.watch", "Session.abandon", "Critical.wrote", "Critical.was_read",
    "History.record", "History.begun", "History.verdict", "Recording.recorded",
    "Transactions.begun", "Transactions.check", "Transactions.verdict", "TransactionRecording.recorded",
    "Node.read", "Node.write", "Node.begin", "Node.promote", "Node.become_standby",
)  # fmt: skip

#: What `harness.World` makes, and nobody makes by hand.
MADE_BY_THE_WORLD: tuple[type, ...] = (
    harness.Process,
    harness.ExitStatus,
    database.Database,
    database.Session,
    database.Standby,
    database.Node,
    disk.Disk,
    disk.File,
    Flag,
    Clock,
    Link,
    End,
    Listener,
    Stream,
    Faults,
    Offer,
    Spell,
    Critical,
)
SPECIFICATIONS: tuple[type, ...] = (
    harness.histories.Register,
    harness.histories.Counter,
    harness.histories.Queue,
    harness.histories.Set,
    harness.histories.KeyValue,
    harness.histories.ListAppend,
    harness.histories.ReadWriteRegister,
)
HISTORIES: tuple[type, ...] = (
    harness.histories.Specification,
    harness.histories.Partitioned,
    harness.histories.Operation,
    harness.histories.History,
    harness.histories.Client,
    Recording,
    harness.histories.Transactions,
    TransactionClient,
    TransactionRecording,
)
PLANS: tuple[type, ...] = (harness.plans.Plan, harness.plans.Space, Fleet, Service)
FUZZED: tuple[type, ...] = (
    harness.fuzz.FuzzResult,
    harness.fuzz.FuzzFailure,
    harness.fuzz.Minimality,
    harness.fuzz.Input,
)
BRICKS: tuple[type, ...] = (harness.Cell, harness.Mutex)
RESULTS: tuple[type, ...] = (
    harness.Result,
    harness.Violation,
    FaultUse,
    Remaining,
    Unseen,
    harness.Progress,
    Replay,
)
TRACE: tuple[type, ...] = (
    trace_format.Trace,
    trace_format.Choice,
    trace_format.Step,
    trace_format.Event,
    trace_format.Violation,
    trace_format.Environment,
)


def public_names() -> str:
    """Everything that `harness` and `harness.testing` offer, and what they hand out."""
    parts = ["## Declare and search", ""]
    for function in (harness.scenario, harness.bounded, harness.explore, harness.replay):
        parts += _function(function, f"harness.{function.__name__}", 3)
    parts += ["## What a search returns", ""]
    for cls in RESULTS:
        parts += _class(cls, cls.__name__)
    parts += ["## The world", ""]
    parts += _class(harness.World, "harness.World")
    for cls in MADE_BY_THE_WORLD:
        parts += _class(cls, cls.__name__)
    parts += ["## Histories", "", "What `world.history(name, spec=...)` takes:", ""]
    for cls in SPECIFICATIONS:
        arguments = ", ".join(field.name for field in attrs.fields(cls))
        doc = [f"### harness.histories.{cls.__name__}({arguments})", ""]
        parts += [*doc, *_prose(inspect.getdoc(cls) or "")]
    parts += ["and what it returns:", ""]
    for cls in HISTORIES:
        parts += _class(cls, cls.__name__)
    parts += ["## Restart plans", "", *_prose(inspect.getdoc(harness.plans) or "")]
    for name in MOVES:
        parts += _arguments(MOVES[name], f"harness.plans.{MOVES[name].__name__}")
    for cls in PLANS:
        name = f"harness.plans.{cls.__name__}" if hasattr(harness.plans, cls.__name__) else ""
        parts += _class(cls, name or cls.__name__)
    for name in ("load_plan", "plan_toml", "plan_of"):
        parts += _function(getattr(harness.plans, name), f"harness.plans.{name}", 3)
    parts += _class(harness.plans.MoveFailed, "harness.plans.MoveFailed")
    parts += _fuzzing()
    parts += ["## Bricks for small models", ""]
    for cls in BRICKS:
        parts += _class(cls, f"harness.{cls.__name__}", made_by_hand=True)
    parts += _function(harness.tracked, "harness.tracked", 3)
    parts += _function(harness.model.plain, "harness.model.plain", 3)
    parts += ["## In tests", ""]
    for name in harness.testing.__all__:
        parts += _function(getattr(harness.testing, name), f"harness.testing.{name}", 3)
    parts += ["## What a database raises", ""]
    parts += ["The classes stand in `harness.world.database.errors`.", ""]
    parts += _errors(database_errors, database_errors.DatabaseError)
    return "\n".join(parts)


def _fuzzing() -> list[str]:
    parts = ["## Fuzzing", "", *_prose(inspect.getdoc(harness.fuzz) or "")]
    for name in ("fuzz", "inputs", "plans", "moves", "faults"):
        parts += _function(getattr(harness.fuzz, name), f"harness.fuzz.{name}", 3)
    for cls in FUZZED:
        parts += _class(cls, f"harness.fuzz.{cls.__name__}")
    return parts


def kinds_of_fault() -> str:
    """Every kind of fault, and what it does."""
    rows = [f"| `{kind}` | {what} |" for kind, what in KINDS.items()]
    return "\n".join(["| kind | what strikes |", "|---|---|", *rows, ""])


def kinds_of_move() -> str:
    """Every move, and what may be said of it in a file."""
    rows = ["| `do =` | field | left out | |", "|---|---|---|---|"]
    common = _attributes(harness.plans.Move)
    for tag, kind in MOVES.items():
        summary = _joined((inspect.getdoc(kind) or "").split("\n\n")[0])
        rows.append(f'| `"{tag}"` | | | {summary} |')
        told = _attributes(kind)
        for field in msgspec.structs.fields(kind):
            if field.name not in common:
                left_out = "must be there" if field.required else _toml(field.default)
                rows.append(f"| | `{field.name}` | {left_out} | {told[field.name]} |")
    rows += [f"| all | `{name}` | `false` | {text} |" for name, text in common.items()]
    return "\n".join([*rows, ""])


def _toml(value: object) -> str:
    return "as long as it takes" if value is None else f"`{json.dumps(value)}`"


def _attributes(cls: type) -> dict[str, str]:
    """What the docstring says of each field."""
    _, _, section = (inspect.getdoc(cls) or "").partition("Attributes:\n")
    entries: dict[str, str] = {}
    for line in textwrap.dedent(section).splitlines():
        found = re.match(r"(\w+): (.*)", line)
        name, text = (found[1], found[2]) if found else (next(reversed(entries)), line)
        entries[name] = _joined(f"{entries.get(name, '')} {text}")
    return entries


def _joined(text: str) -> str:
    return " ".join(text.split())


def trace_fields() -> str:
    """The fields of a trace file."""
    parts: list[str] = []
    for cls in TRACE:
        parts += [f"## {cls.__name__}", "", *_prose(inspect.getdoc(cls) or "")]
    limits = {
        "bytes of a file": trace_format.BYTES_MAX,
        "values in it": trace_format.VALUES_MAX,
        "characters of a text": trace_format.TEXT_MAX,
        "levels of nesting": trace_format.DEPTH_MAX,
        "size of a whole number": trace_format.INT_MAX,
    }
    parts += ["## Limits", "", "| | at most |", "|---|--:|"]
    parts += [f"| {what} | {most:,} |" for what, most in limits.items()]
    return "\n".join([*parts, ""])


def _class(cls: type, name: str, *, made_by_hand: bool = False) -> Iterator[str]:
    yield from (f"### {name}", "")
    if made_by_hand:
        yield from ("```py", f"{cls.__name__}{_signature(vars(cls)['__init__'])[0]}", "```", "")
    yield from _prose(inspect.getdoc(cls) or "")
    for own, member in vars(cls).items():
        full = f"{cls.__name__}.{own}"
        if own.startswith("_") or full in INTERNAL:
            continue
        if isinstance(member, property):
            yield from (f"#### {full}", "", *_prose(inspect.getdoc(member) or ""))
        elif callable(member) and isinstance(inspect.unwrap(member), FunctionType):
            yield from _function(inspect.unwrap(member), full, 4)


def _arguments(cls: type, name: str) -> Iterator[str]:
    """A value: what it is made of, and no methods."""
    fields = [
        field.name if field.required else f"{field.name}={field.default!r}".replace("'", '"')
        for field in msgspec.structs.fields(cls)
    ]
    text = f"{cls.__name__}({', '.join(fields)})"
    if len(text) > 80:
        text = "\n".join([f"{cls.__name__}(", *(f"    {field}," for field in fields), ")"])
    yield from (f"### {name}", "", "```py", text, "```", "")
    yield from _prose(inspect.getdoc(cls) or "")


def _function(function: object, name: str, level: int) -> Iterator[str]:
    assert isinstance(function, FunctionType)
    signature, is_async = _signature(function)
    await_ = "await " if is_async else ""
    yield from (
        f"{'#' * level} {name}",
        "",
        "```py",
        f"{await_}{function.__name__}{signature}",
        "```",
    )
    yield from ("", *_prose(inspect.getdoc(function) or ""))


def _signature(function: FunctionType) -> tuple[str, bool]:
    """Arguments and result as written, one to a line where they are many, and whether it is async."""
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    if node.args.args and node.args.args[0].arg == "self":
        del node.args.args[0]
    arguments = _DEFAULT.sub(" = ", ast.unparse(node.args)).replace("'", '"')
    is_init = node.name == "__init__"
    result = "" if is_init or node.returns is None else f" -> {ast.unparse(node.returns)}"
    text = f"({arguments}){result}"
    if len(function.__name__ + text) > 80:
        inner = ",\n    ".join(_split(arguments))
        text = f"(\n    {inner},\n){result}"
    return text, isinstance(node, ast.AsyncFunctionDef) and not _yields(node)


def _yields(node: ast.AST) -> bool:
    return any(isinstance(inner, ast.Yield) for inner in ast.walk(node))


def _split(arguments: str) -> Iterator[str]:
    """At the commas that separate arguments, not at those within brackets."""
    depth, start = 0, 0
    for index, character in enumerate(arguments):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            yield arguments[start:index].strip()
            start = index + 1
    yield arguments[start:].strip()


def _errors(module: object, base: type[Exception]) -> Iterator[str]:
    yield from ("| class | SQLSTATE | |", "|---|---|---|")
    for cls in vars(module).values():
        if isinstance(cls, type) and issubclass(cls, base):
            text = " ".join((inspect.getdoc(cls) or "").split())
            yield f"| `{cls.__name__}` | {cls.sqlstate} | {text} |"  # type: ignore[attr-defined]
    yield ""


def _prose(doc: str) -> Iterator[str]:
    """A docstring as Markdown: its sections become lists."""
    lines = doc.splitlines()
    while lines:
        line = lines.pop(0)
        section = _SECTION.fullmatch(line)
        if section is None:
            yield line
            continue
        inside: list[str] = []
        while lines and (not lines[0] or lines[0].startswith(" ")):
            inside.append(lines.pop(0))
        yield from (f"*{section[1]}*", "", *_entries(section[1], inside), "")
    yield ""


def _entries(section: str, lines: list[str]) -> list[str]:
    inside = textwrap.dedent("\n".join(lines)).strip("\n").splitlines()
    entries: list[str] = []
    for line in inside:
        found = None if section == "Returns" else _ENTRY.match(line)
        if found:
            names = ", ".join(f"`{name}`" for name in found[1].split(", "))
            entries.append(f"* {names}: {found[2]}")
        elif entries:
            entries.append(f"  {line.strip()}")
        else:
            entries.append(f"* {line.strip()}")
    return entries
