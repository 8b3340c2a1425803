"""Traces are written whole or not at all, and never over something else."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.errors import TraceUnwritable
from harness.traces import find_traces, load_trace, make_own_directory, save_trace
from tests.unit.traces.samples import SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

OTHER = msgspec.structs.replace(SAMPLE, seed=8)


def names(directory: Path) -> list[str]:
    """Everything in a directory, hidden files too."""
    return sorted(os.listdir(directory))  # noqa: PTH208 - only names


def test_a_trace_is_saved_under_its_scenario_and_digest(tmp_path: Path) -> None:
    """In a directory that is made if need be; nothing else is left behind."""
    path = save_trace(SAMPLE, tmp_path / "a" / "b")
    assert path == tmp_path / "a" / "b" / "scale_up-3f9c.trace.json"
    assert names(path.parent) == [path.name]
    assert load_trace(path) == SAMPLE


def test_saving_again_changes_nothing(tmp_path: Path) -> None:
    """The same run found twice is one file."""
    assert save_trace(SAMPLE, tmp_path) == save_trace(SAMPLE, tmp_path)
    assert names(tmp_path) == ["scale_up-3f9c.trace.json"]


def test_another_trace_of_the_same_name_gets_more_digits(tmp_path: Path) -> None:
    """Then, when there are no more, a number: a trace is never lost, and none is replaced."""
    first = save_trace(SAMPLE, tmp_path)
    second = save_trace(OTHER, tmp_path)
    third = save_trace(msgspec.structs.replace(SAMPLE, seed=9), tmp_path)
    assert [path.name for path in (first, second, third)] == [
        "scale_up-3f9c.trace.json",
        "scale_up-3f9c0011.trace.json",
        "scale_up-3f9c00112233.trace.json",
    ]
    fourth = save_trace(msgspec.structs.replace(SAMPLE, seed=10), tmp_path)
    assert fourth.name == "scale_up-3f9c00112233-2.trace.json"
    assert load_trace(first) == SAMPLE


@pytest.mark.parametrize("kind", ["directory", "dangling link", "text"])
def test_whatever_has_the_name_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    """The name may be taken by something that is no trace."""
    taken = tmp_path / "scale_up-3f9c.trace.json"
    match kind:
        case "directory":
            taken.mkdir()
        case "dangling link":
            taken.symlink_to(tmp_path / "elsewhere")
        case _:
            taken.write_text("mine")
    path = save_trace(SAMPLE, tmp_path)
    assert path.name == "scale_up-3f9c0011.trace.json"
    assert names(tmp_path) == [taken.name, path.name]
    assert kind != "text" or taken.read_text() == "mine"


def test_two_writers_at_once_do_not_overwrite_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process takes the name between the look and the leap."""
    link = os.link

    def late(source: Path, target: Path) -> None:
        if not target.exists():
            target.write_text("theirs")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(TraceUnwritable):
        save_trace(SAMPLE, tmp_path)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"theirs"}


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT and some network shares have none."""

    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    assert load_trace(save_trace(SAMPLE, tmp_path)) == SAMPLE
    assert load_trace(save_trace(OTHER, tmp_path)) == OTHER
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("interruption", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_full_disk_or_an_interrupt_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruption: BaseException
) -> None:
    """Whole or not at all; the user sees one line."""

    def fail(descriptor: int) -> None:
        raise interruption

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((TraceUnwritable, KeyboardInterrupt)) as caught:
        save_trace(SAMPLE, tmp_path)
    assert names(tmp_path) == []
    assert not isinstance(caught.value, TraceUnwritable) or "full" in str(caught.value)


def test_a_place_that_takes_no_files_is_named_in_one_line(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(TraceUnwritable, match=r"cannot write trace .*file") as caught:
        save_trace(SAMPLE, tmp_path / "file")
    assert caught.value.exit_code == 2


def test_a_parameter_that_json_does_not_have_is_named_in_one_line(tmp_path: Path) -> None:
    """Nothing is written then."""
    with pytest.raises(TraceUnwritable, match=r"cannot write trace of scale_up: .*type object"):
        save_trace(msgspec.structs.replace(SAMPLE, params={"x": object()}), tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        ("a.py::../../evil", "evil-3f9c.trace.json"),
        ("a.py::.hidden", "hidden-3f9c.trace.json"),
        ("a.py::a b\x1b/c", "a-b-c-3f9c.trace.json"),
        ("a.py::", "trace-3f9c.trace.json"),
        ("a.py::" + "x" * 300, "x" * 80 + "-3f9c.trace.json"),
    ],
)
def test_no_scenario_name_leads_out_of_the_directory(
    tmp_path: Path, scenario: str, name: str
) -> None:
    """The name of the file is made of what every file system takes."""
    path = save_trace(msgspec.structs.replace(SAMPLE, scenario=scenario), tmp_path)
    assert path == tmp_path / name


def test_secrets_are_hidden_on_the_way_to_the_disk(tmp_path: Path) -> None:
    """Saving redacts, whoever recorded the run."""
    secret = msgspec.structs.replace(SAMPLE, params={"api_key": "hunter2"})
    path = save_trace(secret, tmp_path)
    assert "hunter2" not in path.read_text()
    assert load_trace(path).params == {"api_key": "[redacted]"}


def test_traces_are_found_by_name_in_order(tmp_path: Path) -> None:
    """Only files of that kind, only in that directory; a missing directory holds none."""
    (tmp_path / "z.trace.json").write_text("")
    (tmp_path / "a.trace.json").write_text("")
    (tmp_path / "a.json").write_text("")
    (tmp_path / "directory.trace.json").mkdir()
    assert [path.name for path in find_traces(tmp_path)] == ["a.trace.json", "z.trace.json"]
    assert find_traces(tmp_path / "missing") == []


def test_our_own_directory_is_ignored_by_git(tmp_path: Path) -> None:
    """And stays as the user left it when it is made again."""
    directory = make_own_directory(tmp_path / ".harness")
    assert (directory / ".gitignore").read_text() == "*\n"
    (directory / ".gitignore").write_text("mine")
    make_own_directory(directory)
    assert (directory / ".gitignore").read_text() == "mine"
    (tmp_path / "file").write_text("")
    with pytest.raises(TraceUnwritable):
        make_own_directory(tmp_path / "file")
