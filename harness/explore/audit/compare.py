"""Whether two runs that differ in the order of some independent steps did the same, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.explore.parting import apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.explore.audit.pairs import Pair
    from harness.explore.audit.record import Record, Step
    from harness.kernel import Names

_FOOTPRINT = ("reads", "writes", "writes a part of")
_VERBS = ("reads", "writes", "chooses", "writes a part of")


def is_same(before: Record, after: Record, order: Sequence[int], pairs: Sequence[Pair]) -> bool:
    """Whether `after` is `before` in that order."""
    steps = before.steps
    return (
        [steps[place] for place in order] == after.steps
        and before.end == after.end
        and before.rest == after.rest
        and before.between == after.between
        and _outside(before.options, pairs) == _outside(after.options, pairs)
    )


def _outside(options: Mapping[int, tuple[int, ...]], pairs: Sequence[Pair]) -> dict[int, Any]:
    """Who could go on, but for the places within a pair, where that differs by right."""
    kept = dict(options)
    for pair in pairs:
        for place in range(pair.begin + 1, pair.end):
            kept.pop(place, None)
    return kept


class Differences:
    """Puts into words what differs between two orders of the same steps."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._labels = {number: label for label, number in names.tasks.items()}

    def label(self, who: int) -> str:
        """Of a task or a fault."""
        return "time passing" if who == 0 else self._labels[who]

    def first(self, before: Record, after: Record, order: Sequence[int], pair: Pair) -> str:
        """The first thing that differs, in one line."""
        for place, (old, step) in enumerate(zip(order, after.steps, strict=False)):
            if before.steps[old] != step:
                return self._of_step(before.steps[old], step)
            if place + 1 >= pair.end:
                text = self._of_options(before, after, place + 1)
                if text:
                    return text
        if len(before.steps) != len(after.steps):
            return self._of_length(before, after, order)
        return self._of_end(before, after)

    def _of_step(self, old: Step, new: Step) -> str:
        who = self.label(old[0])
        if old[0] != new[0]:
            return f"where {who} went on, {self.label(new[0])} does"
        for verb, was, now in zip(_FOOTPRINT, old[1:4], new[1:4], strict=True):
            if was != now:
                return f"{who} {verb} {self._things(was, now)}, then {self._things(now, was)}"
        was_said, now_said = _parted(old[5], new[5])
        return f"{who} {was_said}, then {now_said}"

    def _things(self, bits: int, others: int) -> str:
        return ", ".join(self._names.in_words(bits & ~others)) or "no more"

    def _of_options(self, before: Record, after: Record, place: int) -> str:
        was, now = before.options.get(place), after.options.get(place)
        if was == now:
            return ""
        return f"{self._who(was)} could go on after the two, then {self._who(now)}"

    def _who(self, options: Sequence[int] | None) -> str:
        if options is None:
            return "only one task"
        return " and ".join(sorted(self.label(who) for who in options))

    def _of_length(self, before: Record, after: Record, order: Sequence[int]) -> str:
        count = len(after.steps)
        if count < len(order):
            who = self.label(before.steps[order[count]][0])
            return f"{who} goes on after {count} steps, and then cannot"
        who = self.label(after.steps[len(order)][0])
        return f"nobody goes on after {len(order)} steps, and then {who} does"

    def _of_end(self, before: Record, after: Record) -> str:
        for name in {**before.end, **after.end}:
            was, now = before.end.get(name), after.end.get(name)
            if was != now:
                first, second = apart(str(was), str(now))
                return f"{name} is at the end {first}, then {second}"
        if before.between != after.between:
            return "time passes in another place"
        first, second = _parted(before.rest, after.rest)
        return f"after the explored part: {first}, then {second}"


def _parted(old: Sequence[Any], new: Sequence[Any]) -> tuple[str, str]:
    """The first items that differ."""
    for was, now in zip(old, new, strict=False):
        if was != now:
            return apart(_said(was), _said(now))
    if len(old) > len(new):
        return _said(old[len(new)]), "does less"
    return ("does less", _said(new[len(old)])) if len(new) > len(old) else ("", "")


def _said(item: Any) -> str:
    if isinstance(item, tuple):
        value = "" if item[1] == 3 else f" {item[2]}"
        return f"{_VERBS[item[1]]} {item[0]}{value}"
    return f"begins at {item!r} s" if isinstance(item, float) else f"makes {item}"
