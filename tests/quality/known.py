"""The programs whose number of classes is known exactly, from papers, other tools, or mathematics.

A class is a Mazurkiewicz trace: interleavings that differ only in the order of steps that do not
conflict. An optimal reduction makes exactly one run for each, and none in vain.
"""

from __future__ import annotations

from math import factorial

import attrs

from tests.quality import programs
from tests.quality.programs import Body


@attrs.frozen
class Known:
    """A program with a known answer.

    Attributes:
      name: as in the literature.
      body: what to explore.
      classes: how many there are.
      deadlocks: in how many of them nothing can go on at the end.
    """

    name: str
    body: Body
    classes: int
    deadlocks: int = 0


def by_name(program: Known) -> str:
    """The name of its test."""
    return program.name


def last_zero(count: int) -> Known:
    """(N + 3) 2^(N - 2)."""
    return Known(f"lastzero({count})", programs.last_zero(count), (count + 3) * 2**count // 4)


def readers(count: int) -> Known:
    """Each reads before or after the write."""
    return Known(f"readers({count})", programs.readers(count), 2**count)


def writers(count: int) -> Known:
    """Every order of the writes."""
    return Known(f"writers({count})", programs.writers(count), factorial(count))


def indexer(count: int) -> Known:
    """Three pairs of words collide for each task beyond the eleventh."""
    return Known(f"indexer({count})", programs.indexer(count), 8 ** max(0, count - 11))


def lost(tasks: int, rounds: int, classes: int) -> Known:
    """With one round, (N!)^2."""
    return Known(f"lost({tasks},{rounds})", programs.lost(tasks, rounds), classes)


def increments(tasks: int, rounds: int) -> Known:
    """Every order of increments that keeps each task's own."""
    return Known(
        f"rmw({tasks},{rounds})", programs.increments(tasks, rounds), _orders(tasks, rounds)
    )


def locked(tasks: int, rounds: int) -> Known:
    """The same with a lock."""
    return Known(
        f"lockinc({tasks},{rounds})", programs.locked(tasks, rounds), _orders(tasks, rounds)
    )


def cas_rotation(count: int) -> Known:
    """As counted by brute force."""
    classes = {2: 2, 3: 5, 4: 14, 5: 43, 6: 144, 7: 523, 8: 2048, 9: 8597}[count]
    return Known(f"casrot({count})", programs.cas_rotation(count), classes)


def philosophers(count: int) -> Known:
    """Who of each two neighbours comes first; all of one mind is the deadlock one way only."""
    return Known(f"philosophers({count})", programs.philosophers(count), 2**count - 1, deadlocks=1)


def reorder(setters: int, checkers: int, classes: int) -> Known:
    """As counted by brute force."""
    return Known(f"reorder({setters},{checkers})", programs.reorder(setters, checkers), classes)


def two_stage(writing: int, reading: int, classes: int) -> Known:
    """As counted by brute force."""
    return Known(f"twostage({writing},{reading})", programs.two_stage(writing, reading), classes)


def _orders(tasks: int, rounds: int) -> int:
    return int(factorial(tasks * rounds) // factorial(rounds) ** tasks)


LITMUS = [
    Known("SB", programs.store_buffering(), 3),
    Known("LB", programs.load_buffering(), 3),
    Known("MP", programs.message_passing(), 3),
    Known("S", programs.store_ordering(), 3),
    Known("2+2W", programs.two_plus_two_writes(), 3),
    Known("WRC", programs.write_to_read_causality(), 7),
    Known("ISA2", programs.three_task_causality(), 7),
    Known("W+RWC", programs.write_to_read_write_causality(), 7),
    Known("LB3", programs.three_task_load_buffering(), 7),
    Known("IRIW", programs.independent_reads(), 15),
]

#: Small enough for brute force over every interleaving, within a second in all.
TINY = [
    readers(1),
    readers(2),
    readers(3),
    writers(2),
    writers(3),
    last_zero(2),
    lost(2, 1, 4),
    lost(2, 2, 34),
    lost(3, 1, 36),
    increments(2, 1),
    increments(3, 1),
    increments(2, 2),
    locked(2, 1),
    locked(3, 1),
    cas_rotation(2),
    cas_rotation(3),
    cas_rotation(4),
    philosophers(2),
    reorder(1, 1, 4),
    two_stage(1, 1, 3),
    *LITMUS[:-1],
]

#: Brute force takes seconds to minutes; a reduction, none.
SMALL = [
    LITMUS[-1],
    readers(4),
    writers(4),
    last_zero(3),
    increments(3, 2),
    locked(3, 2),
    lost(2, 3, 328),
    cas_rotation(5),
    philosophers(3),
    two_stage(2, 1, 40),
    reorder(2, 1, 56),
]

#: For a reduction, or brute force for minutes.
BRUTE = [
    lost(4, 1, 576),
    lost(3, 2, 7134),
    increments(3, 3),
    writers(6),
    cas_rotation(6),
    cas_rotation(7),
    last_zero(4),
    philosophers(4),
    reorder(3, 1, 1248),
]

#: For a reduction only.
MEDIUM = [
    readers(8),
    last_zero(4),
    last_zero(5),
    last_zero(8),
    indexer(11),
    indexer(12),
    indexer(13),
    cas_rotation(6),
    cas_rotation(7),
    philosophers(4),
    philosophers(6),
    lost(4, 1, 576),
]

#: A reduction takes seconds to minutes.
LARGE = [
    readers(13),
    writers(5),
    writers(6),
    last_zero(10),
    last_zero(15),
    indexer(15),
    cas_rotation(8),
    cas_rotation(9),
    philosophers(10),
    increments(3, 3),
    lost(3, 2, 7134),
    lost(5, 1, 14_400),
    reorder(3, 1, 1248),
    reorder(4, 1, 40_032),
]
