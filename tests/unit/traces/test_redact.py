"""Secrets are kept out of traces and reports; what a race is about is kept in."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given, strategies as st

from harness.kernel.text import clean
from harness.traces import DEFAULT_REDACTOR, Redactor, Violation, redact_trace
from harness.traces.redact import FAILED, REDACTED, looks_secret
from tests.unit.traces.samples import SAMPLE

SECRET = "hunter2"


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "PASSWORD",
        "db_password",
        "db-password",
        "users.alice.password",
        "userPassword",
        "token",
        "access_token",
        "accessToken",
        "JWT",
        "secret",
        "client-secret",
        "api_key",
        "apiKey",
        "API_KEY",
        "X-Api-Key",
        "apikey",
        "private_key",
        "authorization",
        "Proxy-Authorization",
        "credentials",
        "Cookie",
    ],
)
def test_a_key_that_looks_secret_hides_its_value(key: str) -> None:
    """In any spelling that people use."""
    assert DEFAULT_REDACTOR(key, SECRET) == REDACTED
    assert SECRET not in DEFAULT_REDACTOR.text(f"login {key}={SECRET} ok")
    assert SECRET not in DEFAULT_REDACTOR.text(f"{{'{key}': '{SECRET}'}}")
    assert SECRET not in clean({key: SECRET}, redact=DEFAULT_REDACTOR)


@pytest.mark.parametrize(
    "key", ["", "BTC", "key", "keys", "tokenizer", "author", "passed", "secretary", "keyboard"]
)
def test_other_keys_hide_nothing(key: str) -> None:
    """A word is not a secret because it holds one."""
    assert not looks_secret(key, SECRET)
    assert DEFAULT_REDACTOR.text(f"{key}={SECRET}") == f"{key}={SECRET}"


@pytest.mark.parametrize("value", [7, 7.5])
def test_a_number_is_a_fencing_token_but_no_password(value: float) -> None:
    """Races about fencing tokens must stay readable; a PIN must not."""
    assert DEFAULT_REDACTOR("fencing_token", value) == value
    assert DEFAULT_REDACTOR.text(f"token={value}, next") == f"token={value}, next"
    assert DEFAULT_REDACTOR.shown("lease.token", str(value)) == str(value)
    assert DEFAULT_REDACTOR("password", value) == REDACTED
    assert DEFAULT_REDACTOR.text(f"password={value}, next") == f"password={REDACTED}, next"
    assert DEFAULT_REDACTOR.shown("users.password", str(value)) == REDACTED


@pytest.mark.parametrize("value", [None, True, False])
def test_whether_there_is_a_secret_is_no_secret(value: object) -> None:
    """A missing password is what some races are about."""
    assert DEFAULT_REDACTOR("password", value) is value
    assert DEFAULT_REDACTOR.text(f"password={value}") == f"password={value}"
    assert DEFAULT_REDACTOR.shown("users.password", str(value)) == str(value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:hunter2@db/prod", "postgres://app:[redacted]@db/prod"),
        ("Authorization: Bearer hunter2 then", "Authorization: [redacted] then"),
        ("sent bearer abcdefghij0123456789", "sent bearer [redacted]"),
        ("got eyJhbGciOiJI.eyJzdWIi.c2ln", "got [redacted]"),
        ("x -----BEGIN RSA PRIVATE KEY-----\nhunter2\n", "x [redacted]"),
        ("password = 'hunter\\'2 x', a=1", "password = '[redacted]', a=1"),
        ('{"password": "hunter2", "a": 1}', '{"password": "[redacted]", "a": 1}'),
        ("{'password': b'hunter2'}", "{'password': [redacted]}"),
        ("password='cut of", "password='[redacted]'"),
        ("env: password=hunter2", "env: password=[redacted]"),
        ("row: {'a': {'password': 'hunter2'}}", "row: {'a': {'password': '[redacted]'}}"),
        ("{'secret': {'a': 'hunter2', 'b': ['hunter2']}}", "{'secret': [redacted]"),
        ("chain.put BTC = 0", "chain.put BTC = 0"),
        ("at scenarios/restart.py::scale_up", "at scenarios/restart.py::scale_up"),
    ],
)
def test_secrets_within_a_text_are_hidden_and_the_rest_is_kept(text: str, shown: str) -> None:
    """Notes and messages come as text only. Where the end of a secret is not sure, all goes."""
    assert DEFAULT_REDACTOR.text(text) == shown


@given(st.text(max_size=80), st.sampled_from(["password=x y", "a: b", "'token': 'x'"]))
def test_redacting_twice_is_redacting_once(text: str, more: str) -> None:
    """Values pass on their way into the run's record, and again on their way to the disk."""
    once = DEFAULT_REDACTOR.text(text + more)
    assert DEFAULT_REDACTOR.text(once) == once


