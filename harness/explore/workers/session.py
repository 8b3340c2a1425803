"""Doing items: what a worker does, and whoever works alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import attrs

from harness.explore.asked import Asked
from harness.explore.evidence import Evidence
from harness.explore.found import Found, Kind as FoundKind
from harness.explore.loop import Exploration, Progress
from harness.explore.resume import schedule_in, stored_scorecard, witness_of
from harness.explore.scenario import Scenario
from harness.explore.strategies import DepthFirst, Portfolio, make_strategy
from harness.explore.strategies.base import Resumable
from harness.explore.subject import Subject
from harness.explore.workers.items import Item, Kind, Part, Piece, Shown
from harness.kernel import Kernel

if TYPE_CHECKING:
    from harness.explore.strategies.base import Strategy

#: A search that cannot be handed on just then goes on for so many schedules.
MORE = 16


@attrs.define
class Session:
    """One search after the other; pieces of one share a kernel.

    Attributes:
      find: the scenario of a name.
      beat: called now and then between two schedules; whether to stop after the one at hand.
      tell: called about ten times a second with how far a piece has come, and at its end.
      made: told of each kernel, before its first run.
      begun: called for each item once its scenario is there.
    """

    find: Callable[[str], Scenario]
    beat: Callable[[], bool] = lambda: False
    tell: Callable[[Progress], None] = lambda _: None
    made: Callable[[Kernel], None] = lambda _: None
    begun: Callable[[], None] = lambda: None
    _of: tuple[str, Asked] | None = attrs.field(default=None, init=False)
    _subject: Subject | None = attrs.field(default=None, init=False)
    _kernel: Kernel | None = attrs.field(default=None, init=False)
    _open: ExitStack = attrs.field(factory=ExitStack, init=False)

    def close(self) -> None:
        """No more items of this search."""
        self._of = self._kernel = None
        self._open.close()

    def do(self, item: Item) -> Part | Shown:
        """Do it.

        Raises:
          HarnessError: it cannot be done.
        """
        if self._of != (item.scenario, item.asked):
            self.close()
            self._subject = item.asked.subject(self.find(item.scenario))
            self._of = (item.scenario, item.asked)
        self.begun()
        if item.shown is not None:
            return self._show(item, item.shown)
        assert item.piece is not None
        return self._search(item.asked, item.piece)

    def _kernel_for(self, asked: Asked, *, anew: bool) -> Kernel:
        """The kernel that is there; for a reduction, which numbers what it meets, a fresh one."""
        assert self._subject is not None
        kernel = self._kernel
        if kernel is None or (anew and not kernel.interrupted):
            self._open.close()
            made = self._subject.kernel(asked.seed, observed=asked.strategy == "dpor")
            kernel = self._kernel = self._open.enter_context(made)
            self.made(kernel)
        return kernel

    # ---- a piece of a search ---------------------------------------------------------------------

    def _search(self, asked: Asked, piece: Piece) -> Part:
        assert self._subject is not None
        reduces = asked.strategy == "dpor" or piece.part == "proving"
        kernel = self._kernel_for(asked, anew=reduces)
        strategy = _strategy(asked, piece)
        exploration = Exploration(
            subject=self._subject,
            strategy=strategy,
            options=asked.search_options,
            seed=asked.seed,
            schedules_max=piece.schedules,
            time_budget_s=piece.seconds,
            stop_at_first=piece.stop_at_first,
            known=frozenset(piece.known),
            shrink=False,
            callback=None,
            before=piece.before,
            show_every_s=-1.0 if piece.announced else 0.1,
        )
        exploration.callback = self._watching(exploration)
        found = exploration.piece(kernel)
        state = None
        if piece.handed_on:
            state = _handed_on(exploration, kernel)
        elif isinstance(strategy, DepthFirst) and not strategy.exhausted:
            state = strategy.state()  # nobody goes on, but how much is left can be told
        return _part(exploration, found, state)

    def _watching(self, exploration: Exploration) -> Callable[[Progress], None]:
        def watch(progress: Progress) -> None:
            if self.beat():
                exploration.halted = True
            self.tell(progress)

        return watch

    # ---- a failure that was found ----------------------------------------------------------------

    def _show(self, item: Item, kind: Kind) -> Shown:
        assert self._subject is not None
        asked = item.asked
        evidence = Evidence(
            subject=self._subject,
            kernel=self._kernel_for(asked, anew=False),
            observed=asked.strategy == "dpor",
            found=Found(scenario=self._subject.scenario.name),
            strategy=asked.strategy,
            seed=asked.seed,
            shrink=item.shrink,
            interrupted=False,
        )
        violation = evidence.of(_found_kind(kind))
        return Shown(
            message=violation.message,
            trace=violation.trace,
            under_trio=violation.under_trio,
            decided_by=violation.decided_by,
            shrunk_from=violation.shrunk_from,
        )


def _strategy(asked: Asked, piece: Piece) -> Strategy:
    if asked.strategy == Portfolio.name:
        made: Strategy = Portfolio(piece.seed, part=piece.part)
    else:
        made = make_strategy(asked.strategy, piece.seed, asked.search_options)
    if piece.state is not None:
        assert isinstance(made, Resumable)
        made.restore(piece.state)
    return made


def _handed_on(exploration: Exploration, kernel: Kernel) -> dict[str, Any] | None:
    """Where somebody can go on: if need be, a few schedules later. None: that is the end."""
    strategy = exploration.strategy
    assert isinstance(strategy, Resumable)
    while exploration.at_its_limit:
        state = strategy.state()
        if state is not None:
            return state
        assert exploration.schedules_max is not None
        exploration.schedules_max += MORE
        exploration.piece(kernel)
    return None if strategy.exhausted else strategy.state()


def _part(exploration: Exploration, found: Found, state: dict[str, Any] | None) -> Part:
    return Part(
        ending=exploration.ending(),
        schedules=found.schedules,
        sampled=found.sampled,
        steps=found.steps,
        cut=found.cut,
        cut_where=found.cut_where,
        undecided=found.undecided,
        reached=found.reached,
        faults=found.uses.counts(),
        scorecard=stored_scorecard(found.tally.scorecard()),
        classes=found.classes.counts(),
        kinds=tuple(map(_kind, found.kinds.values())),
        state=state,
        interrupted=exploration.interrupted,
    )


def _kind(kind: FoundKind) -> Kind:
    return Kind(
        failure=kind.failure,
        fingerprint=kind.fingerprint,
        first_seen=kind.first_seen,
        seen=kind.seen,
        stuck=kind.stuck,
        witness=witness_of(kind.schedule, kind.digest),
    )


def _found_kind(kind: Kind) -> FoundKind:
    return FoundKind(
        failure=kind.failure,
        fingerprint=kind.fingerprint,
        first_seen=kind.first_seen,
        schedule=schedule_in(kind.witness),
        digest=kind.witness.digest,
        stuck=kind.stuck,
        seen=kind.seen,
    )
