"""What the tests of histories share."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from unittest import mock

import pytest


@pytest.fixture(scope="package", autouse=True)
def small_heap() -> Iterator[None]:
    """Every exploration begins with a full collection: let it not look at all of pytest each time."""
    with mock.patch.object(gc, "unfreeze"):
        yield
    gc.unfreeze()
