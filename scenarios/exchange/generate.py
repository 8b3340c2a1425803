"""Books of any size: a pure function of the seed, the same on every Python.

Nothing is made up: accounts trade with each other at indices of the past and deposit what their
leverage asks for, so a book keeps every invariant of the exchange by construction.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import attrs

from .accounts import FUND, Account
from .book import Book
from .fixed import ONE, Amount, amount, divide_up
from .health import unhealthy
from .margin import account_value
from .markets import MARKETS, Market
from .prices import Prices
from .trading import trade

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")
LEVERAGES = (2, 3, 4, 5, 8, 10, 15)
# Above the critical leverage of every market: zeroing any index liquidates somebody.
LEVERAGE_OF_VICTIM = 20
NOTIONALS_USD = (1_000, 250_000)
SECOND_TRADE_ONE_IN = 3
FUND_DEPOSIT: Amount = amount(1_000_000)
SMALL_DEPOSIT: Amount = amount(1_000)

T = TypeVar("T")


@attrs.frozen
class _Deal:
    """A trade to be made: how old it is decides the index at which it is made."""

    market: Market
    buyer: str
    seller: str
    quantity: Amount
    age_permille: int


@lru_cache(maxsize=16)
def generate_book(*, seed: int = 0, markets: int = 4, accounts: int = 200) -> Book:
    """A book of `accounts` accounts and the insurance fund in the first `markets` of `MARKETS`.

    Positions add up to zero in every market. Nobody is unhealthy under the true indices, and
    zeroing the index of any one market liquidates somebody: at least one account of leverage 20
    with that market alone. The others have leverages of 2 to 15, one in three a second trade.

    Raises:
        ValueError: a size does not fit: one to four markets, at least two accounts for each.
    """
    if not 1 <= markets <= len(MARKETS):
        raise ValueError(f"markets={markets}: there are 1 to {len(MARKETS)}")
    if accounts < 2 * markets:
        raise ValueError(f"accounts={accounts}: {markets} markets need at least {2 * markets}")
    dice = _Dice(seed)
    traded = MARKETS[:markets]
    names = _names(accounts)
    book = Book(markets=traded, accounts=_accounts(dice, traded, names))
    assert not unhealthy(book.accounts.values(), book.prices())
    for market in traded:
        assert unhealthy(book.accounts.values(), book.zeroed(market.name)), market.name
    return book


def _accounts(
    dice: _Dice, markets: Sequence[Market], names: Sequence[str]
) -> MappingProxyType[str, Account]:
    """Accounts after all deals, each with the collateral that its leverage asks for."""
    held = {name: Account(name=name) for name in names}
    deals = _deals(dice, markets, names)
    for deal in sorted(deals, key=lambda deal: -deal.age_permille):
        # The oldest deal was made one per cent of the index ago.
        index = deal.market.index - deal.market.index * deal.age_permille // 100_000
        held[deal.buyer], held[deal.seller] = trade(
            held[deal.buyer],
            held[deal.seller],
            deal.market.name,
            quantity=deal.quantity,
            price=deal.market.mark,
            index=index,
        )
    prices = Prices.of(markets)
    victims = names[: 2 * len(markets) : 2]
    for name in names:
        leverage = LEVERAGE_OF_VICTIM if name in victims else dice.pick(LEVERAGES)
        held[name] = _with_leverage(held[name], leverage, prices)
    held[FUND] = Account(name=FUND).deposit(FUND_DEPOSIT)
    return MappingProxyType(held)


def _deals(dice: _Dice, markets: Sequence[Market], names: Sequence[str]) -> list[_Deal]:
    """Neighbours trade with each other, market after market; then some trade once more.

    The first pair of each market holds a victim: its first name is on the side that loses when
    the index is zeroed, and it does nothing else.
    """
    deals = []
    for place, first in enumerate(names[::2]):
        market = markets[place % len(markets)]
        second = names[2 * place + 1] if 2 * place + 1 < len(names) else names[1]
        is_victim = place < len(markets)
        first_sells = market.index > 0 if is_victim else dice.below(2) == 0
        deals.append(_deal(dice, market, first, second, first_sells=first_sells))
    free = names[2 * len(markets) :]
    for name in free:
        other = dice.pick(free)
        if other != name and dice.below(SECOND_TRADE_ONE_IN) == 0:
            market = dice.pick(markets)
            deals.append(_deal(dice, market, name, other, first_sells=dice.below(2) == 0))
    return deals


def _deal(dice: _Dice, market: Market, first: str, second: str, *, first_sells: bool) -> _Deal:
    least, most = NOTIONALS_USD
    notional = amount(least + dice.below(most - least))
    lots = notional * ONE // (market.mark * market.lot)
    buyer, seller = (second, first) if first_sells else (first, second)
    return _Deal(
        market=market,
        buyer=buyer,
        seller=seller,
        quantity=lots * market.lot,
        age_permille=dice.below(1_000),
    )


def _with_leverage(account: Account, leverage: int, prices: Prices) -> Account:
    """The account with a deposit that makes its notional `leverage` times its value.

    Where realised funding is worth more than that already, or nothing is open, a small deposit.
    """
    notional = sum(
        abs(quantity) * prices.quote(market).mark for market, quantity in account.exposures
    )
    wanted = divide_up(notional, amount(leverage))
    missing = wanted - account_value(account, prices)
    return account.deposit(missing if missing > 0 else SMALL_DEPOSIT)


def _names(count: int) -> list[str]:
    """Names for people, then numbers."""
    return [
        FIRST_NAMES[place] if place < len(FIRST_NAMES) else f"trader-{place + 1:03d}"
        for place in range(count)
    ]


class _Dice:
    """SplitMix64 (Steele, Lea and Flood, 2014): a few lines that no Python version changes."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """A number from 0 to `limit - 1`. The bias of the remainder does not matter here."""
        self._state = (self._state + 0x9E3779B97F4A7C15) % 2**64
        mixed = self._state
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        return (mixed ^ (mixed >> 31)) % limit

    def pick(self, options: Sequence[T]) -> T:
        """One of several."""
        return options[self.below(len(options))]
