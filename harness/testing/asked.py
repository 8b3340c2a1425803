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
        """The options, with what is said for this run over them, and what the project says under them."""
        options = {"strategy": "portfolio", "seed": 0, **under, **self.options, **over}
        if options.get("schedules") is None and options.get("time_budget_s") is None:
            if options["strategy"] in EXHAUSTIVE:
                options["time_budget_s"] = EXHAUSTIVE_BUDGET_S
            else:
                options["schedules"] = SCHEDULES_OF_EXAMPLE if is_example else SCHEDULES
        return options
