"""What is recorded of an operation, however it ends; and that recording changes nothing."""

from __future__ import annotations

import contextlib
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import trio

import harness
from harness.errors import HistoryMisused, NameTaken, SpecificationFailed, SpecificationMisdeclared
from harness.histories import Operation
from harness.model import Cell
from harness.properties.histories.operation import UNTOLD
from harness.world.database.errors import SerializationFailure
from tests.unit.properties.stage import play


def operations_of(scenario: Any, **options: Any) -> list[Operation]:
    """What one run records in its history."""
    histories = []

    async def with_history(world: harness.World) -> None:
        histories.append(world.history("h", spec=harness.histories.Register(0), **options))
        await scenario(world, histories[0])

    play(with_history)
    found: list[Operation] = histories[0].operations
    return found


async def nothing() -> None:
    """An operation without a step."""


async def for_ever() -> None:
    """One without an end."""
    await trio.sleep_forever()


def test_a_call_is_recorded_with_its_arguments_and_its_result() -> None:
    """Under the name of the client, between its events, with the steps they fell in."""

    async def scenario(world: harness.World, history: Any) -> None:
        x = Cell(0)
        assert await history.client("alice").call("read", x.read) == 0
        await history.call("write", x.write, 5)

    first, second = operations_of(scenario)

    assert (first.client, first.call, first.result) == ("alice", "read()", 0)
    assert (second.client, second.call, second.result) == ("main", "write(5)", None)
    assert [first.invoked, first.returned, second.invoked, second.returned] == [1, 2, 3, 4]
    assert first.steps == (1, 2)


def test_a_block_is_answered_where_it_says_so_or_where_it_ends() -> None:
    """What nobody said is not compared."""

    async def scenario(world: harness.World, history: Any) -> None:
        with history.operation("read") as early:
            assert early.returns([1, 2]) == [1, 2]
            with history.operation("write", {"a": [1]}):
                pass

    early, late = operations_of(scenario)

    assert (early.invoked, early.returned, early.result) == (1, 2, (1, 2))
    assert (late.invoked, late.returned, late.result) == (3, 4, UNTOLD)
    assert hash(late) == hash(late)


def test_a_wrapped_object_records_the_named_methods() -> None:
    """Others pass."""

    async def scenario(world: harness.World, history: Any) -> None:
        x = history.client("alice").wrap(Cell(0), "read")
        await x.write(5)
        assert await x.read() == 5
        assert x.get() == 5

    assert [f"{o.client} {o.call} {o.outcome}" for o in operations_of(scenario)] == [
        "alice read() -> 5"
    ]


def test_the_outcome_of_what_ends_with_an_exception_is_unknown() -> None:
    """A timeout, a cancellation, an error: it may have taken effect, now or later."""

    async def fails() -> None:
        raise OSError("connection reset")

    async def scenario(world: harness.World, history: Any) -> None:
        with trio.move_on_after(1):
            await history.call("write", for_ever)
        with pytest.raises(trio.TooSlowError), history.operation("write", 2):
            with trio.fail_after(1):
                await trio.sleep_forever()
        with pytest.raises(OSError, match="reset"):
            await history.call("write", fails)

    assert [o.outcome for o in operations_of(scenario)] == [
        "unknown (cancelled)",
        "unknown (raised TooSlowError)",
        "unknown (raised OSError)",
    ]


def test_so_is_that_of_what_is_not_answered_when_the_run_ends() -> None:
    """As its caller still waits."""

    async def pending(world: harness.World, history: Any) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(history.call, "read", for_ever)

    assert [o.outcome for o in operations_of(pending)] == ["unknown (no answer)"]


def test_an_operation_that_certainly_failed_is_left_out() -> None:
    """By its word, or by an exception that says so."""

    async def fails() -> None:
        raise SerializationFailure("conflict")

    async def scenario(world: harness.World, history: Any) -> None:
        with history.operation("write", 1) as operation:
            operation.fails()
        with pytest.raises(SerializationFailure):
            await history.call("write", fails)
        await history.call("read", nothing)

    found = operations_of(scenario, failures=(SerializationFailure,))
    assert [operation.name for operation in found] == ["read"]


def test_an_operation_of_a_killed_process_was_never_answered() -> None:
    """Nor is it while its code is unwound after the verdict."""

    async def scenario(world: harness.World, history: Any) -> None:
        async def writer() -> None:
            await history.call("write", for_ever)

        process = world.start(writer)
        await world.settle()
        process.kill()

    assert [o.outcome for o in operations_of(scenario)] == ["unknown (killed)"]


