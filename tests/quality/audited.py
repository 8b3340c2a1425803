"""What the tests of the audit share: how to audit a program, and how to plant a missing footprint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import harness
from harness.explore import Audited
from harness.kernel import Engine, ObservedEngine, observers


def audited(body: Any, *, swaps: int | bool = True, **options: Any) -> Audited:
    """Audit a sample of the schedules of a program."""
    defaults: dict[str, Any] = {
        "strategy": "random",
        "schedules": 12,
        "shrink": False,
        "assume_independent": True,
    }
    result = harness.explore(body, audit=swaps, **{**defaults, **options})
    assert result.audit is not None
    return result.audit


@contextmanager
def unheard(owner: type, *names: str) -> Iterator[None]:
    """Nobody listens to these methods of Trio's, as if they had been forgotten."""
    known = observers._replacements

    def forgetful() -> list[tuple[type, str, Any]]:
        found = known()
        kept = [entry for entry in found if entry[0] is not owner or entry[1] not in names]
        assert len(kept) == len(found) - len(names)
        return kept

    with mock.patch.object(observers, "_replacements", forgetful):
        yield


@contextmanager
def unsaid(method: str, *, about: str) -> Iterator[None]:
    """Calls of a method of the engine about one thing go into the log, and into no footprint."""
    known: Callable[..., Any] = getattr(ObservedEngine, method)

    def forgetful(engine: Any, label: str, *args: Any, **kwargs: Any) -> Any:
        of = getattr(Engine, method) if label == about else known
        return of(engine, label, *args, **kwargs)

    with mock.patch.object(ObservedEngine, method, forgetful):
        yield
