"""One transaction as it was recorded, and what one may rest on another."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from harness.properties.histories.operation import shown

#: What a transaction does to a key.
Verb = Literal["read", "write", "append"]

#: How one transaction depends on another (Adya): it replaced what the other wrote, read what it wrote,
#: or replaced what the other had read.
Dependency = Literal["ww", "wr", "rw"]


@attrs.frozen
class Deed:
    """One read or write: `value` is what was read or written."""

    verb: Verb
    key: Any
    value: Any

    def __str__(self) -> str:
        arrow = {"read": "->", "write": "=", "append": "+"}[self.verb]
        return f"{self.verb} {shown(self.key)} {arrow} {shown(self.value)}"


@attrs.frozen(kw_only=True)
class Transaction:
    """What a client did as one.

    Attributes:
      number: by which messages call it, in the order in which they began.
      client: who did it.
      deeds: in order.
      committed: whether it took effect; None if nobody knows.
      ending: why not; empty for one that committed.
      steps: in which steps of the run it began and ended, for people.
    """

    number: int
    client: str
    deeds: tuple[Deed, ...]
    committed: bool | None = True
    ending: str = ""
    steps: tuple[int, int | None] = (0, None)

    @property
    def name(self) -> str:
        """As in messages."""
        return f"T{self.number}"

    @property
    def outcome(self) -> str:
        """What became of it, in words."""
        if self.committed is None:
            return f"unknown ({self.ending})"
        return "committed" if self.committed else "aborted"

    def reads(self) -> list[Deed]:
        """What it read, in order."""
        return [deed for deed in self.deeds if deed.verb == "read"]

    def writes(self) -> list[Deed]:
        """What it wrote, in order."""
        return [deed for deed in self.deeds if deed.verb != "read"]


@attrs.frozen
class Edge:
    """`first` comes before `second` in every order that explains what was read.

    Attributes:
      first, second: numbers of transactions.
      kind: how the second depends on the first.
      why: what shows it.
      witness: number of the transaction that saw it, if that is a third one.
    """

    first: int
    second: int
    kind: Dependency
    why: str
    witness: int | None = None


@attrs.frozen
class Anomaly:
    """Something that no order of the transactions explains.

    Attributes:
      name: of its kind.
      what: what it is, in words.
      transactions: numbers of those that are involved.
      reasons: what shows it, a line each.
    """

    name: str
    what: str
    transactions: tuple[int, ...]
    reasons: tuple[str, ...] = ()
