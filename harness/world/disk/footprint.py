"""What an operation on a disk touched, in labels by which "do these two conflict?" can be decided.

*Touches* are writes of parts: they commute with each other, and with nothing else.

| label | read by | written by | touched by |
|---|---|---|---|
| `wal/log`: where a name leads | whoever goes by it, even in vain | make, rename, link, unlink | |
| `wal/*`: which names there are | a listing; what needs it to be empty | | whoever adds or takes away a name |
| `wal/* (durable)` | a sync of the directory | one that lied | changes of its entries |
| `wal/log (content)` | reads | writes, truncations | |
| `wal/log (durable)` | a sync of the file | one that lied or failed | writes, truncations |
| `wal (journal)`: if metadata is ordered | | operations on directories, syncs | |
| `wal (full)`, `wal (read only)` | what would fail if it were | the fault | |
| `wal (power)` | every operation | a power cut | |
| `wal (unsynced)` | a power cut | | changes, syncs, a process's first operation |

A file or directory keeps the label of the place where it was made, wherever it is moved to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from harness.kernel import Engine
    from harness.world.disk.nodes import DirectoryNode, FileNode, Node


class Footprint:
    """Records the footprint of the current step.

    Args:
      run: where it goes.
      disk: the disk's name, before every label.
      ordered: whether operations on directories are durable in their order.
    """

    def __init__(self, run: Engine, disk: str, *, ordered: bool) -> None:
        self._run = run
        self._ordered = ordered
        self._journal = f"{disk} (journal)"
        self._unsynced = f"{disk} (unsynced)"
        self.power = f"{disk} (power)"

    # ---- names ---------------------------------------------------------------------------------

    def went_by(self, directory: DirectoryNode, name: str) -> None:
        """The result rests on where a name leads."""
        found = directory.entries.get(name)
        self._run.read(f"{directory.label}/{name}", "" if found is None else found.label)

    def listed(self, directory: DirectoryNode) -> None:
        """The result rests on which names there are."""
        self._run.read(f"{directory.label}/*")

    def changed_entry(self, directory: DirectoryNode, name: str, node: Node | None) -> None:
        """A name is about to lead to `node`, or to nothing."""
        self._run.write(f"{directory.label}/{name}", "" if node is None else node.label)
        self._run.touch(f"{directory.label}/* (durable)")
        if (name in directory.entries) != (node is not None):
            self._run.touch(f"{directory.label}/*")

    def changed_directories(self) -> None:
        """Names have changed, in whatever directory."""
        self.changed_what_a_cut_leaves()
        if self._ordered:
            self._run.write(self._journal)

    # ---- content -------------------------------------------------------------------------------

    def read_content(self, node: FileNode) -> None:
        """The result rests on what is in a file."""
        self._run.read(f"{node.label} (content)", crc32(node.content.cached))

    def wrote_content(self, node: FileNode) -> None:
        """What is in a file has changed."""
        self._run.write(f"{node.label} (content)", crc32(node.content.cached))
        self._run.touch(f"{node.label} (durable)")
        self.changed_what_a_cut_leaves()

    # ---- durability ----------------------------------------------------------------------------

    def synced(self, node: Node, *, truly: bool) -> None:
        """What is durable of a file or a directory has changed, or was claimed to have."""
        what = "" if hasattr(node, "content") else "/*"
        if truly:
            self._run.read(f"{node.label}{what} (durable)")
        else:
            self._run.write(f"{node.label}{what} (durable)", "no")
        self.changed_what_a_cut_leaves()
        if self._ordered:
            self._run.write(self._journal)

    def changed_what_a_cut_leaves(self) -> None:
        """What would be found after a power cut, or who would die in it, is not what it was."""
        self._run.touch(self._unsynced)

    def powered(self) -> None:
        """The power was on."""
        self._run.read(self.power)

    def power_changed(self, state: str) -> None:
        """The power went and came back, or so much happened that nothing commutes with it."""
        self._run.depends(self._unsynced)
        self._run.write(self.power, state)
