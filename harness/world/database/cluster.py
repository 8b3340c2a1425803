"""A second node: copied to, caught up, promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.kernel import WorldPoint

if TYPE_CHECKING:
    from harness.world.database.database import Database
    from harness.world.database.node import Node


class Standby:
    """A node on its way to becoming the primary. Made by `Database.provision`.

    Every row copied, every record applied and the promotion is a step of its own, so that anything
    may happen in between; promoting a node that lacks rows is allowed, as it is in real life.
    """

    def __init__(self, database: Database, source: Node, node: Node) -> None:
        self.node = node
        self._database = database
        self._source = source

    async def copy(self, *, atomic: bool) -> None:
        """Copy the source's rows: one consistent snapshot, or row by row."""
        source = self._source.engine
        backup = await self._source.read(self._point("copy from"), source.snapshot)
        if atomic:
            for key, value in backup.rows.items():
                self._copy_row(key, value)
            return
        for key in backup.rows:
            value = await self._source.read(self._point(f"copy {key}"), lambda k=key: source.get(k))  # type: ignore[misc]
            if value is not None:
                self._copy_row(key, value)

    def _copy_row(self, key: Any, value: Any) -> None:
        self.node.engine.copy_row(key, value)
        run = self._database._run
        run.write(self._database._row_label(self.node, key), value)
        run.note(f"{self.node.name}: copied {key}")

    @property
    def lag(self) -> int:
        """How many commits of the source it lacks."""
        return self._source.engine.flushed_lsn - self.node.engine.lsn

    async def catch_up(self, *, records: int | None = None) -> None:
        """Apply what the source has committed since, record by record, until nothing is missing."""
        applied = 0
        while records is None or applied < records:
            todo = self._source.engine.records_since(self.node.engine.lsn)
            if not todo:
                return
            record = todo[0]
            await self._source.read(self._point(f"apply record {record.lsn}"), lambda: None)
            if record.lsn == self.node.engine.lsn + 1:
                self.node.engine.apply(record)
                self._database._run.note(f"{self.node.name}: applied record {record.lsn}")
            applied += 1

    async def promote(self, *, fence: bool) -> None:
        """Lead new connections here, in one step.

        Args:
          fence: the old node takes no more writes and drops its connections; without, processes that
            are connected to it go on writing there (split brain).
        """
        await self.node.read(self._point("promote"), lambda: None)
        if fence:
            self._source.fence()
        self.node.promote()
        self._database._become_primary(self.node)

    def _point(self, what: str) -> WorldPoint:
        return WorldPoint(f"{self._database.name}: {what} ({self.node.name})")
