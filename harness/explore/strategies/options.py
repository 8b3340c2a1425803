"""What a search can be asked for besides its strategy; each strategy names those that it takes."""

from __future__ import annotations

import attrs

from harness.errors import OptionNotTaken
from harness.explore.door import check_whole


@attrs.frozen(kw_only=True)
class SearchOptions:
    """None where nothing was asked for.

    Attributes:
      depth: for `pct`, the depth of the bugs that it is tuned to.
      preemption_bound: at most so many switches away from a task that could have gone on.
      delay_bound: at most so many times that the task whose turn it is by default is passed over.
    """

    depth: int | None = None
    preemption_bound: int | None = None
    delay_bound: int | None = None

    def __attrs_post_init__(self) -> None:
        for name, value in self.given().items():
            check_whole(name.replace("_", " "), value, least=1 if name == "depth" else 0)

    def given(self) -> dict[str, int]:
        """Those that were asked for, by name."""
        return {name: value for name, value in attrs.asdict(self).items() if value is not None}

    def bounds(self) -> dict[str, int]:
        """Those that leave interleavings out, by name."""
        return {name: value for name, value in self.given().items() if name.endswith("_bound")}

    def check_taken(self, strategy: str, takes: dict[str, tuple[str, ...]]) -> None:
        """Refuse what the strategy does not take.

        Raises:
          OptionNotTaken: with the strategies that do.
        """
        for name in self.given():
            if name not in takes[strategy]:
                takers = [other for other, names in takes.items() if name in names]
                raise OptionNotTaken(strategy, name.replace("_", " "), takers)
