"""What is on a disk, for properties: no step, and what was looked at is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.world.disk.nodes import DirectoryNode, FileNode

if TYPE_CHECKING:
    from harness.world.disk.nodes import Node


def look(root: DirectoryNode, names: list[str]) -> tuple[bytes | None, list[str]]:
    """What is in the file that names lead to, or None; and the labels of what that rests on."""
    labels: list[str] = []
    node: Node | None = root
    for name in names:
        if not isinstance(node, DirectoryNode):
            return None, labels
        labels.append(f"{node.label}/{name}")
        node = node.entries.get(name)
    if not isinstance(node, FileNode):
        return None, labels
    return bytes(node.content.cached), [*labels, f"{node.label} (content)"]


def look_at_all(root: DirectoryNode) -> tuple[dict[str, bytes | None], list[str]]:
    """Every path with its bytes, or with None for a directory; and the labels."""
    labels: list[str] = []
    found: dict[str, bytes | None] = {}
    todo = [("", root)]
    while todo:
        path, directory = todo.pop()
        labels.append(f"{directory.label}/*")
        for name, node in directory.entries.items():
            labels.append(f"{directory.label}/{name}")
            inner = f"{path}/{name}"
            if isinstance(node, DirectoryNode):
                todo.append((inner, node))
                found[inner] = None
            else:
                labels.append(f"{node.label} (content)")
                found[inner] = bytes(node.content.cached)
    return dict(sorted(found.items())), labels
