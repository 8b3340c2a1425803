"""What an audit says: how many pairs were swapped, and which of them do not commute after all."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Side:
    """One of two steps that do not commute.

    Attributes:
      task: the label of the task or fault.
      process: the label of its process.
      reads, writes, parts: what it is known to touch, by label.
      begins, ends: file and line where the task stood before and after the step, where that is known.
    """

    task: str
    process: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    parts: tuple[str, ...]
    begins: str = ""
    ends: str = ""


@attrs.frozen(kw_only=True)
class Mismatch:
    """Two steps that were said to commute, and do not.

    Attributes:
      first, second: the steps, in the order in which the search took them.
      differs: what comes to something else when they are swapped.
      shared: plain memory that both tasks reach and that one of the two steps changes; empty if none
        was found.
      schedule: the number of the schedule in which they stand.
      step: the place of the first step in it.
      is_ours: whether the harness does not know what these steps touch; else the memory is the user's.
      advice: what to do next.
    """

    first: Side
    second: Side
    differs: str
    shared: tuple[str, ...]
    schedule: int
    step: int
    is_ours: bool
    advice: str


@attrs.frozen(kw_only=True)
class Audited:
    """The result of an audit.

    Attributes:
      swaps: how many pairs of neighbouring steps were run the other way round.
      pairs: how many different pairs these were.
      schedules: in how many schedules of the search.
      runs: how many runs that took.
      wall_s: how long.
      interrupted: whether somebody pressed Ctrl-C.
      mismatches: the pairs that came to something else.
    """

    swaps: int
    pairs: int
    schedules: int
    runs: int
    wall_s: float
    interrupted: bool = False
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether all that were swapped commute."""
        return not self.mismatches
