"""`tracked`: plain memory whose accesses the search sees, attribute by attribute and key by key."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar, overload

from harness.errors import CannotTrack
from harness.model.tracked import dicts, sequences, sets  # noqa: F401  # each makes its faces known
from harness.model.tracked.faces import FACES, bared, enrol, faced, read_within
from harness.model.tracked.objects import track_class, track_object

T = TypeVar("T")


@overload
def tracked(value: T, /, *, name: str | None = None) -> T: ...
@overload
def tracked(*, name: str | None = None) -> Any: ...
def tracked(value: Any = ..., /, *, name: str | None = None) -> Any:
    """Memory of a process whose every access the search sees, used as the plain thing that it is.

    `memory = harness.tracked({})`, `state = harness.tracked(State())`, or `@harness.tracked` above a
    class, for all that is made of it. Accesses of different attributes, keys and members are told
    apart; of lists and deques, indexes. What is put into something tracked is tracked, too:
    containers, and objects of classes of your own. Copies made of it are, as well.

    It belongs to the process that made it. A property that looks at it is asked again after every
    step that wrote what it saw. Outside of a run it is what it would be without this.

    Args:
      value: a dict, list, set or deque (or one of the dicts of `collections`), an object of whatever
        class that is written in Python, or such a class.
      name: what traces are to call it.

    Raises:
      CannotTrack: it is something else.
    """
    if value is ...:
        return partial(tracked, name=name)
    if isinstance(value, type):
        track_class(value)
        return value
    value = bared(value)
    if type(value) in FACES:
        enrol(value, name)
        found = faced(value)
        return FACES[type(value)](value) if found is value else found
    if isinstance(value, tuple(FACES)):
        kind = type(value).__qualname__
        instead = "keep one in an attribute of a class of your own, and track that"
        raise CannotTrack(f"a {kind}, which is a container with ways of its own", instead)
    track_object(value, name)
    return value


def plain(value: Any) -> Any:
    """A copy of what is tracked, of plain containers all the way down, which nobody tracks.

    For what insists on a real dict or list: `json.dumps(state, default=harness.model.plain)`.
    """
    read_within(value)
    return _plain(bared(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        copied = value.copy()
        for key, item in value.items():
            copied[key] = _plain(item)
        return copied
    if type(value) in FACES and not isinstance(value, set):
        copied = value.copy()
        for index, item in enumerate(value):
            copied[index] = _plain(item)
        return copied
    return value.copy() if isinstance(value, set) else value
