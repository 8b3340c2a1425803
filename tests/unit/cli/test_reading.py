"""What people write, and what it is read as."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from harness.cli import reading

HERE = Path("/project")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30s", 30), ("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400), ("1d", 86_400)],
)
def test_durations_carry_their_unit(written: str, seconds: float) -> None:
    """A duration is written as one says it; parts add up."""
    assert seconds == reading.duration_s(written, HERE)


def test_a_bare_number_is_seconds() -> None:
    """The base unit needs no letter, in text or in TOML."""
    for written in ("30", 30, "30.0", 30.0, " 30S "):
        assert reading.duration_s(written, HERE) == 30


def test_what_is_no_duration_is_refused() -> None:
    """Nothing, less than nothing and for ever are no budgets."""
    texts = ["", "s", "30x", "-5s", "0", "0s", "1e3", "nan", "inf", "5 m", "m5", "30s!", "9" * 400]
    values = [0, -1, math.inf, math.nan, True, None, ()]
    for written in [*texts, *values]:
        with pytest.raises(ValueError, match="a duration such as"):
            reading.duration_s(written, HERE)


@given(
    st.lists(
        st.tuples(st.integers(0, 999), st.sampled_from(["ms", "s", "m", "h", "d"])), min_size=1
    )
)
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    """Whatever the parts, and in whatever order."""
    unit_ms = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
    total_ms = sum(number * unit_ms[unit] for number, unit in parts)
    written = "".join(f"{number}{unit}" for number, unit in parts)

    if total_ms:
        assert reading.duration_s(written, HERE) == pytest.approx(total_ms / 1_000)


@given(st.integers())
def test_whole_numbers_read_back(number: int) -> None:
    """As decimal text, as hexadecimal text, and as themselves."""
    read = reading.whole_number()

    assert [number] * 3 == [read(form, HERE) for form in (str(number), hex(number), number)]


def test_what_is_no_whole_number_is_refused() -> None:
    """Halves, booleans and absurdly long numbers too."""
    for written in ("", "x", "1.5", 1.5, True, None, "0xzz", "1" * 5_000):
        with pytest.raises(ValueError, match="a whole number"):
            reading.whole_number()(written, HERE)


def test_a_whole_number_may_have_a_least_value() -> None:
    """Zero schedules would prove nothing."""
    assert reading.whole_number(at_least=1)("1", HERE) == 1
    with pytest.raises(ValueError, match="at least 1"):
        reading.whole_number(at_least=1)("0", HERE)


def test_a_requirement_is_a_proof_or_a_count() -> None:
    """`--require exhausted` or `--require 5000`, and nothing between."""
    assert reading.requirement("Exhausted", HERE) == "exhausted"
    assert reading.requirement("5000", HERE) == 5_000
    for written in ("proof", "0", "-1", None):
        with pytest.raises(ValueError, match="exhausted"):
            reading.requirement(written, HERE)


def test_names_come_as_a_list_or_with_commas() -> None:
    """A TOML list, repeated flags and an environment variable say the same."""
    assert reading.names("a, b", HERE) == ("a", "b") == reading.names(["a", "b"], HERE)
    for written in ("", "a,,b", ["a", ""], [1], None):
        with pytest.raises(ValueError, match="names"):
            reading.names(written, HERE)


def test_sets_of_names_are_joined_by_plus() -> None:
    """`--fix-set a+b --fix-set c` is two sets."""
    assert reading.name_sets(["a+b", "c"], HERE) == (("a", "b"), ("c",))
    for written in (["a+"], ["+"], "", ["a", 3]):
        with pytest.raises(ValueError, match="sets of names"):
            reading.name_sets(written, HERE)


def test_relative_paths_start_where_they_were_written() -> None:
    """A path in pyproject.toml means the same from every folder below it."""
    assert reading.path("out", HERE) == HERE / "out"
    assert reading.path("/out", HERE) == Path("/out")
    assert reading.paths(["a", "b"], HERE) == (HERE / "a", HERE / "b")


def test_assignments_keep_everything_after_the_first_equals_sign() -> None:
    """A value may hold one itself; a table's values keep their types."""
    assert reading.assignments(["a=1", "b=x=y"], HERE) == {"a": "1", "b": "x=y"}
    assert reading.assignments({"a": 1}, HERE) == {"a": 1}
    for written in (["a"], ["=1"], "", [3]):
        with pytest.raises(ValueError, match="NAME=VALUE"):
            reading.assignments(written, HERE)


def test_switches_know_the_usual_words() -> None:
    """And no others: a typo must not switch something off."""
    assert [reading.switch(w, HERE) for w in ("1", "Yes", "on", True)] == [True] * 4
    assert [reading.switch(w, HERE) for w in ("0", "no", "OFF", False)] == [False] * 4
    for written in ("", "maybe", 1, None):
        with pytest.raises(ValueError, match="true or false"):
            reading.switch(written, HERE)
