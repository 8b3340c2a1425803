"""What all tests share: how hard Hypothesis tries, with what patience, and a small heap."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

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

#: Tests of the kernel itself, of what may leak from one run into the next, or leave a warning behind that
#: only the collector brings to light: nothing is changed there.
_AS_IT_IS = ("tests.engine", "tests.replay", "tests.regressions", "tests.unit.world.test_isolation")


@pytest.fixture(scope="module", autouse=True)
def small_heap(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every exploration begins with a full collection: let it not look at all of pytest each time."""
    if request.module.__name__.startswith(_AS_IT_IS):
        yield
        return
    with mock.patch.object(gc, "unfreeze"):
        yield
    gc.unfreeze()
