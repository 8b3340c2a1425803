"""A trace that was damaged by chance, edited by hand, or laid out anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from harness.errors import HarnessError, TraceEdited
from harness.traces import Trace, load_trace, read_trace, save_trace
from harness.traces.format import encode
from tests.replay.test_hostile_traces import assert_one_clear_line
from tests.unit.traces.samples import SAMPLE, traces

if TYPE_CHECKING:
    from pathlib import Path

VALID = encode(SAMPLE)
# The directory is the same for every example: each writes its file anew.
one_directory = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
places = st.integers(0, len(VALID) - 1)
damage = st.one_of(
    st.tuples(st.just("flip"), places, st.integers(0, 7)),
    st.tuples(st.just("set"), places, st.integers(0, 255)),
    st.tuples(st.just("drop"), places, st.integers(1, 40)),
    st.tuples(st.just("repeat"), places, st.integers(1, 40)),
    st.tuples(st.just("cut"), places, st.just(0)),
)


def damaged(data: bytes, kind: str, place: int, amount: int) -> bytes:
    """`data` after one accident."""
    before, after = data[:place], data[place:]
    match kind:
        case "flip":
            return before + bytes([after[0] ^ 1 << amount]) + after[1:]
        case "set":
            return before + bytes([amount]) + after[1:]
        case "drop":
            return before + after[amount:]
        case "repeat":
            return before + after[:amount] + after
        case _:
            return before


def assert_equal_or_refused(path: Path, data: bytes, trace: Trace) -> None:
    """A file of these bytes holds `trace`, or is refused with one clear line."""
    path.write_bytes(data)
    try:
        loaded = load_trace(path)
    except HarnessError as error:
        assert_one_clear_line(error)
    else:
        assert loaded == trace


@one_directory
@given(st.lists(damage, min_size=1, max_size=3))
def test_damage_by_chance_is_harmless_or_noticed(
    tmp_path: Path, wounds: list[tuple[str, int, int]]
) -> None:
    """The file loads as it was, or is refused with one line; never another trace, never a crash."""
    data = VALID
    for kind, place, amount in wounds:
        data = damaged(data, kind, min(place, max(0, len(data) - 1)), amount) if data else data
    assert_equal_or_refused(tmp_path / "x.trace.json", data, SAMPLE)


def test_every_flipped_bit_and_every_cut_is_harmless_or_noticed(tmp_path: Path) -> None:
    """All of them, not a sample: one bit per byte in turn, and each length."""
    for place in range(len(VALID)):
        flipped = damaged(VALID, "flip", place, place % 8)
        assert_equal_or_refused(tmp_path / "x.trace.json", flipped, SAMPLE)
        assert_equal_or_refused(tmp_path / "x.trace.json", VALID[:place], SAMPLE)


@one_directory
@given(st.binary(max_size=60), st.booleans())
def test_arbitrary_bytes_are_refused_in_one_line(tmp_path: Path, data: bytes, nest: bool) -> None:
    """Alone, and in the middle of a trace."""
    data = VALID.replace(b'"chain.BTC"', data) if nest else data
    assert_equal_or_refused(tmp_path / "x.trace.json", data, SAMPLE)


@one_directory
@given(traces)
def test_what_was_saved_loads_as_itself(tmp_path: Path, trace: Trace) -> None:
    """Through the disk, whatever the trace holds."""
    path = tmp_path / "x.trace.json"
    path.write_bytes(encode(trace))
    assert load_trace(path) == trace
    assert not read_trace(path).edited


@pytest.mark.parametrize("layout", [{"indent": 4}, {"sort_keys": True}, {"separators": (",", ":")}])
def test_a_reformatted_trace_is_intact(tmp_path: Path, layout: dict[str, object]) -> None:
    """Editors and git change blanks, line ends and the order of keys; that is no edit."""
    path = save_trace(SAMPLE, tmp_path)
    text = json.dumps(json.loads(path.read_text()), **layout)  # type: ignore[arg-type]
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert load_trace(path) == SAMPLE


@pytest.mark.parametrize("keep_checksum", [True, False])
def test_an_edited_trace_is_refused_strictly_and_of_use_leniently(
    tmp_path: Path, keep_checksum: bool
) -> None:
    """Any list of choices is a valid run when it is played back leniently."""
    path = save_trace(SAMPLE, tmp_path)
    content = json.loads(path.read_text())
    del content["choices"][0]
    if not keep_checksum:
        del content["checksum"]
    path.write_text(json.dumps(content))
    with pytest.raises(TraceEdited, match="record it again") as caught:
        load_trace(path)
    assert_one_clear_line(caught.value)
    file = read_trace(path)
    assert (file.edited, file.path) == (True, path)
    assert file.trace == msgspec.structs.replace(SAMPLE, choices=SAMPLE.choices[1:])
