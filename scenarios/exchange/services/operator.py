"""The operator: brings the exchange back, MAINTENANCE -> POST_ONLY -> OK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .venue import MODE

if TYPE_CHECKING:
    from .venue import Venue


async def reopen(venue: Venue) -> None:
    """Walk the modes, with the checks before OK that are switched on."""
    fix = venue.fix
    await venue.chain.put(MODE, "POST_ONLY")
    if fix("ok_requires_ready"):
        await venue.ready.wait()
    if fix("ok_requires_reconciliation") and not await reconciled(venue):
        return  # it stays POST_ONLY, and people are called
    await venue.chain.put(MODE, "OK")
    venue.world.sometimes("trading was reopened")
    if fix("pause_liquidations"):
        await venue.opened.set()


async def reconciled(venue: Venue) -> bool:
    """Compare what is published with the snapshot, once, market after market."""
    for name, before in venue.snapshot.items():
        passed = await venue.indices[name].gate(
            "reconciliation",
            reference=before,
            check=lambda value, before=before: value.continues(before),
        )
        if not passed:
            return False
    return True
