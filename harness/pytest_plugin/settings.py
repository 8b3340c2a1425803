"""What is asked of searches: for this run, and by the project.

What is said for this run (`--harness-*`, then `HARNESS_*`) goes before what a test says of itself, and
that before what the project says: pytest's ini file, then `[tool.harness]`, with its profile first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

from harness.cli.settings import Source, read
from harness.cli.sources import from_environment, read_project, with_profile
from harness.errors import HarnessError
from harness.pytest_plugin.declared import SETTINGS, dest

#: By setting: the option of `explore` that it is. Others do not concern a test.
_OPTIONS = {
    "strategy": "strategy",
    "depth": "depth",
    "preemption-bound": "preemption_bound",
    "delay-bound": "delay_bound",
    "seed": "seed",
    "schedules": "schedules",
    "time-budget": "time_budget_s",
    "max-steps": "steps_max",
    "shrink": "shrink",
    "require": "require",
    "artifacts": "artifacts",
}


@attrs.frozen
class Said:
    """Options of `explore`, and `require` and `artifacts`, by who says them: this run, or the project."""

    over: Mapping[str, Any]
    under: Mapping[str, Any]

    def get(self, name: str) -> Any:
        """An option that tests have no say in."""
        return self.over.get(name, self.under.get(name))


_SAID = pytest.StashKey[Said]()


def said(config: pytest.Config) -> Said:
    """What this run and the project say.

    Raises:
      pytest.UsageError: a source says what cannot be.
    """
    if _SAID not in config.stash:
        try:
            config.stash[_SAID] = _read(config)
        except HarnessError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_SAID]


def _read(config: pytest.Config) -> Said:
    folder, root = config.invocation_params.dir, config.rootpath
    given = {name: value for name in SETTINGS if (value := config.getoption(dest(name)))}
    if config.getoption("harness_no_shrink"):
        given["shrink"] = False
    written = {name: value for name in SETTINGS if (value := config.getini(dest(name)))}
    near = [
        Source(values=given, spelling="--harness-{}", base=folder),
        from_environment(os.environ, folder),
    ]
    ini = Source(values=written, spelling="harness_{} of pytest's ini file", base=root)
    far = with_profile(read_project(root), near, root)
    return Said(_options(near), _options([ini, *far]))


def _options(sources: Sequence[Source]) -> dict[str, Any]:
    return {
        option: read(name, sources)
        for name, option in _OPTIONS.items()
        if any(name in source.values for source in sources)
    }


def without_places(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a search is asked for, without where its traces go."""
    return {name: value for name, value in options.items() if name != "artifacts"}
