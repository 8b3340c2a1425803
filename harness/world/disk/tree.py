"""The file system's names: what Linux does about them, with the error numbers of Linux.

Paths begin at the root of the disk, with or without a slash. There are no symbolic links, no owners
and no permissions.
"""

from __future__ import annotations

from errno import EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM
from typing import TYPE_CHECKING

from harness.world.disk.failures import failure
from harness.world.disk.journal import Entry, Journal, Operation, Ordering
from harness.world.disk.nodes import DirectoryNode, FileNode, Node

if TYPE_CHECKING:
    from harness.world.disk.footprint import Footprint
    from harness.world.disk.modes import Mode
    from harness.world.disk.trouble import Trouble


class Tree:
    """Directories, and the files that they lead to.

    Attributes:
      root: the directory that all paths begin at.
      journal: what was done to directories and is not durable yet.
    """

    def __init__(
        self,
        name: str,
        footprint: Footprint,
        trouble: Trouble,
        *,
        ordering: Ordering,
        block_bytes: int,
    ) -> None:
        self.root = DirectoryNode(name)
        self.journal = Journal(ordering)
        self._footprint = footprint
        self._trouble = trouble
        self._block_bytes = block_bytes
        self._made: dict[str, int] = {}

    # ---- finding -------------------------------------------------------------------------------

    def find(self, path: str, *told: str) -> Node:
        """What a path leads to. An error names the path, or those that are `told`."""
        node: Node = self.root
        for name in parts(path):
            found = self._step(node, name, *told or (path,))
            if found is None:
                raise failure(ENOENT, *told or (path,))
            node = found
        return node

    def find_directory(self, path: str) -> DirectoryNode:
        """The directory that a path leads to."""
        node = self.find(path)
        if isinstance(node, FileNode):
            raise failure(ENOTDIR, path)
        return node

    def exists(self, path: str) -> bool:
        """Whether a path leads to anything."""
        try:
            self.find(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def listdir(self, path: str) -> list[str]:
        """The names in a directory."""
        directory = self.find_directory(path)
        self._footprint.listed(directory)
        self._trouble.reading(f"list {path}", path)
        return sorted(directory.entries)

    def _step(self, node: Node, name: str, *told: str) -> Node | None:
        if isinstance(node, FileNode):
            raise failure(ENOTDIR, *told)
        self._footprint.went_by(node, name)
        return node.entries.get(name)

    def _place(self, path: str, *told: str) -> tuple[DirectoryNode, str, Node | None]:
        """The directory of a path's last name, that name, and what it leads to."""
        *above, name = parts(path)
        node = self.find("/".join(above), *told or (path,))
        found = self._step(node, name, *told or (path,))
        assert isinstance(node, DirectoryNode)
        return node, name, found

    # ---- files ---------------------------------------------------------------------------------

    def open(self, path: str, mode: Mode) -> FileNode:
        """The file at a path, made if that is wanted."""
        if not parts(path):
            raise failure(EEXIST if mode.exclusive else EISDIR, path)
        directory, name, node = self._place(path)
        if node is None:
            if not mode.makes:
                raise failure(ENOENT, path)
            self._trouble.changing(f"make {path}", path)
            node = FileNode(self._label(directory, name), self._block_bytes)
            self._change(f"make {path}", Entry(directory, name, node))
            return node
        if mode.exclusive:
            raise failure(EEXIST, path)
        if isinstance(node, DirectoryNode):
            raise failure(EISDIR, path)
        if mode.writes:
            self._trouble.changing(f"open {path}", path)
        else:
            self._trouble.reading(f"open {path}", path)
        return node

    def link(self, old: str, new: str) -> None:
        """A second name for a file."""
        node = self.find(old, old, new)
        if not parts(new):
            raise failure(EEXIST, old, new)
        directory, name, there = self._place(new, old, new)
        if there is not None:
            raise failure(EEXIST, old, new)
        self._trouble.writable(old, new)
        if isinstance(node, DirectoryNode):
            raise failure(EPERM, old, new)
        self._trouble.changing(f"link {old} to {new}", old, new)
        self._change(f"link {old} to {new}", Entry(directory, name, node))

    def unlink(self, path: str) -> None:
        """Take a file's name away."""
        if not parts(path):
            raise failure(EISDIR, path)
        directory, name, node = self._place(path)
        self._trouble.writable(path)
        if node is None:
            raise failure(ENOENT, path)
        if isinstance(node, DirectoryNode):
            raise failure(EISDIR, path)
        self._trouble.changing(f"unlink {path}", path)
        self._change(f"unlink {path}", Entry(directory, name, None))

    # ---- directories ---------------------------------------------------------------------------

    def mkdir(self, path: str) -> None:
        """An empty directory."""
        if not parts(path):
            raise failure(EEXIST, path)
        directory, name, node = self._place(path)
        if node is not None:
            raise failure(EEXIST, path)
        self._trouble.changing(f"mkdir {path}", path)
        self._trouble.room(f"mkdir {path}", self._block_bytes, path)
        made = DirectoryNode(self._label(directory, name))
        self._change(f"mkdir {path}", Entry(directory, name, made))

    def rmdir(self, path: str) -> None:
        """Take an empty directory away."""
        if not parts(path):
            raise failure(EBUSY, path)
        directory, name, node = self._place(path)
        self._trouble.writable(path)
        if node is None:
            raise failure(ENOENT, path)
        if isinstance(node, FileNode):
            raise failure(ENOTDIR, path)
        self._must_be_empty(node, path)
        self._trouble.changing(f"rmdir {path}", path)
        self._change(f"rmdir {path}", Entry(directory, name, None))

    def _must_be_empty(self, node: DirectoryNode, *told: str) -> None:
        self._footprint.listed(node)
        if node.entries:
            raise failure(ENOTEMPTY, *told)

    # ---- renaming ------------------------------------------------------------------------------

    def rename(self, old: str, new: str) -> None:
        """Give something another name, in the place of what was there; in one go for all who look."""
        if not parts(old) or not parts(new):
            raise failure(EBUSY, old, new)
        from_directory, from_name, node = self._place(old, old, new)
        to_directory, to_name, there = self._place(new, old, new)
        self._trouble.writable(old, new)
        if node is None:
            raise failure(ENOENT, old, new)
        if self._is_above(old, new):
            raise failure(EINVAL, old, new)
        if self._is_above(new, old):
            raise failure(ENOTEMPTY, old, new)
        if node is there:
            return
        self._must_give_way(node, there, old, new)
        self._trouble.changing(f"rename {old} to {new}", old, new)
        self._change(
            f"rename {old} to {new}",
            Entry(from_directory, from_name, None),
            Entry(to_directory, to_name, node),
        )

    def _is_above(self, upper: str, lower: str) -> bool:
        """Whether one path leads through what the other leads to. Names are all: there are no links."""
        above, below = parts(upper), parts(lower)
        return len(above) < len(below) and below[: len(above)] == above

    def _must_give_way(self, node: Node, there: Node | None, old: str, new: str) -> None:
        if there is None:
            return
        if isinstance(node, FileNode):
            if isinstance(there, DirectoryNode):
                raise failure(EISDIR, old, new)
        elif isinstance(there, FileNode):
            raise failure(ENOTDIR, old, new)
        else:
            self._must_be_empty(there, old, new)

    # ---- changes -------------------------------------------------------------------------------

    def _change(self, label: str, *entries: Entry) -> None:
        concerns: list[Node] = []
        for directory, name, node in entries:
            concerns += [
                found for found in (directory.entries.get(name), node) if found is not None
            ]
            self._footprint.changed_entry(directory, name, node)
            directory.entries.pop(name, None)
            if node is not None:
                directory.entries[name] = node
        self._footprint.changed_directories()
        self.journal.pending.append(Operation(label, entries, tuple(concerns)))

    def _label(self, directory: DirectoryNode, name: str) -> str:
        label = f"{directory.label}/{name}"
        count = self._made[label] = self._made.get(label, 0) + 1
        return label if count == 1 else f"{label}~{count}"


def parts(path: str) -> list[str]:
    """The names of a path. Slashes too many, and dots alone, mean nothing."""
    return [name for name in path.split("/") if name not in ("", ".")]
