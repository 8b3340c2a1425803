"""One small broken service for each kind of fault: what the kind is there to find."""

from __future__ import annotations

from tests.quality.catalogue import disks, network, processes, times
from tests.quality.catalogue.entry import Entry

#: By kind of fault, in the order in which the kinds are documented.
CATALOGUE: dict[str, Entry] = {
    entry.kind: entry
    for module in (processes, times, network, disks)
    for entry in vars(module).values()
    if isinstance(entry, Entry)
}

__all__ = ["CATALOGUE", "Entry"]
