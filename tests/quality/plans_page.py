"""Makes the examples of `docs/how-to/what-a-plan-is-worth.md` by asking about each of them.

    python -m tests.quality.plans_page

It takes some minutes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import harness
from harness.explore.advice import Advice, smallest_fixes
from harness.plans import plan_toml
from harness.reports import plan as report
from tests.quality.paradex_page import with_tables
from tests.quality.plan_examples import EXAMPLES, Example

PAGE = Path(__file__).parents[2] / "docs/how-to/what-a-plan-is-worth.md"
#: Of the search for what is wrong with a plan, and of each search under a set of fixes.
SCHEDULES = 3_000


def searched(example: Example, fixes: tuple[str, ...], *, only_first: bool) -> harness.Result:
    """The plan under a set of fixes."""
    return harness.explore(
        example.subject,
        strategy="dpor",
        params={"plan": example.plan},
        fixes=fixes,
        schedules=SCHEDULES,
        stop_at_first=only_first,
        shrink=not only_first,
    )


def asked(example: Example) -> tuple[harness.Result, Advice]:
    """What the harness says of an example."""
    result = searched(example, example.plan.fixes, only_first=False)
    advice = smallest_fixes(example.subject.fixes, partial(searched, example, only_first=True))
    return result, advice


def shown(example: Example, result: harness.Result, advice: Advice) -> str:
    """The plan, the derivation, and the answer."""
    answer = "\n".join(report.as_text(example.plan, result, advice))
    return (
        f"### {example.scenario}: {example.plan.name}\n\n{example.why}\n\n"
        f"```toml\n{plan_toml(example.plan)}```\n\n```text\n{answer}\n```"
    )


def main() -> None:
    """Ask about all, and put the answers into the page."""
    parts = []
    for example in EXAMPLES:
        result, advice = asked(example)
        parts.append(shown(example, result, advice))
        print(f"{example.scenario} {example.file}: {result.verdict}", flush=True)  # noqa: T201
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_tables(page, {"examples": "\n\n".join(parts)}), encoding="utf-8")


if __name__ == "__main__":
    main()
