"""What a violation says."""

from __future__ import annotations

from typing import Any

import pytest

from harness.properties.tracker import Tracker
from harness.properties.violations import violation_of
from tests.unit.properties.events import valid

AT: Any = {"time_s": 0.0}


def _used(gates: list[tuple[str, bool, object, int]], *, uses: int = 1) -> str:
    """The message after BTC was zeroed in step 1, used from step 5 on, and looked at by `gates`."""
    tracker = Tracker("BTC", valid=valid, initial=10)
    tracker.wrote(1, 0, writer="funding#2/tick", step=1, **AT)
    for name, blocked, reference, step in gates:
        tracker.gate(name, blocked=blocked, reference=reference, by="main", step=step, **AT)
    for index in range(uses):
        tracker.irreversible(
            f"liquidate {index}",
            cost=3,
            task="risk#1/main",
            process="risk#1",
            step=5 + index,
            named=True,
            **AT,
        )
    (episode,) = tracker.finish()
    violation = violation_of(episode)
    assert violation is not None
    assert violation.name == "BTC was used before its gate"
    return violation.message


def test_it_says_who_wrote_and_who_used() -> None:
    """The story in one line, the cost included."""
    assert _used([]) == (
        "BTC was used before its gate: funding#2/tick wrote 0 (last good: 10); "
        "risk#1/main did 'liquidate 0' on it (cost 3); no gate saw it"
    )


@pytest.mark.parametrize(
    ("gates", "text"),
    [
        ([("reconcile", True, 10, 6)], "gate 'reconcile' blocked it too late"),
        ([("a", True, 10, 7), ("b", True, 10, 8), ("a", True, 10, 9)], "gate 'a', 'b' blocked it"),
        ([("reconcile", True, 10, 2)], "'reconcile' blocked it, and it was used all the same"),
        ([("own memory", False, 0, 2)], "gate 'own memory' let it through (vacuous)"),
        ([("wide", False, 10, 2), ("own", False, 0, 3)], "gate 'wide', 'own' let it through"),
        ([("wide", False, 10, 2), ("late", True, 10, 9)], "gate 'late' blocked it too late"),
    ],
)
def test_it_says_which_gate_failed(gates: list[tuple[str, bool, object, int]], text: str) -> None:
    """Late, ignored, blind or absent: the reader learns which, and of which gate."""
    assert text in _used(gates)
    assert _used(gates).endswith("(vacuous)") == text.endswith("(vacuous)")


def test_hundreds_of_uses_stay_one_line() -> None:
    """Only the first ones are listed; the cost is that of all."""
    assert "'liquidate 2', 197 more on it (cost 600);" in _used([], uses=200)


def test_an_unused_episode_is_no_violation() -> None:
    """Corruption that hurt nobody is counted, not reported."""
    tracker = Tracker("BTC", valid=valid, initial=10)
    tracker.wrote(1, 0, writer="funding#2/tick", step=1, **AT)

    assert violation_of(tracker.finish()[0]) is None
