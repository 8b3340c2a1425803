"""What a run can be found guilty of."""

from __future__ import annotations

import attrs


@attrs.frozen
class Failure:
    """One thing that went wrong in one run.

    Attributes:
      property: what should have held, in words that are the same for every such failure: with the
        scenario and `where` it makes the fingerprint by which failures are told apart.
      message: what happened in this run, for people.
      where: file and function, or the names involved; part of the fingerprint.
      by_scenario: whether the scenario's own main raised what is no assertion: it may well be the
        scenario that is wrong, rather than what it plays out.
    """

    property: str
    message: str
    where: str = ""
    by_scenario: bool = False