def test_no_text_takes_for_ever() -> None:
    """A stranger's text must not stop a report."""
    started = time.monotonic()
    for piece in ("a:", "password='", "a" * 99, "://a:", "{", "'a': [", "bearer ", "eyJaaaaaaaa."):
        DEFAULT_REDACTOR.text(piece * (60_000 // len(piece)))
    assert time.monotonic() - started < 10


def test_a_secret_is_hidden_however_deep_it_lies() -> None:
    """In a value on its way to text, and in one that stays JSON."""
    deep = {"rows": [{"user": "alice", "api_key": SECRET, "n": (1, {"token": [SECRET]})}]}
    assert DEFAULT_REDACTOR.tree("", deep) == {
        "rows": [{"user": "alice", "api_key": REDACTED, "n": [1, {"token": REDACTED}]}]
    }
    assert clean(deep, redact=DEFAULT_REDACTOR) == (
        "{'rows': [{'user': 'alice', 'api_key': '[redacted]', 'n': (1, {'token': '[redacted]'})}]}"
    )


def test_processors_are_called_in_order_each_with_what_the_last_kept() -> None:
    """As in structlog; a project adds its own before or after ours."""

    def mask_accounts(key: str, value: object) -> object:
        return "acct" if key == "account" else value

    def shout(key: str, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    redactor = Redactor((*DEFAULT_REDACTOR.processors, mask_accounts, shout))
    assert redactor("account", "DE12") == "ACCT"
    assert redactor.tree("", {"a": ["x"], "password": "y"}) == {
        "a": ["X"],
        "password": "[REDACTED]",
    }


def test_a_processor_that_raises_hides_the_value() -> None:
    """Better no value than a secret."""

    def fail(key: str, value: object) -> object:
        raise RuntimeError(value)

    assert Redactor((fail,))("a", SECRET) == FAILED
    assert clean({"a": SECRET}, redact=Redactor((fail,))) == repr(FAILED)


def test_every_value_of_a_trace_is_redacted_and_no_label() -> None:
    """Parameters, written values, events, the message; labels and choices are what replay needs."""
    leak = f"password={SECRET}"
    step = msgspec.structs.replace(
        SAMPLE.steps[0], writes=(("users.password", repr(SECRET)), ("log", repr(leak)))
    )
    trace = redact_trace(
        msgspec.structs.replace(
            SAMPLE,
            params={"db": {"password": SECRET}},
            steps=(step,),
            events=(msgspec.structs.replace(SAMPLE.events[0], text=leak, note=leak),),
            violation=Violation(property="p", fingerprint="f", message=leak),
        ),
        DEFAULT_REDACTOR,
    )
    assert SECRET not in repr(trace)
    assert repr(trace).count(REDACTED) == 6
    assert trace.choices == SAMPLE.choices
    assert [label for label, _ in trace.steps[0].writes] == ["users.password", "log"]


def test_a_trace_without_secrets_stays_as_it_is() -> None:
    """Redaction is no reason for two traces of one run."""
    assert redact_trace(SAMPLE, DEFAULT_REDACTOR) == SAMPLE
    passed = msgspec.structs.replace(SAMPLE, violation=None)
    assert redact_trace(passed, DEFAULT_REDACTOR) == passed
