"""Where two runs part is said in words that differ where the runs do, and nowhere else."""

from __future__ import annotations

import pytest

import harness
from harness.errors import ReplayDiverged
from harness.explore.parting import apart


def differing(start: int, written: int = 1, *, password: str = "") -> object:
    """A scenario whose code depends on what the caller says."""

    async def body(world: harness.World) -> None:
        cell = harness.Cell(start)
        await cell.read()
        await cell.write(written)
        if password:
            await world.database("store").put("password", password)
        assert False, "so that there is a trace"  # noqa: B011, PT015

    return body


def parted(first: object, second: object) -> ReplayDiverged:
    """How the replay of a run of `first` on `second` diverges."""
    trace = harness.explore(first, schedules=1).violations[0].trace  # type: ignore[arg-type]
    with pytest.raises(ReplayDiverged) as raised:
        harness.replay(trace, scenario=second)  # type: ignore[arg-type]
    return raised.value


def test_a_value_that_was_read_is_named() -> None:
    """The recorded one is not in the trace, and that is said; the new one is."""
    error = parted(differing(0), differing(5))

    assert error.expected == "main reading another value (a trace holds no values read)"
    assert error.found == "main reading main:cell = 5"


def test_a_value_that_was_written_is_named() -> None:
    """Both, and not what was read."""
    error = parted(differing(0, 1), differing(0, 2))

    assert (error.expected, error.found) == (
        "main writing main:cell = 1",
        "main writing main:cell = 2",
    )


def test_a_secret_that_differs_is_not_shown() -> None:
    """The file does not hold it, and the terminal does not show it either."""
    error = parted(differing(0, password="hunter2"), differing(0, password="swordfish"))

    assert "hunter2" not in str(error)
    assert "swordfish" not in str(error)
    assert error.expected != error.found


def test_of_long_texts_the_place_where_they_part_is_shown() -> None:
    """With a little of what comes before."""
    first, second = apart("a" * 500 + "x" + "c" * 500, "a" * 500 + "y" + "c" * 500)

    assert first == "..." + "a" * 20 + "x" + "c" * 79 + "..."
    assert second == "..." + "a" * 20 + "y" + "c" * 79 + "..."
    assert apart("short", "shirt") == ("short", "shirt")
