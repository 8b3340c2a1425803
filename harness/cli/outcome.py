"""What searches have come to, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

import attrs

from harness.cli.exit_codes import ExitCode
from harness.cli.job import Job
from harness.cli.judgement import is_failure, mismatch

if TYPE_CHECKING:
    from harness.cli.baseline import Entry
    from harness.cli.stored import Regression
    from harness.explore import Progress, Result
    from harness.explore.advice import Advice
    from harness.plans import Plan


@attrs.frozen(kw_only=True)
class Run:
    """A search that was made, with what it found.

    Attributes:
      known: fingerprints of what it might find.
      advice: which fixes the plan needs, where one was asked about.
    """

    job: Job
    result: Result
    known: tuple[str, ...] = ()
    advice: Advice | None = None

    @property
    def news(self) -> Result:
        """The result without the failures that are known, where they are no failure for that."""
        if self.job.expected == "violated":
            return self.result
        new = [found for found in self.result.violations if found.fingerprint not in self.known]
        return attrs.evolve(self.result, violations=tuple(new))

    @property
    def faults(self) -> Mapping[str, int]:
        """How often each kind of fault might strike in a schedule."""
        return cast("Mapping[str, int]", self.result.bounds.get("faults", {}))

    @property
    def surprising(self) -> bool:
        """Whether the verdict is not what it was to be."""
        return is_failure(self.news, self.job.expected)

    @property
    def failed(self) -> bool:
        """Whether anything came out that was not to."""
        return self.surprising or mismatch(self.result) is not None


@attrs.frozen(kw_only=True)
class Outcome:
    """What a suite came to.

    Attributes:
      runs: the searches that were made.
      regressions: stored failures that were replayed before them.
      code: what the command will exit with.
      unseen: what is known and was not seen.
      error: why no further search was made, if one could not be.
    """

    runs: Sequence[Run]
    regressions: Sequence[Regression]
    code: ExitCode
    unseen: Sequence[Entry] = ()
    error: str = ""


Writer: TypeAlias = Callable[[Outcome], None]


class Reporter(Protocol):
    """The seam to everything that people see. Called in this order, once for each job."""

    def replayed(self, regression: Regression) -> None:
        """Before all jobs: a stored failure was played back."""

    def starting(self, job: Job) -> None:
        """A search begins."""

    def progress(self, progress: Progress) -> None:
        """It has come this far."""

    def finished(self, run: Run) -> None:
        """It ended, or was interrupted; its traces are saved."""

    def advised(self, run: Run, plan: Plan) -> None:
        """What the plan is worth that was asked about."""

    def stop(self) -> None:
        """No further search is made, for whatever reason. May be called again."""

    def summary(self, outcome: Outcome) -> None:
        """All ended."""
