"""Finds plain memory that two simulated processes share, or that survives a restart.

One interpreter is not several processes: nothing stops two mains from closing over the same dict. So
what each main can reach (see `reach`) is looked at when it starts:

* a variable that one of them *rebinds* (`nonlocal`, `global`) and that a second process, or a second
  incarnation, can reach too, is reported at once;
* a container, an object or a global that several can reach is reported when it has changed.

Trio's own primitives need no audit: another process's raises when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from harness.errors import MemoryShared
from harness.kernel.aside import ASIDE
from harness.world.fingerprint import fingerprint, is_mutable
from harness.world.reach import Place, reachable

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.define
class _Shared:
    """A piece of memory outside every main, and who can reach it.

    Invariant: `users` holds each once, in order of their start; `place` keeps what `key` names alive.
    """

    place: Place
    content: Any
    before: object
    users: dict[str, None] = attrs.field(factory=dict)
    rebound: bool = False


class Audit:
    """The memory of one run that lies outside every process."""

    def __init__(self) -> None:
        self._variables: dict[object, _Shared] = {}
        self._objects: dict[int, _Shared] = {}

    def starting(self, name: str, incarnation: int, main: Callable[..., Any]) -> None:
        """A process is about to start with this main.

        Raises:
          MemoryShared: naming the variable and who shares it.
        """
        with ASIDE:
            self._starting(f"{name}#{incarnation}", main)

    def _starting(self, user: str, main: Callable[..., Any]) -> None:
        for place in reachable(main):
            variable = self._variables.get(place.key)
            content = place.look()
            if variable is None:
                variable = self._variables[place.key] = _Shared(place, None, content)
            variable.users[user] = None
            variable.rebound |= place.rebinds
            if variable.rebound and len(variable.users) > 1:
                raise _shared(variable)
            if is_mutable(content):
                self._reaches(user, content, place)
        self.check()

    def _reaches(self, user: str, content: Any, place: Place) -> None:
        found = self._objects.get(id(content))
        if found is None:
            found = self._objects[id(content)] = _Shared(place, content, fingerprint(content))
        found.users[user] = None

    def check(self) -> None:
        """Report shared memory that has changed. Raises `MemoryShared`."""
        with ASIDE:
            self._check()

    def _check(self) -> None:
        for shared in self._objects.values():
            if len(shared.users) > 1 and fingerprint(shared.content) != shared.before:
                raise _shared(shared)
        for variable in self._variables.values():
            place = variable.place
            if place.is_global and len(variable.users) > 1 and place.look() is not variable.before:
                raise _shared(variable)


def _shared(found: _Shared) -> MemoryShared:
    return MemoryShared(found.place.name, found.place.where, list(found.users))
