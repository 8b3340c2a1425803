"""Whatever is done to it: the simulated disk answers as the file system of this machine does."""

from __future__ import annotations

import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings

import harness
from tests.parity.disk.operations import Operation, Outcome, operations, play
from tests.parity.disk.real import RealDisk
from tests.unit.database.worlds import once

Tree = dict[str, bytes | None]


def _really(sequence: list[Operation]) -> tuple[list[Outcome], Tree]:
    with tempfile.TemporaryDirectory() as folder:
        disk = RealDisk(Path(folder))
        return _finished(play(disk, sequence)), disk.tree()


def _finished(body: Coroutine[Any, Any, list[Outcome]]) -> list[Outcome]:
    """What a body returns that waits for nothing."""
    with pytest.raises(StopIteration) as end:
        body.send(None)
    outcomes: list[Outcome] = end.value.value
    return outcomes


def _simulated(sequence: list[Operation], **options: Any) -> tuple[list[Outcome], Tree]:
    async def body(world: harness.World) -> tuple[list[Outcome], Tree]:
        disk = world.disk("disk", **options)
        return await play(disk, sequence), disk.peek_all()

    result: tuple[list[Outcome], Tree] = once(body)[0]
    return result


def _agree(sequence: list[Operation]) -> None:
    assert _simulated(sequence, block_bytes=4) == _really(sequence)


@given(sequence=operations)
@settings(max_examples=40)
@example([Operation("open", ("a", "a+"), 0), Operation("pwrite", (b"abc", 1), 0)])
@example([Operation("mkdir", ("d",)), Operation("rename", ("d", "d/e"))])
@example(
    [
        Operation("open", ("a", "w"), 0),
        Operation("link", ("a", "b")),
        Operation("rename", ("a", "b")),
    ]
)
def test_every_operation_answers_as_the_real_one(sequence: list[Operation]) -> None:
    """The same values, the same errors with the same numbers and paths, the same tree at the end."""
    _agree(sequence)


@pytest.mark.soak
@given(sequence=operations)
@settings(max_examples=20_000)
def test_so_they_do_in_many_more_sequences(sequence: list[Operation]) -> None:
    """The same, for long."""
    _agree(sequence)
