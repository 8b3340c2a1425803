"""What can go wrong with a disk while it has power, and how the operating system says so.

Each is asked for where it would be met, so that a fault which nobody would notice is not spent.
"""

from __future__ import annotations

from errno import EIO, ENOSPC, EROFS
from typing import TYPE_CHECKING, Literal, Protocol

from harness.world.disk.failures import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.kernel import Engine


class Faults(Protocol):
    """What this room needs of the world's faults."""

    def choose(self, kind: str, label: str, options: Sequence[str]) -> int:
        """Decide now: option 0 is no fault; another costs budget, and without budget it is 0."""

    def offer(self, kind: str, label: str, fire: Callable[[], None]) -> object | None:
        """A pending fault beside the runnable tasks, while there is budget."""


class Trouble:
    """The faults of one disk, and what they leave behind.

    Attributes:
      full: there is no room for anything more. Others take what is set free.
      read_only: nothing can be changed any more, as ext4 does when it has found an error.
    """

    def __init__(self, run: Engine, faults: Faults, disk: str) -> None:
        self.full = False
        self.read_only = False
        self._run = run
        self._faults = faults
        self._disk = disk

    def reading(self, what: str, *paths: str) -> None:
        """The device may fail: EIO."""
        if self._strikes("io_error", what, "EIO"):
            raise failure(EIO, *paths)

    def changing(self, what: str, *paths: str) -> None:
        """Beside that, the file system may be, or turn, read-only: EROFS."""
        self.writable(*paths)
        if self._strikes("read_only", what, "EROFS"):
            self.read_only = True
            self._run.write(f"{self._disk} (read only)", True)
            raise failure(EROFS, *paths)
        self.reading(what, *paths)

    def writable(self, *paths: str) -> None:
        """Where Linux looks for that first: EROFS if the file system is read-only by now."""
        self._run.read(f"{self._disk} (read only)", self.read_only)
        if self.read_only:
            raise failure(EROFS, *paths)

    def room(self, what: str, growth_bytes: int, *paths: str) -> int:
        """How much of the growth there is room for; none at all is ENOSPC."""
        label = f"{self._disk} (full)"
        self._run.read(label, self.full)
        if self.full:
            raise failure(ENOSPC, *paths)
        options = ["room", "no room", "room for half"][: 3 if growth_bytes > 1 and not paths else 2]
        picked = self._choose("full", what, options)
        if picked == 0:
            return growth_bytes
        self.full = True
        self._run.write(label, True)
        if picked == 1:
            raise failure(ENOSPC, *paths)
        return growth_bytes // 2

    def syncing(
        self, what: str, *, drops_pages: bool
    ) -> Literal["durable", "pretended", "dropped"]:
        """What becomes of what is to be synced; dropped is what fails and is not tried again."""
        if self._strikes("lying_fsync", what, "pretended"):
            return "pretended"
        if drops_pages and self._strikes("fsync_error", what, "EIO, and the pages are dropped"):
            return "dropped"
        return "durable"

    def mended(self, name: Literal["full", "read only"]) -> None:
        """Somebody saw to it."""
        if name == "full":
            self.full = False
        else:
            self.read_only = False
        self._run.write(f"{self._disk} ({name})", False)

    def _strikes(self, kind: str, what: str, outcome: str) -> bool:
        return self._choose(kind, what, ["done", outcome]) == 1

    def _choose(self, kind: str, what: str, options: Sequence[str]) -> int:
        return self._faults.choose(kind, f"{self._disk}: {what}", options)
