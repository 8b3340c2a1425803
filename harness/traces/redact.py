"""Keeps secrets out of what is written down.

A chain of processors, as in structlog: each gets a key and the value under it, and returns the
value to keep. Every value passes it before it becomes text (`clean(value, redact=redactor)` in the
kernel), and every text once more before it is written. Labels and picked options are what a replay
matches: one that holds a secret is told from others by a few digits of its hash.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import attrs

REDACTED = "[redacted]"
FAILED = "[redaction failed]"

Processor = Callable[[str, object], object]

_SECRETS = (
    "apikey", "auth", "authorization", "cookie", "credential", "credentials", "passcode",
    "passphrase", "passwd", "password", "passwords", "pwd", "secret", "secrets",
)  # fmt: skip
_SECRET_KEYS = ("access", "api", "private", "signing")  # before the word "key"
_TOKENS = ("token", "tokens", "jwt")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBER = re.compile(r"[-+]?\d[\d_]*(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)

_NAMED = re.compile(
    r"""(?P<key>(?<![\w-])[\w-]{1,80}+)
        (?P<between>['"]?\s{0,3}[:=]\s{0,3})
        (?P<value>(?!['"]?\[redact)
            (?: (?:bearer|basic|digest|token)\s+\S+    # what follows "Authorization:"
              | b?'(?:[^'\\]|\\.)*+(?:'|\Z)
              | b?"(?:[^"\\]|\\.)*+(?:"|\Z)
              | [\[{(].*                               # something nested: no end is sure but the last
              | [^\s,;&)}\]]+ ))""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@]{0,200}):[^\s/@]{1,500}@")
#: A label that only the harness and identifiers have made: its colons part names, not name and value.
_PLAIN = re.compile(r"[\w/#~:.\s-]*")
_TAGGED = re.compile(r".*\[redact.* #[0-9a-f]{8}", re.DOTALL)
_BARE = re.compile(
    r"(?P<scheme>\bbearer\s+)[\w.~+/=-]{16,}"
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*",
    re.IGNORECASE | re.DOTALL,
)


def looks_secret(key: str, value: object) -> bool:
    """Whether what `key` names should not be seen.

    A token that is a number is shown: it fences, it does not open doors.
    """
    if value is None or isinstance(value, bool):
        return False
    words = [word.lower() for word in _WORD.findall(key)]
    if any(word in _SECRETS for word in words):
        return True
    if any(word in _TOKENS for word in words):
        return not isinstance(value, int | float)
    return any(
        first in _SECRET_KEYS and second in ("key", "keys") for first, second in pairwise(words)
    )


def secret_keys(key: str, value: object) -> object:
    """Processor: hides what stands under a key that looks secret (password, api_key, ...)."""
    return REDACTED if looks_secret(key, value) else value


def secret_texts(_: str, value: object) -> object:
    """Processor: hides secrets within a text: `password=...`, bearer tokens, user:password@."""
    if not isinstance(value, str):
        return value
    text = _NAMED.sub(_hide_value, value)
    text = _IN_ADDRESS.sub(rf"\1:{REDACTED}@", text)
    return _BARE.sub(lambda found: (found["scheme"] or "") + REDACTED, text)


def _hide_value(found: re.Match[str]) -> str:
    if not looks_secret(found["key"], _read_back(found["value"])):
        # What follows the sign may itself be a named secret: `env: password=...`.
        return found["key"] + found["between"] + _NAMED.sub(_hide_value, found["value"])
    quote = found["value"][0] if found["value"][0] in "'\"" else ""
    return f"{found['key']}{found['between']}{quote}{REDACTED}{quote}"


def _read_back(text: str) -> object:
    """A number, True, False and None as such, where only their text is at hand."""
    constants: dict[str, object] = {"None": None, "null": None, "True": True, "False": False}
    if len(text) < 100 and _NUMBER.fullmatch(text):
        return float(text)
    return constants.get(text, text)


@attrs.frozen
class Redactor:
    """A chain of processors, called in order: `redactor("password", "hunter2")`.

    A processor that raises hides the value: better no value than a secret.
    """

    processors: tuple[Processor, ...] = (secret_keys, secret_texts)

    def __call__(self, key: str, value: object) -> object:
        """What to keep of `value`, which is called `key`. Not what lies within it: see `tree`."""
        try:
            for processor in self.processors:
                value = processor(key, value)
        except Exception:  # noqa: BLE001 - somebody else's code
            return FAILED
        return value

    def text(self, text: str) -> str:
        """What to keep of a text for people."""
        return str(self("", text))

    def tree(self, key: str, value: object) -> Any:
        """What to keep of a JSON-like value, with everything within it."""
        kept = self(key, value)
        if isinstance(kept, dict):
            return {name: self.tree(str(name), item) for name, item in kept.items()}
        if isinstance(kept, list | tuple):
            return [self.tree("", item) for item in kept]
        return kept

    def shown(self, key: str, text: str) -> str:
        """What to keep of a value of which only the text is left."""
        value = _read_back(text)
        kept = self(key, value)
        return text if kept == value else str(kept)

    def label(self, text: str) -> str:
        """What to keep of the label of a task or an object."""
        parts = text.split(":") if _PLAIN.fullmatch(text) else [text]
        return _tagged(text, ":".join(map(self.text, parts)))

    def option(self, what: str, text: str) -> str:
        """What to keep of an option that was picked for `what`."""
        return _tagged(text, str(self(what, text)))


def _tagged(text: str, kept: str) -> str:
    """`kept`, told from what is kept of other texts; itself where it is that already."""
    if kept == text or _TAGGED.fullmatch(text):
        return text
    return f"{kept} #{blake2b(text.encode(errors='surrogatepass'), digest_size=4).hexdigest()}"


DEFAULT_REDACTOR = Redactor()
