"""What the code under test logs becomes notes of the run, and is printed nowhere.

An exploration logs the same line thousands of times. So inside a step nothing reaches a handler, a
file or the terminal; in a run that is recorded each event becomes a note with step, virtual time,
process and task, which ends up in the trace. Outside of steps everybody logs as ever.

Nobody's configuration is touched. What is stopped is the one method through which every bound logger
of structlog passes (`BoundLoggerBase._proxy_to_logger`, documented for custom wrapper classes), and
`logging.Logger.handle`: so loggers that were bound, cached (`cache_logger_on_first_use`) or
configured whenever and however are covered, and there is nothing to put back.

A timestamp in a log is no look at the clock: it decides nothing. So records of `logging` are made aside,
and a search that reduces takes a step that logs for one that touches nothing.

The user's structlog processors run only in a recorded run, all but the last (which renders), so that
whatever they mask stays masked. They watch; they must not change the run: randomness they draw comes
from streams of their own, no refusal of theirs counts, and if one raises the event is kept as it was.

Not seen: loggers wrapped in a class of somebody's own that does not derive from `BoundLoggerBase`,
and structlog where it is imported for the first time in the middle of an exploration.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from harness.kernel import event_loops, private
from harness.kernel.text import clean
from harness.kernel.threads import current_thread_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from logging import Logger, LogRecord

    from harness.kernel.engine import Engine
    from harness.kernel.seal import Seal

STRUCTLOG = "structlog._base.BoundLoggerBase._proxy_to_logger"
LOGGING = "logging.Logger.handle"
RECORD = "logging.Logger.makeRecord"

#: Keys of an event that are not shown as `key=value`: the note says it otherwise.
_UNSHOWN = ("event", "level", "timestamp", "exc_info", "stack_info", "positional_args")


def reachable() -> list[str]:
    """The entry points to stop now: nothing is imported only to be stopped."""
    return [path for path in RULES if path.partition(".")[0] in sys.modules]


def _recording() -> Engine | None:
    """The run that keeps notes of the calling code, if there is one."""
    engine: Any = current_thread_engine() or getattr(private.GLOBAL_RUN_CONTEXT, "runner", None)
    return engine if engine is not None and engine.recording and not engine.closing else None


def _keep(engine: Engine, text: str) -> None:
    task = event_loops.current_task_name(engine)
    engine.note(f"{text} ({task})" if task else text, "log")


# ---- structlog ------------------------------------------------------------------------------------


def _structlog_event(
    seal: Seal, _real: object, logger: Any, method: str, event: object = None, **values: Any
) -> None:
    """The rule for `BoundLoggerBase._proxy_to_logger`."""
    engine = _recording()
    if engine is None:
        return
    entry = dict(logger._context) | values
    if event is not None:
        entry["event"] = event
    seen = _processed(seal, logger, method, dict(entry))
    if seen is not None:
        _keep(engine, _event_text(method, entry if seen == "" else seen, entry.get("exc_info")))


def _processed(seal: Seal, logger: Any, method: str, entry: Any) -> Any:
    """The event as the user's processors leave it; None if they drop it, "" if one raises."""
    from structlog import DropEvent  # noqa: PLC0415  # somebody has imported it by now

    with seal.aside():
        try:
            for processor in list(logger._processors)[:-1]:
                entry = processor(logger._logger, method, entry)
        except DropEvent:
            return None
        except Exception:  # noqa: BLE001  # somebody else's code, which only watches
            return ""
    return entry


def _event_text(method: str, entry: Any, exc_info: object) -> str:
    """One line: `warning: no value market='BTC'`."""
    level = "error" if method == "exception" else method
    if not isinstance(entry, dict):  # a processor before the last has rendered it
        return f"{level}: {_plain(entry)}"
    error = _error(exc_info)
    words = [f"{entry.get('level', level)}: {_plain(_filled_in(entry))}"]
    words += [
        f"{key}={clean(value, key=str(key))}"
        for key, value in entry.items()
        if key not in _UNSHOWN
        and not str(key).startswith("_")
        and not (error and key == "exception")
    ]
    return " ".join(words) + error


def _filled_in(entry: Mapping[str, Any]) -> object:
    """The event with its positional arguments, which structlog's stdlib loggers keep apart."""
    event, given = entry.get("event", ""), entry.get("positional_args")
    try:
        return event % given if given else event
    except (TypeError, ValueError):
        return event


def _error(exc_info: Any) -> str:
    """What is appended for whatever may be given as `exc_info`: `exception=ValueError('bad')`."""
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    return f" exception={clean(error)}" if isinstance(error, BaseException) else ""


def _plain(value: object) -> str:
    """A text on one line and without quotes; anything else as `clean` shows it."""
    return clean(value)[1:-1] if isinstance(value, str) else clean(value)


# ---- the standard library ---------------------------------------------------------------------------


def _logging_record(seal: Seal, _real: object, logger: Logger, record: LogRecord) -> None:
    """The rule for `logging.Logger.handle`."""
    engine = _recording()
    if engine is None or logger.disabled:
        return
    with seal.aside():
        try:
            if not logger.filter(record):
                return
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # logging itself only prints such an error
            message = str(record.msg)
    text = f"{record.levelname.lower()} {record.name}: {_plain(message)}{_error(record.exc_info)}"
    _keep(engine, text)


def _logging_timestamp(seal: Seal, real: Any, *args: Any, **values: Any) -> LogRecord:
    """The rule for `logging.Logger.makeRecord`: its timestamp is for people, whoever asks for it."""
    with seal.aside():
        record: LogRecord = real(*args, **values)
    return record


RULES: dict[str, Callable[..., Any]] = {
    STRUCTLOG: _structlog_event,
    LOGGING: _logging_record,
    RECORD: _logging_timestamp,
}
