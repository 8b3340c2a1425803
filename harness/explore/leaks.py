"""Where the real world got into a run, by file and line.

Sealed calls are virtual or refused, but a name that was bound before there was a seal (a default
argument, a class attribute) leads past it, and nothing can stop `id()`. The interpreter's profiler
sees such calls happen. That makes a run some times slower, so only those are watched that are made
for the sake of determinism anyway.
"""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.kernel.seal import Leak, LeakDetector, find_early_bindings
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from harness.explore.subject import Subject
    from harness.kernel import Chooser, Engine, Kernel

#: What is no real world, but differs from run to run: looked for when nothing else explains it.
SUSPECTS: Mapping[str, Callable[..., object]] = {"id": id, "hash": hash}

_HARNESS = Path(__file__).parents[1]


def watched_run(
    subject: Subject,
    kernel: Kernel,
    chooser: Chooser,
    *,
    suspects: Mapping[str, Callable[..., object]] | None = None,
) -> tuple[Engine, list[Leak]]:
    """A run, and the calls with which the code under test reached past the seal in it."""
    with LeakDetector(lambda: kernel.engine.inside, suspects) as detector:
        engine = kernel.run(subject.body, chooser)
    return engine, [leak for leak in detector.leaks if _is_users(leak.file)]


def as_culprits(leaks: list[Leak]) -> list[str]:
    """What is said about them, most telling first: a clock explains more than an `id`."""
    told = [leak for leak in leaks if leak.call not in SUSPECTS]
    return [
        f"{leak.call} is called at {one_line(_shown(leak.file))}:{leak.line} in {leak.function}"
        for leak in told or leaks
    ]


def past_the_seal(modules: Iterable[ModuleType]) -> list[str]:
    """Ways to the real world that stand in these modules, whether or not anybody took one."""
    return [str(found) for found in find_early_bindings(modules) if not found.covered]


@cache
def _is_users(file: str) -> bool:
    """Neither ours, nor the standard library, nor installed: most likely what is being tested."""
    path = Path(file)
    if path.is_relative_to(_HARNESS):
        return path.is_relative_to(_HARNESS / "scenarios")
    if "site-packages" in path.parts or file.startswith("<frozen"):
        return False
    return not path.is_relative_to(sysconfig.get_path("stdlib", vars={"base": sys.base_prefix}))


def _shown(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else path.name
