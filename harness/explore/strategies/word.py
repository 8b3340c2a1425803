"""An order of steps that is drawn before a run, and kept to as far as the run allows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container


class Word:
    """Whose turn it is: labels of tasks, one for each step that is expected.

    Steps may be taken out of turn, where there is no other way; the next place of that label in the
    word is then passed by. So are the places of tasks that are over.
    """

    __slots__ = ("_early", "_places", "turn")

    def __init__(self, labels: list[str]) -> None:
        self._places = labels[::-1]  # the next one last
        self._early: Counter[str] = Counter()
        #: The label whose turn it is; None between turns, and when all is done.
        self.turn: str | None = None

    def advance(self, is_over: Callable[[str], bool]) -> bool:
        """Make sure that it is the turn of somebody who is not over; False: nobody is left."""
        while self.turn is None or is_over(self.turn):
            if not self._places:
                self.turn = None
                return False
            label = self._places.pop()
            if self._early[label]:
                self._early[label] -= 1
            else:
                self.turn = label
        return True

    def taken(self, label: str) -> None:
        """A step was taken, in turn or not."""
        if label == self.turn:
            self.turn = None
        else:
            self._early[label] += 1

    def let_in(self, waiting: Container[str]) -> bool:
        """Whose turn it is cannot go on: the next in the word who can goes first. False: nobody can."""
        places = self._places
        for place in range(len(places) - 1, -1, -1):
            if places[place] in waiting:
                due, self.turn = self.turn, places.pop(place)
                if due is not None:
                    places.append(due)
                return True
        return False
