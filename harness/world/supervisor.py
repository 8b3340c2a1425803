"""A supervisor: starts a process again when it has ended, as systemd or Kubernetes would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import trio

if TYPE_CHECKING:
    from harness.world.process import Process

Restart = Literal["always", "on-failure", "never"]


async def supervise(
    process: Process, *, restart: Restart, backoff_s: float, restarts_max: int
) -> None:
    """The main of a supervisor process.

    Restarts `process` after `backoff_s`, doubled each time, at most `restarts_max` times. "on-failure"
    restarts after a crash or a kill, not after it returned or ended when asked to; when somebody then
    starts it again, it is supervised again.
    """
    if restart == "never":
        return
    for attempt in range(restarts_max):
        ended = process.incarnation
        status = await process.wait()
        while restart == "on-failure" and status.kind not in ("crashed", "killed"):
            await process.wait_for_start(after=ended)
            ended = process.incarnation
            status = await process.wait()
        await trio.sleep(backoff_s * 2**attempt)
        if not process.alive:
            process.start_again()
