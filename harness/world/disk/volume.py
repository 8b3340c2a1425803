"""The state of one disk, and how an operation on it becomes a step."""

from __future__ import annotations

from errno import EIO, EROFS
from typing import TYPE_CHECKING, Any

from harness.kernel import Engine, KernelProcess, WorldPoint, pass_point
from harness.world.disk.failures import failure
from harness.world.disk.footprint import Footprint
from harness.world.disk.nodes import DirectoryNode, FileNode, Node
from harness.world.disk.power import Decide, Loss, cut_power
from harness.world.disk.tree import Tree, parts
from harness.world.disk.trouble import Faults, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.world.disk.journal import Operation, Ordering


class Volume:
    """One disk, without the face that users see.

    Attributes:
      boot: how often the power was cut; an open file does not outlive the boot it was opened in.
      users: the processes that have used it since, by index: they die when the power goes.
    """

    def __init__(
        self, run: Engine, faults: Faults, name: str, *, ordering: Ordering, block_bytes: int
    ) -> None:
        self.name = name
        self.run = run
        self.boot = 0
        self.users: dict[int, KernelProcess] = {}
        self.footprint = Footprint(run, name, ordered=ordering == "metadata-ordered")
        self.trouble = Trouble(run, faults, name)
        self.tree = Tree(
            name, self.footprint, self.trouble, ordering=ordering, block_bytes=block_bytes
        )
        self._block_bytes = block_bytes

    async def step(self, what: str, call: Callable[..., Any], *args: Any) -> Any:
        """A schedule point, then one operation."""
        run = self.run
        await pass_point(WorldPoint(f"{self.name}: {what}"))
        self.footprint.powered()
        process = run.process
        if process is not None and process.resource and process.index not in self.users:
            self.users[process.index] = process
            self.footprint.changed_what_a_cut_leaves()
        run.note(f"{self.name}: {what}")
        return call(*args)

    def truncate(self, node: FileNode, size_bytes: int) -> None:
        """Cut or stretch a file; if it has that size, nothing becomes of it."""
        if node.content.size_bytes == size_bytes:
            self.footprint.read_content(node)
        else:
            node.content.truncate(size_bytes)
            self.footprint.wrote_content(node)

    # ---- durability ----------------------------------------------------------------------------

    def sync_file(self, node: FileNode, path: str) -> None:
        """An fsync of a file."""
        content = node.content
        if self.trouble.read_only and content.pending:
            raise failure(EROFS)
        became = self.trouble.syncing(f"fsync {path}", drops_pages=True)
        self.footprint.synced(node, truly=became == "durable")
        if became == "dropped":
            content.forget_dirty_pages()
            raise failure(EIO)
        if became == "pretended":
            content.pretend_to_sync()
        else:
            content.sync()
        self._settle(self.tree.journal.needed_for_file(node), truly=became == "durable")

    def sync_directory(self, path: str) -> None:
        """An fsync of a directory."""
        directory = self.tree.find_directory(path)
        became = self.trouble.syncing(f"fsync {path}", drops_pages=False)
        self.footprint.synced(directory, truly=became == "durable")
        self._settle(self.tree.journal.needed_for(directory), truly=became == "durable")

    def _settle(self, operations: list[Operation], *, truly: bool) -> None:
        if truly:
            self.tree.journal.sync(operations)
        for operation in operations:
            operation.lied = not truly

    def sync(self) -> None:
        """Everything."""
        self.tree.journal.sync(list(self.tree.journal.pending))
        todo: list[Node] = [self.tree.root]
        while todo:
            node = todo.pop()
            if isinstance(node, FileNode):
                node.content.sync()
            else:
                todo.extend(node.entries.values())
        self.footprint.power_changed("synced")

    # ---- power ---------------------------------------------------------------------------------

    def lose_power(self, decide: Decide) -> Loss:
        """The power goes and comes back: who used the disk is dead, who had a file open has none."""
        users, self.users = list(self.users.values()), {}
        for process in users:
            if process.resource.alive and not process.ended:  # to ask is to depend on the answer
                process.resource.die(f"kill {process.label}: its machine has no power")
        loss = cut_power(self.tree.root, self.tree.journal, decide)
        self.boot += 1
        self.trouble.read_only = False
        self.footprint.power_changed(f"cut {self.boot}: {loss.lost} lost, {loss.torn} torn")
        return loss

    # ---- the beginning -------------------------------------------------------------------------

    def furnish(self, path: str, data: bytes) -> None:
        """Put a file there, durable, and the directories that lead to it."""
        directory = self.tree.root
        *above, name = parts(path)
        for part in above:
            below = directory.entries.setdefault(part, DirectoryNode(f"{directory.label}/{part}"))
            assert isinstance(below, DirectoryNode), f"{part} in {path} is a file"
            directory.durable[part] = below
            directory = below
        file = FileNode(f"{directory.label}/{name}", self._block_bytes)
        file.content.restart(bytearray(data))
        directory.entries[name] = directory.durable[name] = file
