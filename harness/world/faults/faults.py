"""What may strike in a run: pending faults beside the runnable tasks, and faults decided in a step.

A fault costs its kind's budget when it strikes. While there is budget, every pending fault of the
kind is an option at each schedule point; when it is used up, they are options no more.

What a reduction has to know: a fault that cannot strike because another one used the budget up could
have struck instead. That is a race between the two, and is told to the engine as one, whether the
second was pending by then or came up later. So the budget is not something that every step shares
that makes a fault possible: such steps commute with each other, and with faults elsewhere. Only
steps that *ask* (`left`, `choose`) depend on the faults of that kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UnknownFault
from harness.visible import visible
from harness.world.faults.kinds import KINDS, PREFIX
from harness.world.faults.spells import Spell, Spells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.kernel import Action, Engine


class Offer:
    """A fault that may strike. Made by `Faults.offer`.

    Attributes:
      kind: of the fault.
      hits: what it would hit, as in the report.
    """

    def __init__(self, faults: Faults, kind: str, hits: str) -> None:
        self.kind = kind
        self.hits = hits
        self.withdrawn = False
        self.action: Action
        self._faults = faults

    def withdraw(self) -> None:
        """It cannot strike any more. Nothing if it has, or was withdrawn before."""
        self._faults.withdraw(self)


class Faults:
    """The faults of one run, as `World.faults`.

    Attributes:
      struck: kind and target of each that struck, in order.
    """

    def __init__(self, run: Engine, budgets: Mapping[str, int]) -> None:
        self.struck: list[tuple[str, str]] = []
        self._run = run
        self._budgets = dict(budgets)
        self._left = dict(budgets)
        self._pending: dict[Offer, None] = {}
        #: What used up the last of a kind.
        self._spent_by: dict[str, int] = {}
        self._labels: dict[str, int] = {}
        self._spells = Spells(run)

    # ---- for the world -------------------------------------------------------------------------

    def has(self, kind: str) -> bool:
        """Whether any fault of the kind may strike in runs like this one; the same in all of them."""
        if kind not in KINDS:
            self._run.broken = UnknownFault(kind, KINDS)
            raise self._run.broken
        return bool(self._budgets.get(kind))

    def left(self, kind: str) -> int:
        """How many more faults of the kind may strike. The current step depends on that."""
        if not self.has(kind):
            return 0
        self._run.depends(_budget(kind))
        return self._left[kind]

    def offer(self, kind: str, label: str, fire: Callable[[], None]) -> Offer | None:
        """From now on the fault may strike at every schedule point, until it does or is withdrawn.

        Args:
          kind: one of `KINDS`.
          label: what it hits; with the kind, the same for the same fault in every interleaving, and
            for no other: "orders->risk #3".
          fire: makes it happen; runs in a step of nobody's, and belongs to the fault alone.

        Returns:
          The fault, to be withdrawn; None if there is no budget for it in this run.
        """
        run = self._run
        if not self.has(kind) or run.closing:
            return None
        hits = visible(label)
        # One that comes too late is barred at once, and not left out where nobody observes: a run is to
        # be recorded, and replayed, as the same.
        offer = Offer(self, kind, hits)
        offer.action = run.add_action(
            self._named(kind, hits),
            lambda: self._strike(offer, fire),
            limit=(_budget(kind), self._budgets[kind]),
        )
        if not self._left[kind]:
            run.bar_action(offer.action, self._spent_by[kind])
        self._pending[offer] = None
        return offer

    def choose(self, kind: str, label: str, options: Sequence[str]) -> int:
        """Whether a fault strikes within the current step, and which: an index into `options`.

        The first means none, and is the answer where there is no budget; any other costs budget.
        """
        run = self._run
        if not self.left(kind) or run.closing:
            return 0
        index = run.choose(f"{PREFIX}{kind} {visible(label)}", options)
        if index:
            run.note(f"{kind} {label}: {options[index]}", "fault")
            self._spend(kind, visible(label))
        return index

    def lasts(self, label: str, end: Callable[[], None]) -> Spell:
        """What a fault has begun lasts from now on, until the search lets `end` happen, which costs nothing.

        At the latest it ends when nothing else is left to do: before things settle, and before
        liveness is judged.

        Args:
          label: what ends it, told apart like that of a fault: "orders -> is mended".
          end: makes it end; a step of nobody's.
        """
        return self._spells.begin(label, end)

    def stop(self) -> None:
        """Whatever faults have begun ends now."""
        self._spells.end_all()

    def withdraw(self, offer: Offer) -> None:
        """See `Offer.withdraw`."""
        if not offer.withdrawn:
            offer.withdrawn = True
            self._pending.pop(offer, None)
            self._run.remove_action(offer.action)

    # ---- when one strikes ----------------------------------------------------------------------

    def _strike(self, offer: Offer, fire: Callable[[], None]) -> None:
        run = self._run
        del self._pending[offer]
        # What the fault makes is its own, not of the task that happened to run before it.
        before, run.current = run.current, offer.action.index
        try:
            run.note(f"{offer.kind} {offer.hits}", "fault")
            self._spend(offer.kind, offer.hits)
            fire()
        finally:
            run.current = before

    def _spend(self, kind: str, hits: str) -> None:
        run = self._run
        run.affects(_budget(kind))
        self.struck.append((kind, hits))
        self._left[kind] -= 1
        if not self._left[kind]:
            self._spent_by[kind] = run.happening()
            for offer in self._pending:
                if offer.kind == kind:
                    run.bar_action(offer.action, self._spent_by[kind])

    def _named(self, kind: str, hits: str) -> str:
        """The label of a fault: no two of a run have the same."""
        label = f"{PREFIX}{kind} {hits}"
        count = self._labels[label] = self._labels.get(label, 0) + 1
        return label if count == 1 else f"{label}~{count}"


def _budget(kind: str) -> str:
    return f"budget of {kind}"
