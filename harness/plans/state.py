"""How a fleet stands when a plan has come so far: what is down, and what has a copy."""

from __future__ import annotations

import attrs

from harness.plans.moves import AnyMove, Copy, Promote, Restart, Start, Stop


@attrs.frozen
class State:
    """What is down, and what has a copy that nobody has promoted; each sorted."""

    down: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()

    def forbids(self, move: AnyMove) -> str:
        """Why a move cannot be made now; empty if it can."""
        if isinstance(move, Stop | Restart) and move.service in self.down:
            return f"{move.service} is down by then"
        if isinstance(move, Start) and move.service not in self.down:
            return f"{move.service} is up then"
        if isinstance(move, Copy) and move.node in self.copied:
            return f"{move.node} has a copy already: promote it first"
        if isinstance(move, Promote) and move.node not in self.copied:
            return f"{move.node} has no copy that could be promoted: copy it first"
        return ""

    def after(self, move: AnyMove) -> State:
        """What is so when it has been made."""
        if isinstance(move, Stop):
            return attrs.evolve(self, down=tuple(sorted({*self.down, move.service})))
        if isinstance(move, Start):
            return attrs.evolve(self, down=tuple(s for s in self.down if s != move.service))
        if isinstance(move, Copy):
            return attrs.evolve(self, copied=tuple(sorted({*self.copied, move.node})))
        if isinstance(move, Promote):
            return attrs.evolve(self, copied=tuple(n for n in self.copied if n != move.node))
        return self
