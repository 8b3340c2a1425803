"""One open transaction of one client. It ends with its process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.kernel import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.world.database.database import Database, Where
    from harness.world.database.engine.transaction import Transaction
    from harness.world.database.node import Node


class Session:
    """The verbs inside `async with database.transaction(...) as session`. One step each.

    Nobody else sees a write before the commit; a write waits for another transaction's write to the
    same row, as in PostgreSQL. After an error everything is undone, and further statements raise
    InFailedTransaction.
    """

    def __init__(self, database: Database, node: Node, transaction: Transaction) -> None:
        self._database = database
        self._node = node
        self._transaction = transaction

    async def get(self, key: Any) -> Any:
        """The value of `key` as this transaction sees it, or None."""
        return await self._read("get", key, self._transaction.get)

    async def get_for_update(self, key: Any) -> Any:
        """Lock the row until the transaction ends, and return its value."""
        return await self._read("get for update", key, self._transaction.get_for_update)

    async def scan(self, where: Where | None = None) -> dict[Any, Any]:
        """All rows for which `where(key, value)` holds, as this transaction sees them."""
        database = self._database
        rows: dict[Any, Any] = await self._node.execute(
            database.point("scan", ""), self._transaction.scan, where
        )
        database.tell_scanned(self._node, rows, where, self._transaction)
        return rows

    async def put(self, key: Any, value: Any) -> None:
        """Insert or replace the row; visible to others at the commit."""
        await self._write("put", key, self._transaction.put, key, value)

    async def put_all(self, rows: dict[Any, Any]) -> None:
        """Insert or replace several rows in one statement."""
        await self._write("put", "all", self._transaction.put_all, rows)

    async def update(self, key: Any, change: Callable[[Any], Any]) -> Any:
        """Replace the value by `change(value)`; None leaves the row alone. `change` must be pure."""
        return await self._write("update", key, self._transaction.update, key, change)

    async def delete(self, key: Any) -> bool:
        """Delete the row; whether there was one."""
        return bool(await self._write("delete", key, self._transaction.delete, key))

    async def commit(self) -> None:
        """End the transaction. Called at the end of the block.

        Raises:
          ConnectionLost: it may have been committed or not.
          SerializationFailure: nothing was committed; retry from the start.
        """
        committed = await self._node.commit(
            self._database.point("commit", ""), self._transaction.commit
        )
        self._note("commit" if committed else "commit of a failed transaction: rolled back")

    def abandon(self) -> None:
        """Roll back, in the current step: the server does it on its own when the client is gone."""
        if not self._database.run.closing:
            self._node.abandon(self._transaction)
            self._note("rollback")

    async def _read(self, verb: str, key: Any, call: Callable[[Any], Any]) -> Any:
        database = self._database
        value = await self._node.execute(database.point(verb, key), call, key)
        database.tell_read(self._node, key, value, self._transaction)
        if database.run.recording:
            self._note(f"{verb} {key} -> {clean(value)}")
        return value

    async def _write(self, verb: str, key: Any, call: Callable[..., Any], *args: Any) -> Any:
        result = await self._node.execute(self._database.point(verb, key), call, *args)
        self._note(f"{verb} {key}")
        return result

    def _note(self, text: str) -> None:
        self._database.run.note(f"{self._database.name}.{text}")
