"""Names that the user's modules bound before they could be sealed, found by looking.

A module that says `from time import time` holds the real function for good. At the top of a module
such a name can be rebound while a seal is in force; in a default argument, a class attribute or a
closure it can only be reported.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import attrs

from harness.kernel import seal_entry
from harness.kernel.seal_datetime import DATETIME_ENTRY_POINTS
from harness.kernel.seal_refusals import REFUSALS
from harness.kernel.seal_virtual import VIRTUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.kernel.seal_standin import EntryPoint


@attrs.frozen(kw_only=True)
class EarlyBinding:
    """A way to the real world that was taken before there was a seal.

    Attributes:
      module: the module that holds it.
      name: where in the module: "clock", "Order.created_at", "tick(now=...)".
      call: what it leads to, such as "time.time".
      stand_in: what the name is rebound to while a seal is in force; None where it cannot be.
    """

    module: ModuleType = attrs.field(repr=lambda module: module.__name__)
    name: str
    call: str
    stand_in: Any = attrs.field(default=None, repr=False, eq=False)

    @property
    def covered(self) -> bool:
        """Whether a seal that is told of the module rebinds the name."""
        return self.stand_in is not None

    def __str__(self) -> str:
        state = "rebound while exploring" if self.covered else "not covered"
        return f"{self.module.__name__}.{self.name} is {self.call}, bound early: {state}"


def user_modules(roots: Iterable[str | os.PathLike[str]]) -> list[ModuleType]:
    """The imported modules whose files stand under one of the roots, sorted by name.

    What is installed (`site-packages`) is nobody's own code, even when it stands under a root.
    """
    # Both ways of writing a root, so that no module's path need be resolved: there are thousands.
    paths = [Path(root) for root in roots]
    bases = tuple(f"{path}{os.sep}" for p in paths for path in (p.absolute(), p.resolve()))
    return [
        module
        for _, module in sorted(sys.modules.items())
        if isinstance(module, ModuleType)
        and _stands_under(bases, getattr(module, "__file__", None))
    ]


def _stands_under(bases: tuple[str, ...], file: str | None) -> bool:
    return bool(file) and "site-packages" not in str(file) and str(file).startswith(bases)


def find_early_bindings(modules: Iterable[ModuleType]) -> list[EarlyBinding]:
    """Everything in these modules that leads to the real world past a seal, in order of appearance."""
    known = _known()
    return [
        EarlyBinding(module=module, name=name, call=call, stand_in=stand_in)
        for module in modules
        for name, call, stand_in in _Scan(module, known).findings()
    ]


def _known() -> dict[int, EntryPoint]:
    """By identity: what leads to the real world, and what stands in for it just now."""
    labels = [*VIRTUAL, *(path for refusal in REFUSALS for path in refusal.reachable())]
    entries = [*map(seal_entry.entry_point, labels), *DATETIME_ENTRY_POINTS]
    known: dict[int, EntryPoint] = {}
    for entry in entries:
        if entry is not None and entry.pristine is not None:
            for value in (entry.pristine, entry.beneath, entry.stand_in):
                known.setdefault(id(value), entry)
    return known


class _Scan:
    """The search through one module. `known` is keyed by identity: not all that is found hashes."""

    def __init__(self, module: ModuleType, known: dict[int, EntryPoint]) -> None:
        self.module = module
        self.known = known

    def findings(self) -> Iterator[tuple[str, str, Any]]:
        for name, value in list(vars(self.module).items()):
            entry = self.known.get(id(value))
            if entry is not None:
                yield name, entry.label, entry.stand_in
            elif self._is_own_generator(value):
                yield name, "random.Random, whose state goes on from run to run", None
            else:
                yield from self._in_definition(name, value)

    def _is_own_generator(self, value: object) -> bool:
        return (
            isinstance(value, random.Random)
            and not isinstance(value, random.SystemRandom)
            and value is not random._inst
        )

    def _in_definition(self, name: str, value: object) -> Iterator[tuple[str, str, Any]]:
        if getattr(value, "__module__", None) != self.module.__name__:
            return
        if isinstance(value, FunctionType):
            yield from self._in_function(name, value)
        elif isinstance(value, type):
            yield from self._in_class(name, value)

    def _in_class(self, name: str, owner: type) -> Iterator[tuple[str, str, Any]]:
        if issubclass(owner, dt.date):
            yield name, "a subclass of datetime.date with the real clock behind it", None
        for attribute, value in list(vars(owner).items()):
            plain = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            entry = self.known.get(id(plain))
            if entry is not None:
                yield f"{name}.{attribute}", entry.label, None
            elif isinstance(plain, FunctionType):
                yield from self._in_function(f"{name}.{attribute}", plain)

    def _in_function(self, name: str, function: FunctionType) -> Iterator[tuple[str, str, Any]]:
        for argument, value in _captured(function):
            entry = self.known.get(id(value))
            if entry is not None:
                yield f"{name}({argument}=...)", entry.label, None


def _captured(function: FunctionType) -> Iterator[tuple[str, object]]:
    """What a function carries with it: defaults of its arguments, and its closure."""
    code = function.__code__
    defaults = function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            continue
