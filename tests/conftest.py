"""What all tests share: how hard Hypothesis tries, with what patience, and a small heap."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

from tests.heap import let_go

# A schedule under search is slow or fast by its length, not by a fault: no deadline.
settings.register_profile("dev", deadline=None)
# What lands must pass again tomorrow: the same examples every time, and nothing kept on disk.
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
settings.register_profile(
    "soak",
    parent=settings.get_profile("dev"),
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "dev")
)

# In a job of GitHub's, runs of the command line would speak to it.
for _name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
    os.environ.pop(_name, None)

# Processes that tests start would compile all of the harness each time, and pytest all of the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

#: Tests of the kernel itself, of what may leak from one run into the next, or leave a warning behind that
#: only the collector brings to light: it is brought to light when the last of a file is over.
_LOOKED_AT = (
    "tests.engine",
    "tests.replay",
    "tests.regressions",
    "tests.unit.world.test_isolation",
)


def pytest_collection_finish() -> None:
    """Every exploration begins with a full collection: let it not look at all of pytest each time."""
    let_go()


def pytest_sessionfinish() -> None:
    """What is dead by now is pytest's to find, with its warnings."""
    gc.unfreeze()


def _some() -> int:
    return 1


@pytest.fixture(scope="module", autouse=True)
def small_heap(request: pytest.FixtureRequest) -> Iterator[None]:
    """A search that finds a frozen heap leaves it so; to count all of it would take milliseconds."""
    with mock.patch.object(gc, "get_freeze_count", _some):
        yield
    if request.module.__name__.startswith(_LOOKED_AT):
        let_go()
