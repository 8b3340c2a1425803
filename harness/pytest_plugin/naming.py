"""What tests are called in traces, and where those lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.pytest_plugin.settings import said
from harness.traces import make_own_directory


def test_name(item: pytest.Item) -> str:
    """The name of a test within its file: "test_it", "TestRestart::test_it[2]"."""
    return item.nodeid.partition("::")[2]


test_name.__test__ = False  # type: ignore[attr-defined]  # it is none, whatever it is called


def folder_of_traces(config: pytest.Config) -> Path:
    """Where traces are saved, made if need be."""
    asked = said(config).get("artifacts")
    if asked is None:
        return make_own_directory(config.rootpath / ".harness")
    assert isinstance(asked, Path)
    asked.mkdir(parents=True, exist_ok=True)
    return asked
