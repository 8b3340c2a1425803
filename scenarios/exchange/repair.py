"""Repair: why the exchange rolled back everything instead of mending one number.

All of it follows from the documented formulas; none of it is documented itself. A position that
is touched while the index is wrong realises the whole phantom accrual and takes the wrong index
as its cached one. Putting the index back then charges it a second time: the second wave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .accounts import Account
from .margin import value_product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .fixed import Product
    from .prices import Prices


def gain_since(now: Account, then: Account, prices: Prices) -> Product:
    """What an account has gained since `then`, both valued at the same prices, in USD.

    At the true prices this is what an incident leaves behind after a repair: a loss for a victim,
    a gain for whoever took a windfall. Over all accounts it adds up to zero.
    """
    return value_product(now, prices) - value_product(then, prices)


def rolled_back(rows: Mapping[str, object], snapshot: Mapping[str, object]) -> dict[str, object]:
    """The state after a full rollback to `snapshot`: indices, cached indices, balances, positions.

    Rows that came later (fills, liquidations) are gone. Only what crossed the bridge stays as it
    is: deposits since the snapshot are credited and withdrawals debited, even below zero. Such a
    debt is what an account took out of a phantom gain.
    """
    restored = dict(snapshot)
    for key, row in rows.items():
        if isinstance(row, Account):
            restored[key] = _with_bridge_of(row, snapshot.get(key))
    return restored


def _with_bridge_of(now: Account, then: object) -> Account:
    """The account as it was `then`, brought up to date with deposits and withdrawals."""
    base = then if isinstance(then, Account) else Account(name=now.name)
    deposited = now.deposited - base.deposited
    withdrawn = now.withdrawn - base.withdrawn
    assert deposited >= 0, f"{now.name}: a snapshot from the future"
    assert withdrawn >= 0, f"{now.name}: a snapshot from the future"
    return attrs.evolve(
        base,
        balance=base.balance + deposited - withdrawn,
        deposited=now.deposited,
        withdrawn=now.withdrawn,
    )
