"""Finds the restart order that zeroes critical state before a gate catches it.

A scenario is declared and explored:

    import harness

    @harness.scenario(fixes=["wait_for_load"])
    async def scale_up(world: harness.World) -> None: ...

    result = harness.explore(scale_up, strategy="dfs")
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import harness.fuzz
    import harness.histories
    import harness.plans  # noqa: F401  # so that type checkers know of them
    from harness.errors import (
        HarnessError as HarnessError,
        Nondeterminism as Nondeterminism,
        ReplayDiverged as ReplayDiverged,
    )
    from harness.explore import (
        Progress as Progress,
        Result as Result,
        Scenario as Scenario,
        Violation as Violation,
        bounded as bounded,
        explore as explore,
        replay as replay,
        scenario as scenario,
    )
    from harness.model import Cell as Cell, Mutex as Mutex, tracked as tracked
    from harness.traces import Trace as Trace
    from harness.world import ExitStatus as ExitStatus, Process as Process, World as World

__version__ = "0.1.0"

__all__ = [
    "Cell",
    "ExitStatus",
    "HarnessError",
    "Mutex",
    "Nondeterminism",
    "Process",
    "Progress",
    "ReplayDiverged",
    "Result",
    "Scenario",
    "Trace",
    "Violation",
    "World",
    "bounded",
    "explore",
    "replay",
    "scenario",
    "tracked",
]

#: Where each public name comes from.
_HOMES = {
    **dict.fromkeys(("HarnessError", "Nondeterminism", "ReplayDiverged"), "harness.errors"),
    **dict.fromkeys(("Cell", "Mutex", "tracked"), "harness.model"),
    "Trace": "harness.traces",
    **dict.fromkeys(("ExitStatus", "Process", "World"), "harness.world"),
}

#: Rooms that can be looked into after `import harness`.
_ROOMS = (
    "errors",
    "fuzz",
    "histories",
    "kernel",
    "model",
    "plans",
    "properties",
    "testing",
    "traces",
    "world",
)


class _Facade(ModuleType):
    """This package. Its names are imported when one is first asked for: `--help` needs none.

    Importing the room `harness.explore` binds that name here, as importing a submodule does; to users
    `harness.explore` is the function.
    """

    def __getattr__(self, name: str) -> Any:
        if name in _ROOMS:
            return import_module(f"{self.__name__}.{name}")  # which binds it
        if name not in __all__:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES.get(name, "harness.explore")), name)
        super().__setattr__(name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Facade