def test_recording_is_no_schedule_point() -> None:
    """With it or without, there are as many interleavings."""

    def program(*, recorded: bool) -> Any:
        async def body(world: harness.World) -> None:
            x = Cell(0)
            history = world.history("h", spec=harness.histories.Register(0))

            async def task(value: int) -> None:
                if not recorded:
                    await x.write(value)
                    await x.read()
                    return
                await history.call("write", x.write, value)
                await history.call("read", x.read)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(task, 1)
                nursery.start_soon(task, 2)

        return body

    plain, recorded = (
        harness.explore(program(recorded=flag), strategy="dfs") for flag in (False, True)
    )
    assert (recorded.schedules, recorded.steps) == (plain.schedules, plain.steps)
    assert recorded.verdict == plain.verdict == "exhausted"


@pytest.mark.parametrize(
    ("declared", "complaint"),
    [
        ({"spec": None}, "is no specification"),
        ({"spec": harness.histories.Register}, "is no specification"),
        ({"spec": harness.histories.Register(), "budget": 0}, "budget=0"),
        ({"spec": harness.histories.Register(), "failures": OSError}, "tuple of exception classes"),
    ],
)
def test_what_cannot_be_a_history_is_refused(declared: Any, complaint: str) -> None:
    """Where it is declared."""

    async def body(world: harness.World) -> None:
        world.history("h", **declared)

    with pytest.raises(HistoryMisused, match=complaint):
        play(body)


def test_a_name_is_given_once() -> None:
    """As for all properties."""

    async def body(world: harness.World) -> None:
        world.history("h", spec=harness.histories.Register())
        world.history("h", spec=harness.histories.Register())

    with pytest.raises(NameTaken):
        play(body)


@pytest.mark.parametrize(
    ("spec", "call", "complaint"),
    [
        (harness.histories.Register(), ("increment",), r"Register has no answer to increment\(\)"),
        (harness.histories.Counter(), ("write", 1), r"it knows read\(\), increment"),
        (harness.histories.Queue(), ("read",), r"it knows enqueue"),
        (harness.histories.Set(), ("enqueue", 1), r"it knows add"),
        (harness.histories.KeyValue(), ("get",), "Key"),
        (harness.histories.KeyValue(), ("read", "x"), r"it knows get\(key\)"),
    ],
)
def test_an_operation_that_the_specification_does_not_know(
    spec: Any, call: Any, complaint: str
) -> None:
    """It says which it knows."""

    async def body(world: harness.World) -> None:
        with world.history("h", spec=spec).operation(*call):
            pass

    with pytest.raises(SpecificationFailed, match=complaint):
        play(body)


def test_a_specification_of_ones_own_that_is_wrong() -> None:
    """What it did is told."""

    class Wrong:
        initial: Any = 0

        def apply(self, state: Any, operation: Operation) -> Any:
            return [[], harness.histories.ANY] if operation.name == "odd" else 1 / 0

    for name, complaint in (("odd", "not hashable"), ("even", "ZeroDivisionError")):

        async def body(world: harness.World, name: str = name) -> None:
            await world.history("h", spec=Wrong()).call(name, nothing)

        with pytest.raises(SpecificationFailed, match=complaint):
            play(body)


class Odd:
    """A value that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("odd")

    def __hash__(self) -> int:
        return 1


def exits(*_: object) -> Any:
    """As a script does at its end."""
    sys.exit(0)


@pytest.mark.parametrize(
    ("initial", "apply", "complaint"),
    [
        (0, exits, "no answer to read.*: SystemExit: 0"),
        (0, lambda state, _: (state, Odd()), "no answer to read.*: ValueError: odd"),
        (0, lambda _, __: ([], harness.histories.ANY), "its state is not hashable"),
        ([], lambda state, _: (state, state.append(1)), "its initial state is not hashable"),
        ({}, lambda state, _: (state, None), "its initial state is not hashable"),
    ],
    ids=["exits", "cannot be compared", "no value", "changes a list", "changes a dict"],
)
def test_whatever_a_specification_does_is_told_in_its_name(
    initial: Any, apply: Any, complaint: str
) -> None:
    """Neither does it end the harness, nor is it an error of the harness's own."""
    spec: Any = SimpleNamespace(initial=initial, apply=apply)

    async def body(world: harness.World) -> None:
        with world.history("h", spec=spec).operation("read") as operation:
            operation.returns(0)

    with pytest.raises((SpecificationFailed, SpecificationMisdeclared), match=complaint):
        play(body)


