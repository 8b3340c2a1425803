"""The outermost layer: whatever happens below, one clear line and an exit code come of it."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path

from harness.cli.complain import complain
from harness.cli.exit_codes import ExitCode
from harness.errors import HarnessError, InternalError
from harness.visible import text_of

#: Bound now: the real one, whatever is sealed when the signal comes.
_raise_signal = signal.raise_signal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on `sys.argv`, or on `arguments`. Returns the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show a letter shows its code
        sys.stdout.reconfigure(errors="backslashreplace")
    if arguments is None:
        _end_as_by_hand()
        arguments = sys.argv[1:]
    return guarded(lambda: dispatch(list(arguments)))


def _end_as_by_hand() -> None:
    """Let SIGTERM, with which a CI job is ended, do what Ctrl-C does: keep and print what was found.

    Not where Ctrl-C does nothing, as in the background of a shell: a process must be able to end.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGTERM, lambda *_: _raise_signal(signal.SIGINT))


def dispatch(arguments: Sequence[str]) -> ExitCode:
    """Parse and run one command, in the surrounding of this process."""
    from harness.cli.app import Context, build_app
    from harness.cli.engine import Rooms

    app = build_app(Context(engine=Rooms(), environ=os.environ, folder=Path.cwd(), out=sys.stdout))
    code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    return ExitCode.EXPECTED if code is None else ExitCode(code)  # None: help or version


def guarded(command: Callable[[], ExitCode]) -> int:
    """Run a command and turn whatever it raises into a line on stderr and an exit code."""
    from cyclopts import CycloptsError, UnusedCliTokensError

    from harness.cli.blame import placed

    try:
        return int(command())
    except UnusedCliTokensError as error:
        many = " ".join(map(repr, error.unused_tokens or ()))
        return _fail(f"more than the command takes: {many} (harness --help)", ExitCode.USAGE)
    except CycloptsError as error:
        return _fail(f"{error} (harness --help)", ExitCode.USAGE)
    except (HarnessError, InternalError) as error:
        return _fail(placed(error), ExitCode(error.exit_code))
    except KeyboardInterrupt:
        return _fail("interrupted", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        return _reader_gone()
    except OSError as error:  # a full disk, a folder that may not be written: the user's to mend
        return _fail(str(error), ExitCode.USAGE)
    except BaseException as error:  # noqa: BLE001  # the last resort: this is a bug of ours
        traceback.print_exc()  # whoever raised it, `SystemExit` too: nothing here means to exit like this
        text = f"{type(error).__name__}: {text_of(error)}"
        return _fail(str(InternalError(text)), ExitCode.INTERNAL)


def _fail(text: str, code: ExitCode) -> int:
    complain(text)
    return int(code)


def _reader_gone() -> int:
    """Let the interpreter's own last flush go nowhere: it would complain once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(ExitCode.READER_GONE)
