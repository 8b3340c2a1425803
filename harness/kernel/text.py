"""Any value as text that is the same in every interpreter, under every hash seed.

`repr` is not: it holds addresses, lists sets in hash order, recurses, raises, and may be as long
as memory. Digests and traces are made of these texts, so here every such leak is closed, and
nothing is asked for its hash or its identity in an order that would show.
"""

from __future__ import annotations

import collections
import re
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields as dataclass_fields, is_dataclass
from hashlib import blake2b
from itertools import chain
from typing import Any, NamedTuple

import attrs
import msgspec

from harness.kernel.aside import ASIDE
from harness.visible import visible

# Called with the key (of a mapping, a field; "" where there is none) and the value beneath it;
# what it returns is shown in its stead.
Redact = Callable[[str, object], object]

LENGTH_MAX = 2_000  # characters
DEPTH_MAX = 20
NODES_MAX = 100_000

_ATOMS = frozenset({int, str, bool, type(None), float, bytes})

# What differs from run to run in a usual `__repr__`, the second also in a mock's or a thread's.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")
_IDENTITY = re.compile(_ADDRESS.pattern + r"| id='\d{9,}'|(?<=, started) (?:daemon )?\d{9,}")


def clean(
    value: object, *, key: str = "", redact: Redact | None = None, length_max: int = LENGTH_MAX
) -> str:
    """`value` as one line, much like its `repr`, but equal for equal values on any machine.

    Sets are sorted by the texts of their members; what hangs together in a cycle, lies too deep or
    is too much is shown as `...`; a text longer than `length_max` characters is cut, and ends with
    a digest of the whole. A `__repr__` of the user's own is called, and one that raises is named.

    Args:
      value: anything.
      key: what `value` is called, for `redact`.
      redact: asked about every value within, before any text is made of it.
      length_max: in characters; the note of the cut comes on top.
    """
    if redact is None:
        text = _flat(value)
        if text is not None and len(text) <= length_max:
            return text
    with ASIDE:  # what a `__repr__` reads, no step has read
        return _Writer(redact, length_max).text(key, value, 0)


def strip_addresses(text: str) -> str:
    """`text` (a message, an error) without the addresses of objects."""
    return _ADDRESS.sub("", text) if "0x" in text else text


def _strip_identity(text: str) -> str:
    if "0x" in text or " id='" in text or "started " in text:  # else there is nothing to look for
        return _IDENTITY.sub("", text)
    return text


def _flat(value: object) -> str | None:
    """The hot path: atoms and plain containers of them, whose `repr` is already right."""
    kind = type(value)
    if kind not in _ATOMS:
        if kind is tuple or kind is list:
            items: Iterable[object] = value  # type: ignore[assignment]
        elif kind is dict:
            items = chain.from_iterable(value.items())  # type: ignore[attr-defined]
        else:
            return None
        for item in items:
            if type(item) not in _ATOMS:
                return None
    try:
        text = repr(value)
    except ValueError:  # an int of more digits than Python is willing to print
        return None
    return None if "0x" in text else text


def _cut(text: str, length_max: int) -> str:
    if len(text) <= length_max:
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{text[:length_max]}... +{len(text) - length_max} characters, digest {digest}"


class _Writer:
    """One value's way to text. `nodes_left` counts down, so that no value takes for ever."""

    def __init__(self, redact: Redact | None, length_max: int, nodes_left: int = NODES_MAX) -> None:
        self.redact = redact
        self.length_max = length_max
        self.nodes_left = nodes_left
        self.above: list[object] = []  # the containers we are within, outermost first

    def text(self, key: str, value: object, depth: int) -> str:
        self.nodes_left -= 1
        if self.nodes_left < 0 or depth > DEPTH_MAX:
            return "..."
        if self.redact is not None:
            value = self.redact(key, value)
        try:
            text = self._container(value, depth)
            if text is None:
                return self._leaf(value)
            return text if depth else _cut(text, self.length_max)
        except Exception as error:  # noqa: BLE001 - a user's __repr__ may raise anything
            return f"<{_name(value)}: its repr raised {type(error).__name__}>"

    def _leaf(self, value: object) -> str:
        text = _shown(value)
        # The repr of a str has every control character escaped; a user's own may have none.
        plain = strip_addresses(text) if type(value) is str else visible(_strip_identity(text))
        return _cut(plain, self.length_max)

    def _container(self, value: object, depth: int) -> str | None:
        """The text of a value with values inside; None for a leaf."""
        if type(value) in _ATOMS:
            return None
        shape = _SHAPES.get(type(value).__repr__) or _generated_shape(value)
        if shape is None:
            return None
        if any(outer is value for outer in self.above):
            return "..."
        self.above.append(value)
        try:
            return shape(self, value, depth + 1)
        finally:
            self.above.pop()

    def items(self, values: Iterable[object], depth: int) -> str:
        return ", ".join(self._until_full(self.text("", item, depth) for item in values))

    def pairs(self, pairs: Iterable[tuple[object, object]], depth: int) -> str:
        texts = (
            f"{self.text('', name, depth)}: {self.text(_key(name), value, depth)}"
            for name, value in pairs
        )
        return "{" + ", ".join(self._until_full(texts)) + "}"

    def named(self, pairs: Iterable[tuple[str, object]], depth: int) -> str:
        return ", ".join(f"{name}={self.text(name, value, depth)}" for name, value in pairs)

    def members(self, values: set[object] | frozenset[object], depth: int) -> str:
        """Members of a set: what one may spend must not depend on which came before it."""
        if len(values) > self.nodes_left:
            self.nodes_left = 0
            return f"... {len(values)} members"
        texts = []
        share = self.nodes_left // max(1, len(values))
        for member in values:
            writer = _Writer(self.redact, self.length_max, share)
            writer.above = self.above
            texts.append(writer.text("", member, depth))
            self.nodes_left -= share - max(0, writer.nodes_left)
        return ", ".join(sorted(texts))

    def _until_full(self, texts: Iterator[str]) -> Iterator[str]:
        for text in texts:
            yield text
            if self.nodes_left < 0:
                return


