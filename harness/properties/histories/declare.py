"""From what a scenario says to a history of the right kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.properties.histories.history import History
from harness.properties.histories.recorder import Recorder
from harness.properties.histories.transactions import Transactions
from harness.properties.histories.workloads import ListAppend, ReadWriteRegister
from harness.properties.texts import brief

if TYPE_CHECKING:
    from harness.kernel import Engine

AnyHistory = History | Transactions


def declared(
    run: Engine,
    name: str,
    spec: Any,
    *,
    failures: tuple[type[BaseException], ...] = (),
    budget: int = 100_000,
) -> AnyHistory:
    """A history of what `spec` says.

    Raises:
      HistoryMisused: something in it is none that there is.
    """
    recorder = Recorder(run, name, failures)
    if not isinstance(failures, tuple) or not all(_is_exception(kind) for kind in failures):
        raise recorder.misused(f"failures={brief(failures)}: say a tuple of exception classes")
    if type(budget) is not int or budget < 1:
        raise recorder.misused(f"budget={brief(budget)}: say a whole number of at least 1")
    if isinstance(spec, (ListAppend, ReadWriteRegister)):
        return Transactions(recorder, spec)
    if isinstance(spec, type) or not all(hasattr(spec, part) for part in ("initial", "apply")):
        raise recorder.misused(
            f"{brief(spec)} is no specification; say harness.histories.Register() or the like, or an "
            "object with `initial` and `apply(state, operation)`"
        )
    return History(recorder, spec, budget)


def _is_exception(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)
