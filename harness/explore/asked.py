"""What is asked of a search, as data: the same in whatever process it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import BadBudget
from harness.explore.scenario import Scenario, TimeModel, model_of
from harness.explore.strategies import SearchOptions, make_strategy
from harness.explore.strategies.base import Reducing
from harness.explore.subject import Subject

if TYPE_CHECKING:
    from harness.explore.strategies.base import Strategy


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to explore, but for the scenario and the limits; see `explore`.

    Attributes:
      options: of the strategy, those that were given.
    """

    strategy: str = "portfolio"
    options: dict[str, int] = {}
    fixes: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    faults: dict[str, int] | None = None
    seed: int = 0
    assume_independent: bool | None = None
    fairness: str | None = None
    time_model: TimeModel | str | None = None
    horizon_s: float | None = None
    steps_max: int | None = None
    step_timeout_s: float | None = None

    @property
    def search_options(self) -> SearchOptions:
        """What the strategy is asked for.

        Raises:
          BadBudget: one of them cannot be.
        """
        return SearchOptions(**self.options)

    def strategy_made(self) -> Strategy:
        """A fresh one.

        Raises:
          UnknownStrategy, OptionNotTaken: there is none like that.
        """
        return make_strategy(self.strategy, self.seed, self.search_options)

    def subject(self, scenario: Scenario) -> Subject:
        """What is run again and again.

        Raises:
          HarnessError: the scenario, or what is asked of it, cannot be.
        """
        made = self.strategy_made()
        reduces = isinstance(made, Reducing) and made.observes  # every run, from the first
        if reduces and self.fairness == "trio":
            takes = '"none": it takes in every order of Trio\'s batches'
            raise BadBudget(f"fairness of {made.name}", self.fairness, takes)
        return Subject(
            scenario=scenario,
            fixes=scenario.checked_fixes(self.fixes),
            params=scenario.checked_params(self.params),
            faults=scenario.checked_faults(self.faults),
            model=model_of(
                scenario,
                # Every order that Trio's batches allow is among those of a free scheduler.
                fairness="none" if reduces and self.fairness is None else self.fairness,
                assume_independent=self.assume_independent,
                time=self.time_model,
                horizon_s=self.horizon_s,
                steps_max=self.steps_max,
                step_timeout_s=self.step_timeout_s,
            ),
        )
