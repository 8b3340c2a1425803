"""A violation of critical state, told from its episode: who wrote, who used, which gate was late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.properties.episodes import Episode, Look, Use
from harness.properties.texts import brief

if TYPE_CHECKING:
    from collections.abc import Sequence

_USES_SHOWN_MAX = 3


@attrs.frozen(kw_only=True)
class CriticalViolation:
    """Corrupt critical state that something irreversible rested on."""

    episode: Episode

    def __attrs_post_init__(self) -> None:
        assert self.episode.uses
        assert self.episode.outcome in ("late", "passed", "escaped")

    @property
    def name(self) -> str:
        """The name of the violated property; equal for every violation of the same key."""
        return f"{self.episode.key} was used before its gate"

    @property
    def message(self) -> str:
        """One line: what was written by whom, who used it, and what the gates did about it."""
        write = self.episode.write
        return (
            f"{self.name}: {write.writer} wrote {brief(write.value)} "
            f"(last good: {brief(write.good)}); {_uses_text(self.episode.uses)}; "
            f"{_gates_text(self.episode)}"
        )


def violation_of(episode: Episode) -> CriticalViolation | None:
    """The violation that `episode` is, or None when nothing irreversible rested on it."""
    return CriticalViolation(episode=episode) if episode.uses else None


def _uses_text(uses: tuple[Use, ...]) -> str:
    shown = [f"{use.task} did {brief(use.effect)}" for use in uses[:_USES_SHOWN_MAX]]
    if len(uses) > _USES_SHOWN_MAX:
        shown.append(f"{len(uses) - _USES_SHOWN_MAX} more")
    return f"{', '.join(shown)} on it (cost {sum(use.cost for use in uses)})"


def _gates_text(episode: Episode) -> str:
    if episode.outcome == "escaped":
        return "no gate saw it"
    if episode.outcome == "passed":
        return f"{_names(episode.looks)} let it through{' (vacuous)' * episode.vacuous}"
    return _late_text([look for look in episode.looks if look.blocked], episode.uses[0].step)


def _late_text(blocks: Sequence[Look], used_at_step: int) -> str:
    if blocks[0].step < used_at_step:
        return f"{_names(blocks)} blocked it, and it was used all the same"
    return f"{_names(blocks)} blocked it too late"


def _names(looks: Sequence[Look]) -> str:
    """The gates' names, each once, in the order of their first look."""
    names = dict.fromkeys(look.gate for look in looks)
    return f"gate {', '.join(brief(name) for name in names)}"