def test_a_key_that_cannot_be_told_is_told_in_the_name_of_its_specification() -> None:
    """As what it applies is."""
    spec: Any = SimpleNamespace(initial=0, apply=exits, key=exits)

    async def body(world: harness.World) -> None:
        await world.history("h", spec=spec).call("read", nothing)

    with pytest.raises(SpecificationFailed, match=r"no answer to read.*: SystemExit: 0"):
        play(body)


def test_an_operation_is_answered_once_and_within_its_block() -> None:
    """And values must be comparable."""

    async def twice(world: harness.World) -> None:
        with world.history("h", spec=harness.histories.Register()).operation("read") as operation:
            operation.returns(1)
            operation.returns(1)

    async def early(world: harness.World) -> None:
        world.history("h", spec=harness.histories.Register()).operation("read").returns(1)

    async def strange(world: harness.World) -> None:
        world.history("h", spec=harness.histories.Register()).operation("write", bytearray())

    for body, complaint in (
        (twice, "answered twice"),
        (early, "before its block"),
        (strange, "not hashable"),
    ):
        with pytest.raises(HistoryMisused, match=complaint):
            play(body)


# ---- transactions --------------------------------------------------------------------------------


def test_transactions_commit_abort_or_nobody_knows() -> None:
    """By how their blocks end."""
    made = []

    async def scenario(world: harness.World) -> None:
        history = world.history(
            "h", spec=harness.histories.ListAppend(), failures=(SerializationFailure,)
        )
        made.append(history)
        with history.client("alice").transaction() as one:
            assert one.read("x", None) is None
            one.append("x", 1)
        for value, error in ((2, SerializationFailure("conflict")), (3, OSError("gone"))):
            with contextlib.suppress(type(error)), history.transaction() as ended:
                ended.append("x", value)
                raise error
        with history.transaction() as four:
            four.aborts()

        async def writer() -> None:
            with history.transaction() as five:
                five.append("x", 5)
                await trio.sleep_forever()

        process = world.start(writer)
        await world.settle()
        process.kill()

    play(scenario)

    assert [f"{t.name} {t.client} {t.outcome}" for t in made[0].transactions] == [
        "T1 alice committed",
        "T2 main aborted",
        "T3 main unknown (raised OSError)",
        "T4 main aborted",
        "T5 writer#1 unknown (killed)",
    ]


def test_every_transaction_has_a_value_of_its_own_to_write() -> None:
    """Of a process that is started again, too; and in each interleaving the same."""
    made = []

    async def scenario(world: harness.World) -> None:
        history = world.history("h", spec=harness.histories.ListAppend())
        made.append(history)

        async def writer() -> None:
            for _ in range(2):
                with history.transaction() as recorded:
                    recorded.append("x", recorded.id)

        process = world.start(writer)
        await world.settle()
        await process.restart()
        await world.settle()

    play(scenario)

    written = [deed.value for transaction in made[0].transactions for deed in transaction.deeds]
    assert written == ["writer#1:h", "writer#1:h~2", "writer#2:h", "writer#2:h~2"]


@pytest.mark.parametrize(
    ("spec", "wrong", "complaint"),
    [
        (harness.histories.ListAppend(), ["write x 1"], "knows read and append, not write"),
        (harness.histories.ReadWriteRegister(), ["append x 1"], "knows read and write"),
        (harness.histories.ListAppend(), ["append x 1", "append x 1"], "twice"),
        (
            harness.histories.ReadWriteRegister({"x": 1}),
            ["write x 1"],
            "'x' gets the value 1 twice",
        ),
    ],
)
def test_versions_must_be_told_apart(spec: Any, wrong: list[str], complaint: str) -> None:
    """Each value is written once."""

    async def body(world: harness.World) -> None:
        with world.history("h", spec=spec).transaction() as recorded:
            for verb, key, value in map(str.split, wrong):
                getattr(recorded, verb)(key, int(value))

    with pytest.raises(HistoryMisused, match=complaint):
        play(body)


def test_an_isolation_that_there_is_not() -> None:
    """It lists those that there are."""
    with pytest.raises(HistoryMisused, match="say one of read committed, repeatable read"):
        harness.histories.ListAppend(isolation="snapshot")  # type: ignore[arg-type]
