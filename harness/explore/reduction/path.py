"""Where a search is: the path it keeps, who sleeps beside it, and what is still to be explored."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from harness.explore.estimate import Level
from harness.explore.reduction.history import History
from harness.explore.reduction.stored import Reader, StoredPath
from harness.explore.reduction.wakeup import Node, Step, Steps, after, is_done

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.explore.reduction.wakeup import Data
    from harness.kernel import Event


class Path:
    """See the module.

    Attributes:
      history: what happened in the run at hand; between two runs, what they have in common.
      asleep: for each depth, the steps that need not be taken again before something has happened with
        which they conflict.
      trees: for each depth, what is still to be explored.
      steps: those that were seen.
      forced: what the next run begins with: what it has in common with the last, then a branch.
      kept: how many events the next run has in common with the last.
    """

    def __init__(self) -> None:
        self.history = History()
        self.asleep: list[list[Step]] = [[]]
        self.trees: list[list[Node]] = [[]]
        self.steps = Steps()
        self.forced: list[Event | Step] = []
        self.kept = 0
        #: Of those asleep at each depth, how many slept before already; the others are done with there.
        self._inherited = [0]

    # ---- during a run --------------------------------------------------------------------------

    def extend(self, events: Sequence[Event], length: int) -> Iterator[tuple[int, Event]]:
        """Note who sleeps after each of so many events; and name those before which anybody did."""
        while len(self.asleep) <= length:
            place = len(self.asleep) - 1
            event = events[place]
            asleep = self.asleep[place]
            self.asleep.append(_still_asleep(asleep, event) if asleep else [])
            self._inherited.append(len(self.asleep[-1]))
            if len(self.trees) <= place + 1:
                self.trees.append([])
            if asleep:
                yield place, event

    # ---- after a run ---------------------------------------------------------------------------

    def remember(self, events: Sequence[Event], length: int) -> None:
        """Add to the history what happened up to there."""
        for number in range(len(self.history), length):
            self.history.add(events[number])

    def offer_options(self) -> None:
        """The other options of choices made within new steps."""
        for place in range(self.kept, len(self.history)):
            event = self.history.events[place]
            for position, (picked, count) in enumerate(event.data):
                for option in range(count):
                    if option != picked:
                        self._offer_option(place, event, (*event.data[:position], (option, count)))

    def _offer_option(self, place: int, event: Event, data: Data) -> None:
        who, length, tree = event.who, len(data), self.trees[place]
        firsts = [node.steps[0] for node in tree]
        if any(step.who == who and step.data[:length] == data for step in firsts):
            return
        taken = [step.data for step in self.asleep[place] if step.who == who]
        for option in data:
            taken = after(option, taken)
            if is_done(taken):
                return
        tree.insert(0, Node((Step(who, data, None, open_ended=True),)))

    def step_back(self) -> bool:
        """Give up the last events up to one before which there is something left; is there any?"""
        trees, asleep = self.trees, self.asleep
        events = self.history.events
        place = len(events) - 1
        while place >= 0 and not trees[place]:
            place -= 1
        if place < 0:
            return False
        del trees[place + 1 :]
        del asleep[place + 1 :]
        del self._inherited[place + 1 :]
        asleep[place].append(self.steps.of(events[place]))
        self.history.cut(place)
        self.kept = place
        self.forced = [*self.history.events]
        while trees[-1]:
            node = trees[-1].pop(0)
            self.forced += node.steps
            trees += [[] for _ in node.steps[1:]]
            trees.append(node.children)
        return True

    # ---- between two runs ----------------------------------------------------------------------

    def levels(self) -> list[Level]:
        """The branches on the way to the next run, as far as they are known."""
        levels = []
        for place, tree in enumerate(self.trees[: len(self.forced)]):
            done = len(self.asleep[place]) - self._inherited[place] if place <= self.kept else 0
            width = done + 1 + len(tree)
            if width > 1:
                levels.append(Level(width, done, range(done + 1, width)))
        return levels

    def stored(self) -> StoredPath:
        """Where the search stands, as data. Of a run that was broken off nothing is left in it."""
        kept = self.kept
        return StoredPath.of(
            self.history.events[:kept],
            [step for step in self.forced[kept:] if isinstance(step, Step)],
            self.asleep[: kept + 1],
            self.trees[: len(self.forced) + 1],
        )

    @classmethod
    def restored(cls, stored: StoredPath) -> Path:
        """The path that data stand for.

        Raises:
          ValueError: they stand for none.
        """
        events = stored.checked_events()
        path = cls()
        reader = Reader(stored.steps, path.steps)
        for event in events:
            path.history.add(event)
        path.kept = len(events)
        path.forced = [*path.history.events, *map(reader.step, stored.forced)]
        path.asleep = [list(map(reader.step, steps)) for steps in stored.asleep]
        nodes = iter(reader.nodes(stored.nodes))
        path.trees = [list(islice(nodes, count)) for count in stored.trees]
        if sum(stored.trees) != sum(map(len, path.trees)) or next(nodes, None) is not None:
            raise ValueError("a tree begins nowhere")
        for sleepers, known in zip(path.asleep, path.history.events, strict=False):
            path._inherited.append(len(_still_asleep(sleepers, known)))
        return path


def _still_asleep(steps: list[Step], event: Event) -> list[Step]:
    """Those that do not conflict with what happens."""
    found = []
    for step in steps:
        assert step.event is not None
        if not step.event.conflicts(event):
            found.append(step)
    return found
