"""What a test asks of its exploration, and who has the last word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

#: Without any limit, so many schedules: a number and not a time, so that a test passes or fails alike
#: on every machine. Under `@given`, of each example.
SCHEDULES = 1_000
SCHEDULES_OF_EXAMPLE = 100

#: Strategies that end by themselves are given so many seconds instead.
EXHAUSTIVE = ("dfs", "dpor")
EXHAUSTIVE_BUDGET_S = 600.0


@attrs.frozen(kw_only=True)
class Asked:
    """The arguments of one `@explored`.

    Attributes:
      options: those of `harness.explore`, and `require`, that were given.
      shared: names of arguments that all schedules may share.
    """

    options: Mapping[str, Any] = attrs.field(factory=dict)
    shared: tuple[str, ...] = ()

    def resolved(
        self, over: Mapping[str, Any], under: Mapping[str, Any], *, is_example: bool
    ) -> dict[str, Any]:
        """The options, with what is said for this run over them, and what the project says under them.

        A time budget of the project's is a limit more; only one that is given nearer stands in the place of
        the number of schedules.
        """
        options = {"strategy": "portfolio", "seed": 0, **under, **self.options, **over}
        exhaustive = options["strategy"] in EXHAUSTIVE
        timed = "time_budget_s" in {**self.options, **over}
        if exhaustive and options.get("schedules") is None:
            options.setdefault("time_budget_s", EXHAUSTIVE_BUDGET_S)
        elif options.get("schedules") is None and not timed:
            options["schedules"] = SCHEDULES_OF_EXAMPLE if is_example else SCHEDULES
        return options
