"""`*.trace.json`: one recorded run as data, and its one encoding.

The same trace always becomes the same bytes. Each choice, step and event has a line of its own, so
that two traces can be compared with `diff`. The checksum covers what the file says, not how it is
laid out: a reformatted file is intact. It guards against damage and edits, not against forgery.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from harness.visible import UNSAFE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
BYTES_MAX = 64 << 20
VALUES_MAX = 3_000_000  # bounds memory: 64 MB of `{"":0},` would be several gigabytes
TEXT_MAX = 65_536  # characters in one string
DEPTH_MAX = 32
INT_MAX = 2**63 - 1

# Line breaks and tabs are what people write; no other control character is let in or out.
_unsafe = re.compile(rf"(?![\n\t])[{UNSAFE_CHARACTERS}]")


class Unfit(ValueError):
    """Why something is no trace; whoever knows the file makes a `HarnessError` of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []  # innermost first: built only when something is wrong

    def __str__(self) -> str:
        place = "$" + "".join(reversed(self.path))
        return f"{self.reason} - at `{place}`" if self.path else self.reason


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision of the run, by labels that mean the same on every machine.

    Attributes:
      step: index of the step before which (a schedule) or within which (data) it was taken.
      kind: "schedule", "data" or whatever else is chosen.
      what: for data, what was asked ("commit in flight"); empty for a schedule.
      pick: the label of the option taken.
      options: how many there were.
      default: whether it is what would have happened without choosing.
    """

    step: int
    kind: str
    what: str = ""
    pick: str
    options: int
    default: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one task or action did between two schedule points.

    Attributes:
      index: from 0, without gaps.
      label: of the task or action.
      time: virtual, in seconds.
      reads: labels of the objects read, in order.
      writes: label and new value (as text) of each object written, in order.
      digest: of the run up to and including this step, in hex.
      place: file and line of the code that the task went on from, without directories.
    """

    index: int
    label: str
    time: float
    reads: tuple[str, ...] = ()
    writes: tuple[tuple[str, str], ...] = ()
    digest: str = ""
    place: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line for people: who did what, a remark on it, and a tag ("corrupt", "too late")."""

    step: int
    time: float
    who: str
    text: str
    note: str = ""
    tag: str = ""


class Violation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the run broke. Equal fingerprints: the same bug, as far as the harness can tell."""

    property: str
    fingerprint: str
    message: str


class Environment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the run was recorded. Nothing of it may matter to a replay; it helps when it does.

    Attributes:
      python: version. So `trio` and `harness`.
      hash_seed: PYTHONHASHSEED, "random" where it was not set.
      platform: operating system and machine, "linux x86_64".
    """

    python: str
    trio: str
    harness: str
    hash_seed: str
    platform: str


class Trace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recorded run: the scenario, what was chosen, what happened, and its digest.

    Attributes:
      version: of this format.
      scenario: "path/below/a/root.py::name", or "package.module:name" for what is installed.
      params: scenario parameters; JSON values only.
      fixes: names, sorted.
      seed: of the search that found the run.
      strategy: its name.
      time_model: "asynchronous" or "bounded(...)".
      fairness: under which the run was recorded.
      bounds: what cut the run or could have ("steps_max", "horizon_s").
      faults: how often each kind of fault might strike.
      choices: every decision, in order. With scenario, params and fixes they are the run.
      steps: what followed from them; may be empty.
      events: what a person reads; may be empty.
      violation: None if nothing was broken.
      environment: where it was recorded.
      digest: of the whole run, in hex.
    """

    version: int = VERSION
    scenario: str
    params: dict[str, Any] = {}
    fixes: tuple[str, ...] = ()
    seed: int
    strategy: str
    time_model: str
    fairness: Literal["none", "trio"]
    bounds: dict[str, int | float | str | None] = {}
    faults: dict[str, int] = {}
    choices: tuple[Choice, ...]
    steps: tuple[Step, ...] = ()
    events: tuple[Event, ...] = ()
    violation: Violation | None = None
    environment: Environment
    digest: str

    @property
    def scenario_name(self) -> str:
        """The scenario's own name, without where it stands."""
        return self.scenario.rpartition(":")[2]


