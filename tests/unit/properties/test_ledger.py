"""All the critical state of one run, and effects that rest on several keys."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import AlreadyCritical, BadCost, NotCritical
from harness.properties.ledger import CLEAN, Ledger
from tests.unit.properties.events import valid

RISK: Any = {"task": "risk#1/main", "process": "risk#1", "step": 9, "time_s": 0.9}


def _zeroed(*keys: str) -> Ledger:
    """BTC, ETH and PAXG at 10; those in `keys` zeroed in turn and read by the risk engine."""
    ledger = Ledger()
    trackers = {k: ledger.track(k, valid=valid, initial=10) for k in ("BTC", "ETH", "PAXG")}
    for step, key in enumerate(keys):
        trackers[key].wrote(1, 0, writer="funding#2/tick", step=step, time_s=0.0)
        trackers[key].read(1, task=RISK["task"], process=RISK["process"])
    return ledger


def test_a_run_without_corruption_costs_one_shared_report() -> None:
    """The common case allocates nothing."""
    ledger = _zeroed()

    assert not ledger.irreversible("liquidate alice", cost=5, **RISK)
    assert ledger.finish() is CLEAN
    assert ledger.finish().violations == ()


def test_an_effect_uses_every_corrupt_value_it_rests_on_and_costs_once() -> None:
    """Liquidating over two corrupt indices is two violations and one loss."""
    ledger = _zeroed("ETH", "BTC")

    assert ledger.irreversible("liquidate alice", cost=5, **RISK)

    report = ledger.finish()
    assert report.cost == 5
    assert [v.episode.key for v in report.violations] == ["ETH", "BTC"]


def test_an_effect_that_says_what_it_rests_on_uses_nothing_else() -> None:
    """Alice holds no BTC: that BTC is corrupt is not why she was liquidated."""
    ledger = _zeroed("BTC")

    assert not ledger.irreversible("liquidate alice", cost=5, keys=["ETH"], **RISK)
    assert ledger.finish().cost == 0
    assert ledger.finish().violations == ()
    assert ledger.irreversible("liquidate bob", cost=5, keys=["ETH", "BTC"], **RISK)


def test_naming_a_key_counts_without_a_read_and_only_then() -> None:
    """An effect of a task that read nothing rests on what it names."""
    ledger = _zeroed("BTC")
    other: Any = RISK | {"task": "other#1/main", "process": "other#1"}

    assert not ledger.irreversible("pay out", **other)
    assert ledger.irreversible("pay out", keys=["BTC"], **other)


def test_one_name_is_one_key() -> None:
    """Declaring a key twice would split its history."""
    with pytest.raises(AlreadyCritical, match="'BTC' is already declared"):
        _zeroed().track("BTC", valid=valid)


def test_an_unknown_key_is_named_beside_the_known_ones() -> None:
    """A typo in a key must not read as "rests on nothing"."""
    with pytest.raises(NotCritical, match=r"'BTV' is not declared critical \(declared: BTC, ETH"):
        _zeroed().irreversible("liquidate alice", keys=["BTV"], **RISK)


@pytest.mark.parametrize("cost", [-1, 1.5, True, "1", None])
def test_a_cost_is_a_whole_number(cost: Any) -> None:
    """Anything else would make sums inexact or meaningless."""
    with pytest.raises(BadCost, match="'pay out'"):
        _zeroed().irreversible("pay out", cost=cost, **RISK)
