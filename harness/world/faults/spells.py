"""What a fault has begun and the search ends: a pause of a process, a cut in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel import Action, Engine


class Spell:
    """Something that lasts. Made by `Faults.lasts`."""

    def __init__(self, spells: Spells, end: Callable[[], None]) -> None:
        self.action: Action
        self._spells = spells
        self.do_end = end

    def forget(self) -> None:
        """There is nothing left to end. Nothing if it has ended."""
        self._spells.forget(self)


class Spells:
    """All that last now.

    Each ends where the search decides, at the latest when nothing else is left to do: before anything
    settles, and before liveness is judged.
    """

    def __init__(self, run: Engine) -> None:
        self._run = run
        self._pending: dict[Spell, None] = {}
        self._hooked = False
        self._labels: dict[str, int] = {}

    def begin(self, label: str, end: Callable[[], None]) -> Spell:
        """It lasts from now on; `end` ends it."""
        run = self._run
        if not self._hooked:
            self._hooked = True
            run.finish_hooks.insert(0, self.end_all)
        count = self._labels[label] = self._labels.get(label, 0) + 1
        spell = Spell(self, end)
        name = label if count == 1 else f"{label}~{count}"
        spell.action = run.add_action(name, lambda: self._fire(spell, label))
        self._pending[spell] = None
        return spell

    def forget(self, spell: Spell) -> None:
        """See `Spell.forget`."""
        self._pending.pop(spell, None)
        self._run.remove_action(
            spell.action
        )  # also if it has ended: it is up to that whether it still can

    def end_all(self) -> bool:
        """Everything ends; was there anything?"""
        pending = list(self._pending)
        for spell in pending:
            self.forget(spell)
            spell.do_end()
        return bool(pending)

    def _fire(self, spell: Spell, label: str) -> None:
        run = self._run
        del self._pending[spell]
        before, run.current = run.current, spell.action.index
        run.note(label)
        spell.do_end()
        run.current = before