def _key(name: object) -> str:
    return name if type(name) is str else ""


def _name(value: object) -> str:
    return type.__getattribute__(type(value), "__name__")  # type: ignore[no-any-return]


def _shown(value: object) -> str:
    """A leaf's own text, whatever its length."""
    if isinstance(value, int) and type(value).__repr__ is int.__repr__:
        short = -(1 << 4096) < value < 1 << 4096
        return int.__repr__(value) if short else f"<int of {value.bit_length()} bits: {value:x}>"
    if isinstance(value, types.ModuleType):
        return f"<module {value.__name__}>"  # its repr holds a path of this machine
    if isinstance(value, types.MethodType):
        return f"<method {value.__func__.__qualname__}>"  # its repr holds that of its object
    if type(value).__repr__ is object.__repr__:
        return f"<{type(value).__qualname__}>"
    return repr(value)


# ------------------------------------------------------------------------------ values with values

_Shape = Callable[[_Writer, Any, int], str]


def _sequence(of: type[Any]) -> _Shape:
    def shape(writer: _Writer, value: Any, depth: int) -> str:
        # `of`'s own iterator: a subclass may have overridden it, and `repr` does not ask it either.
        body = f"[{writer.items(of.__iter__(value), depth)}]"
        return body if type(value) is list else f"{_name(value)}({body})"

    return shape


def _tuple(writer: _Writer, value: tuple[object, ...], depth: int) -> str:
    body = writer.items(tuple.__iter__(value), depth)
    body = f"({body},)" if len(value) == 1 else f"({body})"
    return body if type(value) is tuple else f"{_name(value)}({body})"


def _set(writer: _Writer, value: set[object] | frozenset[object], depth: int) -> str:
    body = "{" + writer.members(value, depth) + "}" if value else ""
    return body if value and type(value) is set else f"{_name(value)}({body})"


def _mapping(of: type[Any]) -> _Shape:
    def shape(writer: _Writer, value: Any, depth: int) -> str:
        body = writer.pairs(of.items(value), depth)
        return body if type(value) is dict else f"{_name(value)}({body})"

    return shape


def _wrapper(writer: _Writer, value: Any, depth: int) -> str:
    return f"{_name(value)}({writer.text('', value.data, depth)})"


def _exception(writer: _Writer, value: BaseException, depth: int) -> str:
    return f"{_name(value)}({writer.items(value.args, depth)})"


def _namespace(writer: _Writer, value: types.SimpleNamespace, depth: int) -> str:
    return f"{_name(value)}({writer.named(vars(value).items(), depth)})"


_VIEWS: tuple[type[Any], ...] = (type({}.keys()), type({}.values()), type({}.items()))

# By the `__repr__` that a type has, not by the type: a subclass that says it better is left to.
_SHAPES: dict[object, _Shape] = {
    list.__repr__: _sequence(list),
    tuple.__repr__: _tuple,
    set.__repr__: _set,
    frozenset.__repr__: _set,
    dict.__repr__: _mapping(dict),
    types.MappingProxyType.__repr__: _mapping(types.MappingProxyType),
    collections.OrderedDict.__repr__: _mapping(collections.OrderedDict),
    collections.defaultdict.__repr__: _mapping(dict),
    collections.Counter.__repr__: _mapping(dict),
    collections.deque.__repr__: _sequence(collections.deque),
    collections.UserDict.__repr__: _wrapper,
    collections.UserList.__repr__: _wrapper,
    BaseException.__repr__: _exception,
    types.SimpleNamespace.__repr__: _namespace,
    **{view.__repr__: _sequence(view) for view in _VIEWS},
}


def show_as(method: object, value_of: Callable[[Any], object]) -> None:
    """Whatever has this `__repr__` is shown as what `value_of` makes of it."""
    _SHAPES[method] = lambda writer, value, depth: writer.text("", value_of(value), depth - 1)


def _fields(names: Callable[[Any], list[str]]) -> _Shape:
    def shape(writer: _Writer, value: Any, depth: int) -> str:
        pairs = [(name, getattr(value, name, "<not set>")) for name in names(value)]
        return f"{type(value).__qualname__}({writer.named(pairs, depth)})"

    return shape


_dataclass = _fields(lambda value: [f.name for f in dataclass_fields(value) if f.repr])
_attrs = _fields(lambda value: [f.name for f in attrs.fields(type(value)) if f.repr])
_struct = _fields(lambda value: list(value.__struct_fields__))
_namedtuple = _fields(lambda value: list(value._fields))


class _Sample(NamedTuple):
    """Every named tuple's `__repr__` has one code object."""


_NAMEDTUPLE_REPR = _Sample.__repr__.__code__


def _generated_shape(value: object) -> _Shape | None:
    """For records: by their fields, if their `__repr__` was written by a library, not by a hand."""
    method: Any = type(value).__repr__
    if method is msgspec.Struct.__repr__:
        return _struct
    code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
    if code is None:
        return None
    if code is _NAMEDTUPLE_REPR:
        return _namedtuple
    if not code.co_filename.startswith("<"):  # what stands in a file was not generated
        return None
    if attrs.has(type(value)) and code.co_filename.startswith("<attrs generated"):
        return _attrs
    generated = hasattr(method, "__wrapped__") and code.co_filename == "<string>"
    return _dataclass if generated and is_dataclass(value) else None
