"""What the world needs from the room above it, stated here so that arrows point one way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class PropertySink(Protocol):
    """Where a scenario's properties go. Implemented by `harness.properties.Properties`."""

    def always(self, name: str, predicate: Callable[[], bool]) -> None:
        """`predicate` must hold after every step that writes something it reads."""

    def eventually(self, name: str, predicate: Callable[[], bool], *, within_s: float) -> None:
        """`predicate` must hold within a time, once faults have stopped and all run fairly."""

    def sometimes(self, name: str, reached: bool = True) -> None:
        """A point that some schedule must reach, or a pass does not count."""

    def critical(self, store: Any, key: Any, **options: Any) -> Any:
        """Declare the value under `key` in `store` critical; returns its handle."""

    def history(self, name: str, spec: Any, **options: Any) -> Any:
        """Record operations or transactions under a name; they are checked at the end of the run."""
