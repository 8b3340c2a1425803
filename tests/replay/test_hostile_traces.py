"""Whatever a stranger sends as a trace: one clear line, nothing imported, nothing crashed.

Each case goes the whole way from a file name to the permission to import, as a replay does.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError, TraceUnreadable
from harness.traces import Roots, ScenarioSource, load_trace, resolve_scenario
from harness.traces.format import BYTES_MAX, VALUES_MAX, checksum, encode
from harness.visible import UNSAFE_CHARACTERS
from tests.unit.traces.samples import SAMPLE

pytestmark = pytest.mark.timeout(30)  # a FIFO or a device must not hang

Make = Callable[[Path], Path]

SCENARIO = """
import pathlib
import harness
pathlib.Path(__file__).with_name("imported").touch()
async def scale_up(world): ...
def script(): ...
"""
VALID = encode(SAMPLE)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one scenario, which tells when it is imported, and a secret beside it."""
    root = tmp_path / "project"
    (root / "scenarios").mkdir(parents=True)
    (root / "scenarios" / "restart.py").write_text(SCENARIO)
    (root / "scenarios" / "broken.py").write_text("def (")
    (root / "scenarios" / ".hidden.py").write_text(SCENARIO)
    (root / "scenarios" / "package.py").mkdir()
    (tmp_path / "outside.py").write_text(SCENARIO)
    (root / "scenarios" / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "scenarios" / "loop.py").symlink_to(root / "scenarios" / "loop.py")
    (root / "scenarios" / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(root / "scenarios" / "fifo.py")
    return root


def admit(path: str | Path, project: Path) -> ScenarioSource:
    """What a strict replay does before it imports anything."""
    roots = Roots((project,), {"harness.scenarios": project / "scenarios"})
    return resolve_scenario(load_trace(path).scenario, roots)


class NoImports:
    """Stands first among the importers and takes down what is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Finds nothing, so that the next importer is asked."""
        self.asked.append(name)


@contextlib.contextmanager
def nothing_imported(project: Path) -> Iterator[None]:
    """No module is looked for meanwhile, and no scenario has run."""
    spy = NoImports()
    before = list(sys.modules)
    sys.meta_path.insert(0, spy)
    try:
        yield
    finally:
        sys.meta_path.remove(spy)
    assert spy.asked == []
    assert list(sys.modules) == before
    assert not list(project.parent.rglob("imported"))


# ------------------------------------------------------------------------------- how a file is made


def holding(data: bytes) -> Make:
    """A file with these bytes."""

    def make(project: Path) -> Path:
        path = project / "bug.trace.json"
        path.write_bytes(data)
        return path

    return make


def forged(**changes: Any) -> Make:
    """A trace with other values, and with the checksum that belongs to them: anyone can do that."""
    content = json.loads(VALID)
    del content["checksum"]
    content.update(changes)
    with contextlib.suppress(UnicodeEncodeError):
        content["checksum"] = checksum(content)
    return holding(json.dumps(content).encode())


def without(field: str) -> Make:
    """A trace that lacks a field, with the checksum of what is left."""
    content = json.loads(VALID)
    del content["checksum"], content[field]
    return holding(json.dumps({**content, "checksum": checksum(content)}).encode())


def raw(field: str, text: str) -> Make:
    """A trace with a value that is written in a way that only a hand would write."""
    data = VALID.decode()
    start = data.index(f'\n  "{field}": ') + len(field) + 7
    end = data.index("\n", start)
    return holding((data[:start] + text + "," + data[end:]).encode())


def step(**changes: Any) -> Make:
    """A trace whose first step has other values."""
    steps = json.loads(VALID)["steps"]
    return forged(steps=[{**steps[0], **changes}])


def scenario(reference: str) -> Make:
    """A trace of another scenario."""
    return forged(scenario=reference)


def link_to(target: str) -> Make:
    """A link with the name of a trace."""

    def make(project: Path) -> Path:
        path = project / "bug.trace.json"
        path.symlink_to(target)
        return path

    return make


def missing(project: Path) -> Path:
    """A file that is not there, with a name that would colour the terminal."""
    return project / "no such\x1b[31m.trace.json"


def directory(project: Path) -> Path:
    """No file at all."""
    return project


def below_a_file(project: Path) -> Path:
    """A path through something that is no directory."""
    return project / "scenarios" / "restart.py" / "x.trace.json"


def too_long_a_name(project: Path) -> Path:
    """A name that no file system takes, and no terminal shows."""
    return project / ("x" * 5_000 + ".trace.json")


def nul_in_name(project: Path) -> Path:
    """A name that no system call takes."""
    return project / "a\0b.trace.json"


def fifo(project: Path) -> Path:
    """What blocks whoever opens it, until somebody writes."""
    return project / "scenarios" / "fifo.py"


def unix_socket(project: Path) -> Path:
    """What cannot be opened."""
    here = Path.cwd()
    os.chdir(project)  # its full path may be longer than a socket's may be
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("s.trace.json")
    finally:
        os.chdir(here)
    return project / "s.trace.json"


def too_big(project: Path) -> Path:
    """One byte more than allowed, of which the disk holds none."""
    path = project / "big.trace.json"
    with path.open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    return path


HOSTILE: dict[str, tuple[Make, str]] = {
    # The file.
    "missing": (missing, r"no such\x1b[31m.trace.json: No such file"),
    "directory": (directory, "it is a directory"),
    "below a file": (below_a_file, "Not a directory"),
    "name too long": (too_long_a_name, "name too long"),
    "NUL in name": (nul_in_name, "null byte"),
    "FIFO": (fifo, "it is not a regular file"),
    "socket": (unix_socket, "it is not a regular file"),
    "link to a device": (link_to("/dev/zero"), "it is not a regular file"),
    "link to nothing": (link_to("nothing"), "No such file"),
    "link to itself": (link_to("bug.trace.json"), "symbolic links"),
    "link to a secret": (link_to("/etc/passwd"), "it is not JSON"),
    "empty": (holding(b""), "it is empty"),
    "too big": (too_big, "bigger than 64 MB (67108865 bytes)"),
    # The bytes.
    "gzip": (holding(gzip.compress(VALID)), "compressed (gzip): unpack it first"),
    "zip": (holding(b"PK\x03\x04rest"), "an archive (zip)"),
    "pickle": (holding(b"\x80\x04cposix\nsystem\n."), "not UTF-8 (byte 0)"),
    "byte order mark": (holding(b"\xef\xbb\xbf" + VALID), "byte order mark"),
    "UTF-16": (holding(VALID.decode().encode("utf-16")), "it is UTF-16"),
    "UTF-16 without mark": (holding(VALID.decode().encode("utf-16-be")), "holds NUL bytes"),
    "UTF-32": (holding(VALID.decode().encode("utf-32-le")), "holds NUL bytes"),
    "Latin-1": (holding(VALID.replace(b"index BTC", b"index \xe9")), "not UTF-8 (byte"),
    "NUL bytes": (holding(VALID + b"\0"), "holds NUL bytes"),
    # The JSON.
    "only blanks": (holding(b" \n "), "cut short"),
    "not JSON": (holding(b"#!/bin/sh\nrm -rf /\n"), "not JSON (Expecting value: line 1 column 1)"),
    "cut in a string": (holding(VALID[:700]), "it is cut short (line"),
    "cut after a value": (holding(VALID[: VALID.index(b"2,") + 1]), "it is cut short (line"),
    "two traces": (holding(VALID + VALID), "not JSON (Extra data"),
    "an array": (holding(b"[]"), "a trace is a JSON object, this is a list"),
    "a null": (holding(b"null"), "a trace is a JSON object"),
    "nested deep": (holding(b"[" * 100_000 + b"]" * 100_000), "nested too deep"),
    "deep parameters": (raw("params", '{"a": ' + "[" * 40 + "]" * 40 + "}"), "more than 32 deep"),
    "too many values": (holding(b"[" + b"[]," * VALUES_MAX + b"[]]"), "too many values"),
    "many keys": (
        holding(b"{" + b",".join(b'"%d":0' % n for n in range(200_000)) + b"}"),
        "no format version",
    ),
    "key twice": (raw("seed", '7, "seed": 8'), "it has the key 'seed' twice"),
    "key twice within": (raw("params", '{"a": 1, "a": 2}'), "it has the key 'a' twice"),
    "NaN": (raw("seed", "NaN"), "it holds NaN, which JSON does not have"),
    "Infinity": (raw("params", '{"a": -Infinity}'), "it holds -Infinity"),
    "infinite by size": (raw("params", '{"a": 1e999}'), "inf is no number that JSON has"),
    "huge number": (raw("seed", "9" * 100_000), "a number of 100000 digits"),
    "number beyond 64 bits": (raw("seed", str(2**63)), "a number beyond 64 bits - at `$.seed`"),
    # The values.
    "huge text": (step(label="x" * 70_000), "a text of 70000 characters"),
    "lone surrogate": (raw("digest", r'"\ud800"'), r"no trace has ('\ud800') - at `$.digest`"),
    "surrogate in a key": (raw("params", r'{"\ud800": 1}'), r"no trace has ('\ud800')"),
    "NUL in a text": (step(label="a\0b"), r"no trace has ('\x00') - at `$.steps[0].label`"),
    "terminal escape": (step(writes=[["a", "\x1b]0;owned\x07"]]), r"no trace has ('\x1b')"),
    "terminal escape in a key": (forged(**{"\x1b[2J": 1}), r"no trace has ('\x1b')"),
    "C1 control": (step(label="\x9b2J"), r"no trace has ('\x9b')"),
    "bidi override": (scenario("scenarios/\u202eyp.x.py::a"), r"no trace has ('\u202e')"),
    "CI command": (step(**{"##[error]\n::stop-commands::x": 1}), r"unknown field `#\x23[error]\n"),
    # The shape.
    "an object of another kind": (holding(b'{"name": "left-pad"}'), "no format version"),
    "unknown version": (forged(version=2), "its format version is 2, this harness reads 1"),
    "version as text": (forged(version="1\n"), r"its format version is '1\n'"),
    "version true": (forged(version=True), "its format version is True"),
    "version 1.0": (forged(version=1.0), "its format version is 1.0"),
    "missing field": (without("choices"), "missing required field `choices`"),
    "unknown field": (forged(exec="x"), "unknown field `exec`"),
    "text for a number": (forged(seed="7"), "Expected `int`, got `str` - at `$.seed`"),
    "number for a text": (step(label=7), "Expected `str`, got `int` - at `$.steps[0].label`"),
    "object for a list": (forged(choices={}), "Expected `array`, got `object` - at `$.choices`"),
    "write without value": (step(writes=[["a"]]), "at `$.steps[0].writes[0]`"),
    "unknown fairness": (forged(fairness="unfair"), "at `$.fairness`"),
    "edited": (holding(VALID.replace(b'"seed": 7', b'"seed": 8')), "was edited or damaged"),
    "checksum removed": (holding(VALID.replace(b'"checksum"', b'"digest2"')), "unknown field"),
    "checksum of another kind": (
        holding(re.sub(rb'"sha256:.*"', b"[1e5]", VALID)),
        "was edited or damaged",
    ),
    # The scenario.
    "absolute path": (scenario("/etc/cron.d/x.py::a"), "an absolute path"),
    "home": (scenario("~/x.py::a"), "an absolute path"),
    "drive": (scenario("C:/x.py::a"), "an absolute path"),
    "network share": (scenario(r"\\host\x.py::a"), "a backslash"),
    "upwards": (scenario("scenarios/../../outside.py::scale_up"), "leads upwards"),
    "upwards with backslashes": (scenario(r"..\outside.py::scale_up"), "a backslash"),
    "link out of the root": (scenario("scenarios/link.py::scale_up"), "a link that leads out of"),
    "directory link out": (scenario("scenarios/elsewhere/outside.py::scale_up"), "leads out of"),
    "link loop": (scenario("scenarios/loop.py::scale_up"), "ymlink loop"),
    "hidden file": (scenario("scenarios/.hidden.py::scale_up"), "a hidden or empty part"),
    "private environment": (scenario(".venv/lib/site.py::main"), "a hidden or empty part"),
    "not Python": (scenario("scenarios/restart.sh::scale_up"), "not of the form"),
    "directory as scenario": (scenario("scenarios/package.py::scale_up"), "not a regular file"),
    "FIFO as scenario": (scenario("scenarios/fifo.py::scale_up"), "not a regular file"),
    "no such file": (scenario("scenarios/gone.py::scale_up"), "no such file below"),
    "another scenario": (scenario("scenarios/restart.py::other"), "defines no scenario other"),
    "a script": (scenario("scenarios/restart.py::script"), "defines no scenario script"),
    "code for a name": (scenario("scenarios/restart.py::a;import os"), "not of the form"),
    "no name": (scenario("scenarios/restart.py::"), "not of the form"),
    "syntax error": (scenario("scenarios/broken.py::a"), "broken.py is not Python (line 1)"),
    "any module": (scenario("os:system"), "not a module that may be imported"),
    "module with a similar name": (scenario("harness.scenarios_evil:a"), "not a module that may"),
    "upwards in a module": (scenario("harness.scenarios...outside:a"), "not a module that may"),
    "path in a module": (scenario("harness.scenarios./../outside:a"), "not a module that may"),
    "missing module": (scenario("harness.scenarios.gone:a"), "no such module"),
    "nothing": (scenario(""), "not of the form"),
    "long": (scenario("a/" * 2_000 + "b.py::c"), "more than 1000 characters"),
}


def assert_one_clear_line(error: HarnessError) -> None:
    """For a terminal, a log and a person."""
    line = str(error)
    assert error.exit_code == 2
    assert not re.search(f"[{UNSAFE_CHARACTERS}]", line)
    assert "##[" not in line
    assert 20 < len(line) < 800
    assert re.match("cannot read trace |trace |will not import scenario ", line)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_trace_gives_one_clear_line_and_imports_nothing(case: str, project: Path) -> None:
    """The line says what is wrong, with the file or the scenario; the exit code is 2."""
    make, reason = HOSTILE[case]
    path = make(project)
    with nothing_imported(project), pytest.raises(HarnessError) as caught:
        admit(path, project)
    assert_one_clear_line(caught.value)
    assert reason in str(caught.value)


def test_the_trace_that_all_of_these_are_made_from_is_admitted(project: Path) -> None:
    """Otherwise the cases above would fail for another reason than theirs."""
    path = holding(VALID)(project)
    with nothing_imported(project):
        source = admit(path, project)
    assert source.path == (project / "scenarios" / "restart.py").resolve()
    assert (source.module, source.name) == (None, "scale_up")


def test_a_trace_named_by_a_link_is_read(project: Path) -> None:
    """The user named it; where it lies is the user's business."""
    holding(VALID)(project.parent)
    assert admit(link_to("../bug.trace.json")(project), project).name == "scale_up"


@pytest.mark.parametrize("call", ["stat", "open"])
def test_a_file_that_may_not_be_read_gives_one_clear_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Simulated, because the superuser may read everything."""
    path = holding(VALID)(project)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path if call == "stat" else os, call, refuse)
    with pytest.raises(TraceUnreadable, match="Permission denied") as caught:
        load_trace(path)
    assert_one_clear_line(caught.value)


def test_a_fifo_that_takes_the_place_of_a_file_does_not_hang(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and opening, an attacker may exchange what is looked at."""
    regular = os.stat_result((stat.S_IFREG, 0, 0, 1, 0, 0, 100, 0, 0, 0))
    monkeypatch.setattr(Path, "stat", lambda self, **_: regular)
    with pytest.raises(TraceUnreadable, match="it is not a regular file"):
        load_trace(os.fspath(fifo(project)))


def test_a_file_that_grows_while_it_is_read_is_cut_off(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size that a file claims is not believed."""
    small = os.stat_result((stat.S_IFREG, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    path = os.fspath(too_big(project))
    monkeypatch.setattr(Path, "stat", lambda self, **_: small)
    monkeypatch.setattr(os, "fstat", lambda descriptor: small)
    with pytest.raises(TraceUnreadable, match="it is bigger than 64 MB"):
        load_trace(path)
