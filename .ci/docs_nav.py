"""Build the docs navigation from the folders, so that a new page appears by being there."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

SECTIONS = {
    "Tutorial": "tutorial",
    "How-to": "how-to",
    "Explanation": "explanation",
    "Reference": "reference",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Set the navigation: home, a section for each folder with its index first, limitations."""
    pages = sorted(file.src_uri for file in files.documentation_pages())
    nav: list[Any] = ["index.md"]
    nav += [{title: section(pages, folder)} for title, folder in SECTIONS.items()]
    placed = {"index.md", *(page for entry in nav[1:] for page in next(iter(entry.values())))}
    config.nav = nav + [page for page in pages if page not in placed]
    return files


def section(pages: list[str], folder: str) -> list[str]:
    """Pages below a folder, its index first."""
    inside = [page for page in pages if PurePosixPath(page).parts[0] == folder]
    return sorted(inside, key=lambda page: (page != f"{folder}/index.md", page))
