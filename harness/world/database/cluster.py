"""A second node: copied to, caught up, promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.kernel import WorldPoint
from harness.world.database.errors import ConnectionLost

if TYPE_CHECKING:
    from harness.world.database.database import Database
    from harness.world.database.node import Node


class Standby:
    """A node on its way to becoming the primary. Made by `Database.provision`.

    Every row copied, every record applied and the promotion is a step of its own, so that anything
    may happen in between; promoting a node that lacks rows is allowed, as it is in real life.

    Attributes:
      node: the node.
    """

    def __init__(self, database: Database, source: Node, node: Node) -> None:
        self.node = node
        self._database = database
        self._source = source

    async def copy(self, *, atomic: bool) -> None:
        """Copy the source's rows.

        Args:
          atomic: all in one step; else row by row, so that what is copied may never have been there
            together. Catching up mends that.

        Raises:
          ConnectionLost: one of the two nodes went down.
        """
        source = self._source.engine
        if atomic:
            await self._source.execute(self._point("copy to"), self._copy_all)
            return
        backup = await self._source.execute(self._point("begin copy to"), source.snapshot)
        for key in backup.rows:
            await self._source.execute(self._point(f"copy {key} to"), self._copy_row, key)

    def _copy_all(self) -> None:
        for key, value in self._source.engine.snapshot().rows.items():
            self._store(key, value)
        self._database.run.note(f"{self.node.name}: copied all rows")

    def _copy_row(self, key: Any) -> None:
        value = self._source.engine.get(key)
        if value is not None:
            self._store(key, value)
            self._database.run.note(f"{self.node.name}: copied {key}")

    def _store(self, key: Any, value: Any) -> None:
        self._find_up()
        self.node.engine.copy_row(key, value)

    @property
    def lag(self) -> int:
        """How many durable commits of the source it lacks. Looks in the current step."""
        self._database.run.read(self._source.log_label)
        self._database.run.depends(self.node.log_label)
        return self._source.engine.flushed_lsn - self.node.engine.lsn

    async def catch_up(self, *, records: int | None = None) -> None:
        """Apply what the source has committed since the copy began, each commit in its own step.

        Under the fault "lag" the next record is late, and this returns without it: look at `lag`.

        Args:
          records: stop after so many; by default when nothing is missing any more.

        Raises:
          ConnectionLost: one of the two nodes went down.
        """
        applied = 0
        while self.lag and applied != records:
            number = self.node.engine.lsn + 1
            if self._is_late(number):
                return
            await self._source.execute(self._point(f"apply record {number} on"), self._apply_next)
            applied += 1

    def _is_late(self, number: int) -> bool:
        """Whether the next record has not arrived, though the source has it: the fault "lag"."""
        what = f"{self._database.name}: record {number} on {self.node.name}"
        return self._database.faults.choose("lag", what, ["in time", "late"]) > 0

    def _apply_next(self) -> None:
        self._find_up()
        self._database.run.read(self._source.log_label)
        self._database.run.affects(self.node.log_label)
        for record in self._source.engine.records_since(self.node.engine.lsn)[:1]:
            self.node.engine.apply(record)
            self._database.run.note(f"{self.node.name}: applied record {record.lsn}")

    async def promote(self, *, fence: bool) -> None:
        """Lead new connections here, in one step.

        Args:
          fence: the old node takes no more writes and drops its transactions; without, processes that
            are connected to it go on writing there (split brain).

        Raises:
          ConnectionLost: the node is down.
        """
        await self.node.execute(self._point("promote"), self._promote, fence)

    def _promote(self, fence: bool) -> None:
        if fence:
            self._source.fence()
        self.node.promote()
        self._database.lead_to(self.node)

    def _find_up(self) -> None:
        self._database.run.depends(self.node.label)
        if not self.node.engine.up:
            raise ConnectionLost(self.node.name)

    def _point(self, what: str) -> WorldPoint:
        return WorldPoint(f"{self._database.name}: {what} {self.node.name}")
