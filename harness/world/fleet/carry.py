"""How each kind of move is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import HarnessError, InternalError
from harness.plans import AnyMove, Copy, MoveFailed, Promote, Restart, Run, Start, Stop

if TYPE_CHECKING:
    from harness.world.fleet.fleet import Fleet


async def carry(fleet: Fleet, move: AnyMove) -> None:
    """Make one move; returns when it is done.

    Raises:
      MoveFailed: it came to nothing.
    """
    if isinstance(move, Stop):
        await fleet.services[move.service].stop(drain_s=move.drain_s)
    elif isinstance(move, Start):
        await fleet.services[move.service].start(ready=move.ready, retries=move.retries)
    elif isinstance(move, Restart):
        await _restart(fleet, move)
    elif isinstance(move, Copy):
        await _copy(fleet, move)
    elif isinstance(move, Promote):
        await _promote(fleet, move)
    elif isinstance(move, Run):
        await _run(fleet, move)


async def _restart(fleet: Fleet, move: Restart) -> None:
    service = fleet.services[move.service]
    if move.how == "blue-green":
        await service.restart_beside(
            ready=move.ready,
            drain_s=move.drain_s,
            overlap_s=move.overlap_s,
            retries=move.retries,
        )
    elif move.how == "rolling":
        await service.restart_in_place(ready=move.ready, drain_s=move.drain_s, retries=move.retries)
    else:
        await service.stop(drain_s=move.drain_s)
        await service.start(ready=move.ready, retries=move.retries)


async def _copy(fleet: Fleet, move: Copy) -> None:
    database = fleet.nodes[move.node]
    number = fleet.copies[move.node] = fleet.copies.get(move.node, 1) + 1
    standby = fleet.standbys[move.node] = await database.provision(f"node {number}")
    await standby.copy(atomic=True)


async def _promote(fleet: Fleet, move: Promote) -> None:
    """Without `catch_up` the promotion races with what applies the log: any part of it may be there."""
    standby = fleet.standbys.pop(move.node, None)
    if standby is None:
        raise MoveFailed("somebody has begun to promote it, and never ended")
    old = fleet.nodes[move.node].node
    replication = None
    if move.catch_up:
        await standby.catch_up()
    else:
        name = f"replication to {standby.node.name} of {move.node}"
        replication = fleet.start(standby.catch_up, name=name, killable=False)
    await standby.promote(fence=move.fence)
    if move.fence:
        old.kill()  # who was connected to it connects to the new one
    if replication is not None:
        replication.kill()


async def _run(fleet: Fleet, move: Run) -> None:
    body = fleet.jobs[move.job]
    for attempts_left in range(move.retries, -1, -1):
        try:
            await body()
        except Exception as error:
            if not attempts_left or is_verdict(error):
                raise
        else:
            return


def is_verdict(error: Exception) -> bool:
    """Whether it is an assertion of somebody's, or the harness's own: nothing to try again, or to reword."""
    known = (AssertionError, HarnessError, InternalError)
    if isinstance(error, ExceptionGroup):
        return error.subgroup(known) is not None
    return isinstance(error, known)
