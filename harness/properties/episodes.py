"""What became of each corruption of critical state: exactly one of five outcomes.

A *value* is corrupt when `valid(good, value)` is false, where `good` is the last valid present
value (never a corrupt one). A missing value is corrupt unless `allow_missing`, and it never
becomes `good`: what is written after a gap is still judged against the last value seen before it.

An *episode* is one of two things:

* **stored**: it begins with a write of a corrupt value while none is open, takes in every further
  corrupt write, and ends when a valid value is written (a repair, a rollback) or with the run.
* **candidate**: a gate blocked a corrupt value before it was written. It is over at once.

A *use* is an irreversible effect that rests on a version of a stored episode, even if it has been
repaired since. An effect rests on what its task read last; if its task never read the key, on
what its process read last; if neither did and the effect names the key, on what is stored.

A gate *saw* an episode when it judged one of its versions, or when it let through a candidate
which the same task then stored as its next write (so that there is an episode to see). A gate
that judged a good version saw nothing, however soon the corruption came: a check gone stale.

The outcome follows from three questions:

| used? | some gate blocked it? | some gate let it through? | outcome |
|-------|-----------------------|---------------------------|---------|
| no    | yes                   | either                    | caught  |
| no    | no                    | yes                       | passed  |
| no    | no                    | no                        | unused  |
| yes   | yes, before or after  | either                    | late    |
| yes   | no                    | yes                       | passed  |
| yes   | no                    | no                        | escaped |

A gate that let a value through is *vacuous*, when it was asked, if what it compared with proves
nothing: the reference is missing, or corrupt itself, or a version of the very same episode. A
passed episode is vacuous when every gate that let it through was. A gate that compares with
nothing (a range check) is never vacuous.

A candidate episode is always caught. An episode that was used is a violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

Outcome = Literal["caught", "late", "passed", "escaped", "unused"]
OUTCOMES: tuple[Outcome, ...] = ("caught", "late", "passed", "escaped", "unused")


class Write(Struct, frozen=True, kw_only=True):
    """A corrupt value and the one it was judged against."""

    value: object
    good: object
    writer: str
    step: int
    time_s: float


class Look(Struct, frozen=True, kw_only=True):
    """One gate's decision about an episode."""

    gate: str
    blocked: bool
    vacuous: bool
    by: str
    step: int
    time_s: float


class Use(Struct, frozen=True, kw_only=True):
    """One irreversible effect that rested on an episode. `cost` counts in the user's units."""

    effect: str
    cost: int
    process: str | None
    task: str
    step: int
    time_s: float


class Episode(Struct, frozen=True, kw_only=True):
    """One corruption of `key`, from its first corrupt value to its repair or the end of the run.

    `uses` are in the order in which they happened, `looks` in the order in which they became looks
    at this episode (a look at a candidate does when the candidate is stored). `repaired_s` is None
    when nobody wrote a valid value any more.
    """

    key: str
    kind: Literal["stored", "candidate"]
    write: Write
    looks: tuple[Look, ...]
    uses: tuple[Use, ...]
    repaired_s: float | None
    # Both follow from `looks` and `uses`; make episodes with `episode_of`, which sees to that.
    outcome: Outcome
    vacuous: bool

    def __post_init__(self) -> None:
        assert self.kind == "stored" or (self.outcome == "caught" and not self.uses)
        assert self.outcome == "passed" or not self.vacuous


def episode_of(
    key: str,
    write: Write,
    *,
    looks: Sequence[Look],
    uses: Sequence[Use] = (),
    kind: Literal["stored", "candidate"] = "stored",
    repaired_s: float | None = None,
) -> Episode:
    """The episode, with the outcome that follows from its looks and uses."""
    let_through = [look for look in looks if not look.blocked]
    blocked = len(let_through) < len(looks)
    outcome = outcome_of(used=bool(uses), blocked=blocked, let_through=bool(let_through))
    return Episode(
        key=key,
        kind=kind,
        write=write,
        looks=tuple(looks),
        uses=tuple(uses),
        repaired_s=repaired_s,
        outcome=outcome,
        vacuous=outcome == "passed" and all(look.vacuous for look in let_through),
    )


def outcome_of(*, used: bool, blocked: bool, let_through: bool) -> Outcome:
    """The table at the top of this module. Asserts that exactly one outcome holds."""
    holds = (
        blocked and not used,  # caught
        blocked and used,  # late
        let_through and not blocked,  # passed
        used and not blocked and not let_through,  # escaped
        not used and not blocked and not let_through,  # unused
    )
    assert sum(holds) == 1, holds
    return OUTCOMES[holds.index(True)]
