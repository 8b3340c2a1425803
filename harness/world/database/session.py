"""One open transaction of one client. It ends with its process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.world.database.database import Database, Where
    from harness.world.database.engine.transaction import Transaction
    from harness.world.database.node import Node


class Session:
    """The verbs inside `async with database.transaction(...) as session`. One step each.

    Nobody else sees a write before the commit; a write waits for another transaction's write to the
    same row, as in PostgreSQL.
    """

    def __init__(self, database: Database, node: Node, transaction: Transaction) -> None:
        self._database = database
        self._node = node
        self._transaction = transaction

    async def get(self, key: Any) -> Any:
        """The value of `key` as this transaction sees it, or None."""
        database = self._database
        value = await self._node.read(
            database._point("get", key), lambda: self._transaction.get(key)
        )
        database._was_read(self._node, key, value)
        self._note(f"get {key} -> {value!r}")
        return value

    async def scan(self, where: Where | None = None) -> dict[Any, Any]:
        """All rows for which `where(key, value)` holds, as this transaction sees them."""
        database = self._database
        rows: dict[Any, Any] = await self._node.read(
            database._point("scan", ""), lambda: self._transaction.scan(where)
        )
        database._scanned(self._node, rows)
        return rows

    async def get_for_update(self, key: Any) -> Any:
        """Lock the row until the transaction ends, and return its value."""
        value = await self._write(
            "get for update", key, lambda: self._transaction.get_for_update(key)
        )
        self._database._was_read(self._node, key, value)
        return value

    async def put(self, key: Any, value: Any) -> None:
        """Insert or replace the row; visible to others at the commit."""
        await self._write("put", key, lambda: self._transaction.put(key, value))

    async def update(self, key: Any, change: Callable[[Any], Any]) -> Any:
        """Replace the value by `change(value)`; None leaves the row alone. `change` must be pure."""
        return await self._write("update", key, lambda: self._transaction.update(key, change))

    async def delete(self, key: Any) -> bool:
        """Delete the row; whether there was one."""
        return bool(await self._write("delete", key, lambda: self._transaction.delete(key)))

    async def _write(self, verb: str, key: Any, call: Callable[[], Any]) -> Any:
        database = self._database
        value = await self._node.write(database._point(verb, key), call)
        self._note(f"{verb} {key}")
        return value

    async def commit(self) -> None:
        """End the transaction. Called at the end of the block."""
        await self._node.write(self._database._point("commit", ""), self._transaction.commit)
        self._note("commit")

    def abandon(self) -> None:
        """Roll back, in the current step: the server does it on its own when the client is gone."""
        if not self._database._run.closing:
            self._transaction.rollback()
            self._note("rollback")

    def _note(self, text: str) -> None:
        self._database._run.note(f"{self._database.name}.{text}")
