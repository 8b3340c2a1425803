"""A module namespace of its own for each incarnation of a process.

Real processes import their modules anew when they start: what a module keeps in a global is gone
after a restart, and no other process sees it. In one interpreter modules are shared. For a process
that asks for it, the modules it lists are executed again in private copies, one set an incarnation,
by the incarnation itself when it starts. `import` statements in the copies lead to the copies.

Not private: what the listed modules import and the list does not name, `importlib.import_module` and
`sys.modules`, and what C extensions keep.
"""

from __future__ import annotations

import builtins
import importlib
from functools import lru_cache
from importlib.util import module_from_spec
from inspect import iscoroutinefunction
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

import attrs

from harness.errors import HarnessError, ProcessMisused
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


class _View(ModuleType):
    """A package that is shared, but whose listed modules are seen as the private copies."""

    def __init__(self, real: ModuleType, copies: Copies) -> None:
        super().__init__(real.__name__, real.__doc__)
        self.__dict__["__path__"] = getattr(real, "__path__", [])
        self.__dict__["_real"] = real
        self.__dict__["_copies"] = copies

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._copies.seen_as(found) if isinstance(found, ModuleType) else found


class Copies:
    """The private copies of one incarnation, made as they are imported.

    A name in `listed` stands for the module and, if it is a package, for all in it.
    """

    def __init__(self, listed: Sequence[str]) -> None:
        self._listed = tuple(listed)
        self._made: dict[str, ModuleType] = {}
        self._builtins = dict(vars(builtins))
        self._builtins["__import__"] = self._import

    def are_listed(self, name: str) -> bool:
        """Whether a module of this name is private."""
        return any(name == listed or name.startswith(f"{listed}.") for listed in self._listed)

    def load(self, name: str) -> ModuleType:
        """The copy of a listed module, executed if it has not been before."""
        if name in self._made:
            return self._made[name]
        spec = importlib.import_module(name).__spec__
        assert spec is not None
        copy = self._made[name] = module_from_spec(spec)
        copy.__dict__["__builtins__"] = self._builtins
        parent, _, short = name.rpartition(".")
        if self.are_listed(parent):  # which comes first, as in importing
            setattr(self.load(parent), short, copy)
        try:
            exec(_code(name, spec.origin), copy.__dict__)  # noqa: S102  # as importing does
        except BaseException:
            del self._made[name]
            raise
        return copy

    def _import(
        self,
        name: str,
        globals: Any = None,  # noqa: A002  # the signature of `__import__`
        locals: Any = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """What `import` calls within the copies."""
        real = builtins.__import__(name, globals, locals, fromlist or (), level)
        if not fromlist and self.are_listed(name):
            self.load(name)
        for part in fromlist or ():  # those that are modules, and are executed by this import
            member = getattr(real, part, None)
            if isinstance(member, ModuleType) and member.__name__ == f"{real.__name__}.{part}":
                self.seen_as(member)
        return self.seen_as(real)

    def seen_as(self, real: ModuleType) -> ModuleType:
        """What stands for a module within the copies."""
        name = real.__name__
        if self.are_listed(name):
            return self.load(name)
        if any(listed.startswith(f"{name}.") for listed in self._listed):
            return _View(real, self)
        return real


@lru_cache(maxsize=256)
def _code(name: str, origin: str | None) -> CodeType:  # noqa: ARG001  # part of the key
    """The code of the module that is now called so; `origin` tells it from others of that name."""
    spec = importlib.import_module(name).__spec__
    get_code: Any = getattr(spec and spec.loader, "get_code", None)
    code = get_code and get_code(name)
    if not isinstance(code, CodeType):
        raise ProcessMisused(name, "be a fresh module", "it is not written in Python")
    return code


@attrs.frozen
class FreshMain:
    """The main of a process in modules of its own: "package.module:function".

    Attributes:
      module, function: where it stands.
      listed: the modules that are private.
    """

    module: str
    function: str
    listed: tuple[str, ...]

    @classmethod
    def of(cls, main: object, listed: Sequence[str]) -> FreshMain:
        """Read and check what a user wrote; the modules are imported here for the first time.

        Raises:
          ProcessMisused: it is not of that form, or there is no such module or function.
        """
        module, _, function = main.partition(":") if isinstance(main, str) else ("", "", "")
        if isinstance(listed, str) or not all(isinstance(name, str) for name in listed):
            raise _bad(main, 'fresh_modules is a tuple of names: ("package.module",)')
        made = cls(module, function, tuple(listed))
        if not (function.isidentifier() and Copies(made.listed).are_listed(module)):
            raise _bad(main, 'say main="package.module:function", of one of its fresh modules')
        for name in (module, *made.listed):
            try:
                spec = importlib.import_module(name).__spec__
                _code(name, spec.origin if spec else None)
            except HarnessError:
                raise
            except Exception as error:
                raise _bad(main, f"importing {name} raised {one_line(repr(error))}") from error
        if not iscoroutinefunction(getattr(importlib.import_module(module), function, None)):
            raise _bad(main, f"{module} has no async function {function}")
        return made

    def load(self) -> Any:
        """The function, in copies made just now."""
        return getattr(Copies(self.listed).load(self.module), self.function)


def _bad(main: object, instead: str) -> ProcessMisused:
    return ProcessMisused(one_line(repr(main)), "be the main of a process", instead)
