"""The account table of the incident, to the last unit.

Seven accounts with 1 BTC each, bought or sold at a mark of 92,600, and an index of 20,000 that is
reset to zero: who lives, who is liquidated, how much, and at what price.
"""

from __future__ import annotations

import attrs
import pytest

from scenarios.exchange import (
    BTC,
    FUND,
    Account,
    amount,
    assess,
    liquidate,
    maintenance_margin,
    margin_ratio,
    text,
    trade,
    unhealthy,
    withdrawable,
)

from .books import btc_prices, one_btc

TRUE = btc_prices()
ZERO = btc_prices(0)
SHORT, LONG = -1, 1


@attrs.frozen
class Line:
    """One line of the table, as text; ratios in percent, rounded up; None: no value to divide by.

    The last four fields are what happens under an index of zero.
    """

    account: Account
    value_true: str
    ratio_true: str
    value_zero: str
    ratio_zero: str | None
    share_percent: int = 0
    penalty: str = "0"
    penalty_paid: str = "0"
    hole: str = "0"


A = one_btc("A", "9260", SHORT, 19_800)
B = one_btc("B", "18520", SHORT, 19_990)
E = one_btc("E", "20950", SHORT, 20_000)
F = one_btc("F", "20578", SHORT, 20_000)
G = one_btc("G", "20900", SHORT, 20_000)
C = one_btc("C", "30867", SHORT, 19_990)
D = one_btc("D", "9260", LONG, 19_800)
TABLE = [
    Line(A, "9,460", "9.788584", "-10,540", None, 100, "648.2", "0", "10540"),
    Line(B, "18,530", "4.997302", "-1,470", None, 100, "648.2", "0", "1470"),
    Line(E, "20,950", "4.420048", "950", "97.473685"),
    Line(F, "20,578", "4.499952", "578", "160.207613", 100, "648.2", "578"),
    Line(G, "20,900", "4.430623", "900", "102.888889", 40, "259.28", "259.28"),
    Line(C, "30,877", "2.998997", "10,877", "8.513377"),
    Line(D, "9,060", "10.220751", "29,060", "3.186511"),
]
each_line = pytest.mark.parametrize("line", TABLE, ids=lambda line: line.account.name)


def percent(ratio: int | None) -> str | None:
    """A ratio as the table writes it."""
    return None if ratio is None else text(ratio * 100)


@each_line
def test_values_and_ratios(line: Line) -> None:
    """Account value and margin ratio under the true index and under zero."""
    true, zero = assess(line.account, TRUE), assess(line.account, ZERO)
    assert text(true.value) == line.value_true
    assert percent(true.margin_ratio) == line.ratio_true
    assert text(zero.value) == line.value_zero
    assert percent(zero.margin_ratio) == line.ratio_zero
    assert true.maintenance == zero.maintenance == amount(926)
    assert true.verdict == "healthy"


@each_line
def test_share_penalty_and_verdict(line: Line) -> None:
    """What the health check decides when the index is zero."""
    zero = assess(line.account, ZERO)
    verdict = {0: "healthy", 40: "partial", 100: "full"}[line.share_percent]
    assert (zero.verdict, zero.share_percent) == (verdict, line.share_percent)
    assert zero.penalty == amount(line.penalty)


@each_line
def test_liquidation_does_what_was_decided(line: Line) -> None:
    """The hole of a bankrupt account is the insurance fund's, and so is what penalty there was."""
    if not line.share_percent:
        with pytest.raises(ValueError, match=f"{line.account.name} is healthy"):
            liquidate(line.account, Account(name=FUND), ZERO, at_ms=0)
        return
    after, fund, record = liquidate(line.account, Account(name=FUND), ZERO, at_ms=0)
    assert record.before is line.account
    assert record.share_percent == line.share_percent
    assert record.penalty == amount(line.penalty)
    assert record.penalty_paid == amount(line.penalty_paid)
    assert record.hole == amount(line.hole)
    assert fund.balance == amount(line.penalty_paid) - amount(line.hole)
    taken = amount(1) * line.share_percent // 100
    assert fund.position("BTC").quantity == -taken
    assert fund.position("BTC").cached_index == 0
    assert after.position("BTC").quantity == taken - amount(1)
    if line.share_percent == 100:
        assert (after.balance, after.exposures) == (0, ())


def test_g_is_liquidated_by_40_percent_because_20_are_not_enough() -> None:
    """20% would leave a margin ratio of 96.2%; 40% leave 86.7%, which is what is left."""
    after, _, _ = liquidate(G, Account(name=FUND), ZERO, at_ms=0)
    by_20_percent = amount(926) * 8 // 10 * 10**8 // amount("770.36")
    assert text(by_20_percent * 100) == "96.162832"
    assert percent(margin_ratio(after, ZERO)) == "86.714946"
    assert maintenance_margin(after, ZERO) == amount("555.6")


def test_d_can_withdraw_its_whole_windfall_once_it_closes() -> None:
    """7,208 under the truth, the whole balance under zero, and all of 29,060 after a close."""
    assert withdrawable(D, TRUE) == amount(7_208)
    assert withdrawable(D, ZERO) == amount(9_260)
    _, closed = trade(Account(name="maker"), D, "BTC", quantity=amount(1), price=BTC.mark, index=0)
    assert withdrawable(closed, ZERO) == amount(29_060)


def test_the_health_check_finds_exactly_the_victims() -> None:
    """Nobody under the truth; A, B, F and G under zero."""
    accounts = [line.account for line in TABLE]
    assert unhealthy(accounts, TRUE) == []
    assert [held.name for held in unhealthy(accounts, ZERO)] == ["A", "B", "F", "G"]
