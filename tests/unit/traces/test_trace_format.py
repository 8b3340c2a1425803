"""A trace has one encoding, and reading it back gives the same trace."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given

from harness.traces.format import DEPTH_MAX, TEXT_MAX, Unfit, checksum, decode, encode
from tests.unit.traces.samples import SAMPLE, texts, traces

if TYPE_CHECKING:
    from harness.traces import Trace


def read_back(data: bytes) -> Trace:
    """What a reader makes of a file, its checksum verified."""
    content = json.loads(data)
    claimed = content.pop("checksum")
    assert claimed == checksum(content)
    return decode(content)


@given(traces)
def test_every_trace_reads_back_as_itself_from_the_same_bytes(trace: Trace) -> None:
    """Encoding loses nothing, and is a function of what the trace says."""
    data = encode(trace)
    assert read_back(data) == trace
    assert encode(read_back(data)) == data


def test_the_file_is_made_to_be_read_and_compared() -> None:
    """Fields in the order of the documentation; a line for each choice, step and event."""
    lines = encode(SAMPLE).decode().splitlines()
    assert lines[:3] == ["{", '  "version": 1,', '  "scenario": "scenarios/restart.py::scale_up",']
    assert (
        '    {"step": 0, "kind": "schedule", "what": "", "pick": "funding#2/tick", "options": 3, '
        '"default": false},'
    ) in lines
    assert sum('"index"' in line for line in lines) == 2
    assert lines[-2].startswith('  "checksum": "sha256:')


def test_bytes_do_not_depend_on_how_the_trace_was_put_together() -> None:
    """Neither the order of parameters nor an int where a float is meant leaves a mark."""
    shuffled = dict(reversed(SAMPLE.params.items()))
    steps = tuple(msgspec.structs.replace(step, time=int(step.time)) for step in SAMPLE.steps)
    same = msgspec.structs.replace(SAMPLE, params=shuffled, steps=steps)
    assert encode(same) == encode(SAMPLE)


def test_the_encoding_is_what_older_files_have() -> None:
    """A change of these bytes makes every committed trace look edited: raise the version then."""
    assert json.loads(encode(SAMPLE))["checksum"] == (
        "sha256:60a5532d5bc6ac23a6e3130d63c4b646e030c23733ef38aecfd282cbab87ef5b"
    )


@given(texts, texts)
def test_the_checksum_tells_contents_apart(one: str, other: str) -> None:
    """Equal checksums for equal contents, and only for those."""
    first, second = ({"scenario": text, "seed": 0} for text in (one, other))
    assert (checksum(first) == checksum(second)) == (one == other)


@pytest.mark.parametrize(
    "hostile", ["\x1b[31mred", "nul \x00", "\x9b2J", "\u202egnp.exe", "\ud800", "zero\u200bwidth"]
)
def test_no_text_of_a_run_reaches_the_file_with_control_characters(hostile: str) -> None:
    """What a scenario wrote into labels and notes is escaped, not refused: the run is precious."""
    event = msgspec.structs.replace(SAMPLE.events[0], text=hostile)
    stored = read_back(encode(msgspec.structs.replace(SAMPLE, events=(event,))))
    assert stored.events[0].text == hostile.encode("unicode_escape", "surrogatepass").decode()


def test_texts_keep_line_breaks_tabs_and_letters_of_any_script() -> None:
    """Only what a terminal obeys is escaped."""
    event = msgspec.structs.replace(SAMPLE.events[0], text="é\n\t中💥 ##[x] ::y")
    kept = msgspec.structs.replace(SAMPLE, events=(event,))
    assert read_back(encode(kept)) == kept


def test_a_text_without_end_is_cut() -> None:
    """One huge value does not cost the whole trace."""
    event = msgspec.structs.replace(SAMPLE.events[0], text="x" * (TEXT_MAX + 1))
    stored = read_back(encode(msgspec.structs.replace(SAMPLE, events=(event,))))
    assert len(stored.events[0].text) == TEXT_MAX


def nested(depth: int) -> object:
    """Lists within lists."""
    value: object = 0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (dt.date(2026, 1, 19), "a value of type date is none that JSON has"),
        ({1, 2}, "a value of type set"),
        (b"bytes", "a value of type bytes"),
        (float("nan"), "nan is no number that JSON has"),
        (float("-inf"), "-inf is no number that JSON has"),
        (2**63, "beyond 64 bits"),
        ({1: "x"}, "a key is a int, not text"),
        (nested(DEPTH_MAX), f"nested more than {DEPTH_MAX} deep"),
    ],
    ids=str,
)
def test_parameters_are_json_or_nothing_is_written(value: object, reason: str) -> None:
    """No value is silently turned into another: the replay would run something else."""
    with pytest.raises(Unfit, match=reason) as caught:
        encode(msgspec.structs.replace(SAMPLE, params={"plan": [value]}))
    assert "at `$.params.plan[0]" in str(caught.value)


def test_a_field_of_the_wrong_type_is_refused_with_its_place() -> None:
    """A recorder that passes the wrong thing learns it when writing, not when replaying."""
    wrong = msgspec.structs.replace(SAMPLE, seed="seven")
    with pytest.raises(Unfit, match=r"Expected `int`, got `str` - at `\$\.seed`"):
        encode(wrong)


def test_the_scenario_name_is_the_last_part_of_the_reference() -> None:
    """Of both forms of reference."""
    installed = msgspec.structs.replace(SAMPLE, scenario="harness.scenarios.restart:scale_up")
    assert SAMPLE.scenario_name == installed.scenario_name == "scale_up"
