"""Which of Trio's tests are run, and which of them do not pass, and why.

All modules that exercise the run loop and need no real socket, subprocess or real clock. Left out:

* real sockets: `test_io`, `test_socket`, `test_highlevel_socket`, `test_highlevel_open_*`, `test_ssl`,
  `test_dtls`, `test_highlevel_ssl_helpers`, `test_unix_pipes`, `test_wait_for_object`;
* real processes: `test_subprocess`, `test_repl`; real signals and Ctrl-C: `test_ki`;
* a loop of somebody else's: `test_guest_mode`;
* threads that wait for tasks through `threading.Event`, where lockstep cannot help:
  `test_threads` (`test_path` and `test_file_io` run all they do in threads), `test_thread_cache`;
* no run at all: `test_exports`, `test_deprecate`, `test_testing_raisesgroup`, `tools`, Windows.
"""

from __future__ import annotations

import attrs

MODULES = (
    "trio._core._tests.test_asyncgen",
    "trio._core._tests.test_cancelled",
    "trio._core._tests.test_exceptiongroup_gc",
    "trio._core._tests.test_instrumentation",
    "trio._core._tests.test_local",
    "trio._core._tests.test_mock_clock",
    "trio._core._tests.test_parking_lot",
    "trio._core._tests.test_run",
    "trio._core._tests.test_tutil",
    "trio._core._tests.test_unbounded_queue",
    "trio._tests.test_abc",
    "trio._tests.test_channel",
    "trio._tests.test_contextvars",
    "trio._tests.test_deprecate_strict_exception_groups_false",
    "trio._tests.test_fakenet",
    "trio._tests.test_file_io",
    "trio._tests.test_highlevel_generic",
    "trio._tests.test_highlevel_serve_listeners",
    "trio._tests.test_path",
    "trio._tests.test_scheduler_determinism",
    "trio._tests.test_signals",
    "trio._tests.test_sync",
    "trio._tests.test_testing",
    "trio._tests.test_timeouts",
    "trio._tests.test_tracing",
    "trio._tests.test_util",
)


@attrs.frozen
class Exclusion:
    """A test that does not pass.

    Attributes:
      test: module and name, "trio._tests.test_sync::test_Event".
      reason: why it cannot pass, or why it should not.
    """

    test: str
    reason: str


EXCLUDED = (
    Exclusion(
        "trio._core._tests.test_cancelled::test_reason_delayed_ki",
        "waits for a KeyboardInterrupt to be delivered into a task; here Ctrl-C stops the search",
    ),
    Exclusion(
        "trio._core._tests.test_mock_clock::test_mock_clock_autojump",
        "asks the real clock how long virtual sleep took; inside a step there is only virtual time",
    ),
    Exclusion(
        "trio._core._tests.test_run::test_current_time",
        "spins until real time has passed; virtual time stands still within a step",
    ),
    Exclusion(
        "trio._core._tests.test_run::test_error_in_run_loop",
        "corrupts a task to crash the loop; the kernel then raises what it met, as a bug of its own",
    ),
    Exclusion(
        "trio._tests.test_scheduler_determinism::"
        "test_the_trio_scheduler_is_deterministic_if_seeded",
        "seeds the generator that shuffles Trio's batches; here a chooser decides",
    ),
    Exclusion(
        "trio._tests.test_testing::test_open_stream_to_socket_listener",
        "opens a real socket",
    ),
)
