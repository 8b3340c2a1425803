"""The markets, as far as margin and funding need them.

BTC and PAXG carry the figures of January 2026: marks of 92,600 and 4,670, an initial margin of
2% (contract pages of the Paradex documentation of 16 January 2026), funding indices of 20,000
and 300 (inferred: a baseline of 0.01% per 8 hours since launch). ETH and SOL are modelled after
them; SOL's index is negative, as some were, so that in one market the longs are the losers.
"""

from __future__ import annotations

import attrs

from .fixed import ONE, Amount, amount, divide_up, multiply

INITIAL_MARGIN_FRACTION = amount("0.02")
MAINTENANCE_FACTOR = amount("0.5")
FUNDING_RATE_MAX = amount("0.05")
PRICE_BAND = amount("0.05")
LOT = amount("0.001")


@attrs.frozen
class Market:
    """What is fixed about a perpetual future.

    Attributes:
        name: The market, which is also the coin: "BTC".
        mark: Mark price in USD of one unit, unless the scenario moves it.
        index: True funding index in USDC per unit when the scenario begins.
        initial_margin_fraction: Share of the notional: 2% of it allows a leverage of 50.
        maintenance_factor: Maintenance margin as a share of the initial margin.
        funding_rate_max: Cap of the funding rate per 8 hours, in either direction.
        price_band: How far from the mark an aggressive order may trade.
        lot: The smallest quantity of an order.
    """

    name: str
    mark: Amount
    index: Amount
    initial_margin_fraction: Amount = INITIAL_MARGIN_FRACTION
    maintenance_factor: Amount = MAINTENANCE_FACTOR
    funding_rate_max: Amount = FUNDING_RATE_MAX
    price_band: Amount = PRICE_BAND
    lot: Amount = LOT

    def initial_margin(self, mark: Amount) -> Amount:
        """Initial margin in USD of one unit at this mark, rounded up."""
        return divide_up(mark * self.initial_margin_fraction, ONE)

    def maintenance_margin(self, mark: Amount) -> Amount:
        """Maintenance margin in USD of one unit at this mark, rounded up.

        The provision for the taker fee is zero here.
        """
        fraction = multiply(self.initial_margin_fraction, self.maintenance_factor)
        return divide_up(mark * fraction, ONE)


BTC = Market(name="BTC", mark=amount(92_600), index=amount(20_000), lot=amount("0.00001"))
ETH = Market(name="ETH", mark=amount(3_200), index=amount(800), lot=amount("0.0001"))
SOL = Market(name="SOL", mark=amount(133), index=amount(-20), lot=amount("0.01"))
PAXG = Market(name="PAXG", mark=amount(4_670), index=amount(300), price_band=amount("0.20"))

MARKETS = (BTC, ETH, SOL, PAXG)
