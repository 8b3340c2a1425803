"""Trades: the one way in which a quantity changes hands, liquidations included.

"Whenever the account updates an existing perpetual position, accrued funding is realised:
`- previous size * (current index - cached index)`" (Paradex documentation of 16 January 2026,
funding mechanism). In full, however small the update; then the cached index is the current one.
This is how a phantom index becomes real money.
"""

from __future__ import annotations

from .accounts import Account, Position
from .fixed import ONE, Amount, divide_towards_zero, multiply, text


def trade(
    buyer: Account,
    seller: Account,
    market: str,
    *,
    quantity: Amount,
    price: Amount,
    index: Amount,
) -> tuple[Account, Account]:
    """Move `quantity` from seller to buyer.

    Args:
        buyer: Whose quantity grows.
        seller: Whose quantity falls.
        market: The market's name.
        quantity: How much, above zero.
        price: USDC per unit; what is paid is rounded down, the same for both.
        index: Funding index now, as the exchange sees it, right or wrong.

    Returns:
        The two accounts afterwards, buyer first.

    Raises:
        ValueError: the quantity is not positive, or an account would trade with itself.
    """
    if quantity <= 0:
        raise ValueError(f"cannot trade {text(quantity)} {market}: the quantity must be positive")
    if buyer.name == seller.name:
        raise ValueError(f"{buyer.name} cannot trade {market} with itself")
    cost = multiply(quantity, price)
    return (
        change_position(buyer, market, quantity=quantity, cost=cost, index=index),
        change_position(seller, market, quantity=-quantity, cost=-cost, index=index),
    )


def change_position(
    account: Account, market: str, *, quantity: Amount, cost: Amount, index: Amount
) -> Account:
    """One side of a trade: realise funding in full, then price gains on what was closed.

    Args:
        account: Whose position changes.
        market: The market's name.
        quantity: Signed change.
        cost: USDC paid for the change, signed like it.
        index: Funding index now; it becomes the cached index.
    """
    held = account.position(market)
    funding = held.accrued_funding(index)
    closed = _quantity_closed(held.quantity, quantity)
    cost_of_closed = _part(held.cost, closed, abs(held.quantity))
    cost_of_closing = _part(cost, closed, abs(quantity))
    # Signs: what was bought at `cost_of_closed` was sold at `-cost_of_closing`.
    price_gain = -cost_of_closing - cost_of_closed
    changed = Position(
        market=market,
        quantity=held.quantity + quantity,
        cost=held.cost - cost_of_closed + cost - cost_of_closing,
        cached_index=index,
        funding=held.funding + funding,
    )
    return account.with_position(changed).credited(funding + price_gain * ONE)


def _quantity_closed(held: Amount, change: Amount) -> Amount:
    """How much of a change only takes back what was there."""
    return min(abs(held), abs(change)) if held * change < 0 else 0


def _part(cost: Amount, quantity: Amount, whole: Amount) -> Amount:
    """The cost of `quantity` out of `whole`. Rounding moves cost, it never makes or loses any."""
    return divide_towards_zero(cost * quantity, whole) if quantity else 0
