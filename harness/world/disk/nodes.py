"""What names in the file system lead to: files and directories."""

from __future__ import annotations

from typing import TypeAlias

from harness.world.disk.content import Content


class FileNode:
    """A file, whatever its names are. It lives as long as a name or an open file leads to it.

    Attributes:
      label: where it was made, the same in every run whatever it is called later.
      content: its bytes.
    """

    def __init__(self, label: str, block_bytes: int) -> None:
        self.label = label
        self.content = Content(block_bytes)

    def __repr__(self) -> str:
        return f"<file {self.label}>"


class DirectoryNode:
    """A directory.

    Attributes:
      label: as of a file.
      entries: what every process sees.
      durable: what is left if every unsynced operation is lost.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.entries: dict[str, Node] = {}
        self.durable: dict[str, Node] = {}

    def __repr__(self) -> str:
        return f"<directory {self.label}>"


Node: TypeAlias = FileNode | DirectoryNode