def encode(trace: Trace) -> bytes:
    """The file of `trace`: readable JSON, the same bytes every time.

    Raises:
      Unfit: a value is none that JSON has, is beyond the limits, or of another type than declared.
    """
    bare = msgspec.structs.replace(trace, params={})
    # Not `params`: msgspec would silently make text of a date, and a list of a set.
    content = fitted({**msgspec.to_builtins(bare), "params": trace.params}, stored)
    # Decoding shows that it can be read back, and makes floats of the whole seconds.
    content = msgspec.to_builtins(decode(content))
    if not content["faults"]:  # files that are older than faults have none
        del content["faults"]
    lines = [f"  {json.dumps(name)}: {_lines(value)}" for name, value in content.items()]
    lines.append(f'  "checksum": {json.dumps(checksum(content))}')
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    check_count(text)
    data = text.encode()
    if len(data) > BYTES_MAX:
        raise Unfit(f"it has {len(data)} bytes, at most {BYTES_MAX}: record a shorter run")
    return data


def decode(content: object) -> Trace:
    """The trace that fitted JSON values hold.

    Raises:
      Unfit: they hold none; the text says where ("at `$.steps[3].time`").
    """
    try:
        return msgspec.convert(content, Trace)
    except msgspec.ValidationError as error:
        raise Unfit(str(error)) from None


def checksum(content: object) -> str:
    """Of what a trace says, whatever its layout and order of keys."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return "sha256:" + hashlib.sha256(canonical.encode("ascii")).hexdigest()


def check_count(text: str) -> None:
    """JSON text does not hold too many values; texts within may make it seem a few more.

    Raises:
      Unfit: it does.
    """
    count = sum(text.count(mark) for mark in "[{,")
    if count > VALUES_MAX:
        raise Unfit(f"it holds too many values (about {count}, at most {VALUES_MAX})")


def fitted(value: Any, text: Callable[[str], str], depth: int = 0) -> Any:
    """`value` as plain JSON values within the limits, every text and key as `text` returns it.

    Raises:
      Unfit: it cannot be; the text says where.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict | list | tuple):
        if depth >= DEPTH_MAX:
            raise Unfit(f"it is nested more than {DEPTH_MAX} deep")
        if isinstance(value, dict):
            return {_key(key, text): _item(value, key, text, depth) for key in value}
        return [_item(value, index, text, depth) for index in range(len(value))]
    if not isinstance(value, int | float | None):
        raise Unfit(f"a value of type {type(value).__name__} is none that JSON has")
    if isinstance(value, float) and value - value != 0:
        raise Unfit(f"{value} is no number that JSON has")
    if isinstance(value, int) and not -INT_MAX <= value <= INT_MAX:
        raise Unfit("it holds a number beyond 64 bits")
    return value


def _item(within: Any, key: Any, text: Callable[[str], str], depth: int) -> Any:
    try:
        return fitted(within[key], text, depth + 1)
    except Unfit as error:
        error.path.append(f"[{key}]" if isinstance(key, int) else f".{key}")
        raise


def _key(key: object, text: Callable[[str], str]) -> str:
    if not isinstance(key, str):
        raise Unfit(f"a key is a {type(key).__name__}, not text")
    return text(key)


def read(text: str) -> str:
    """A text that comes from a file: as it is, or not at all."""
    if len(text) > TEXT_MAX:
        raise Unfit(f"it holds a text of {len(text)} characters, at most {TEXT_MAX}")
    found = _unsafe.search(text)
    if found:
        raise Unfit(f"it holds a character that no trace has ({found[0]!a})")
    return text


def stored(text: str) -> str:
    """A text that goes into a file: cut and escaped where `read` would refuse it."""
    return _unsafe.sub(_as_escape, text[:TEXT_MAX])[:TEXT_MAX]


def _as_escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def _lines(value: object) -> str:
    """JSON of one field: a list as a line for each item, anything else on the field's line."""
    if not isinstance(value, list | tuple) or not value or isinstance(value[0], str):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    items = ",\n".join(f"    {json.dumps(item, ensure_ascii=False)}" for item in value)
    return f"[\n{items}\n  ]"
