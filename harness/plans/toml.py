"""Plans as files that people read and write."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from harness.errors import BadPlan
from harness.plans.plan import Plan, plan_of
from harness.visible import one_line

#: No plan is longer; a file that is was not meant.
BYTES_MAX = 1_000_000


def load_plan(file: str | Path) -> Plan:
    """The plan in a TOML file.

    Raises:
      BadPlan: there is no such file, or it holds no plan; the text says where.
    """
    path = Path(file)
    try:
        with path.open("rb") as opened:
            data = opened.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:  # that of a name that no file can have
        raise BadPlan(str(file), getattr(error, "strerror", None) or str(error)) from None
    if len(data) > BYTES_MAX:
        raise BadPlan(str(file), f"it has more than {BYTES_MAX} bytes")
    try:
        tree = tomllib.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise BadPlan(str(file), "it is nested too deep") from None
    except ValueError as error:  # no TOML, no text, or a number of thousands of digits
        raise BadPlan(str(file), f"it is no TOML: {one_line(error)}") from None
    return plan_of(tree, source=str(file))


def plan_toml(plan: Plan) -> str:
    """The text of a file that `load_plan` makes the same plan of."""
    tree = plan.tree()
    moves = tree.pop("moves", [])
    parts = [_table(tree)] if tree else []
    parts += [f"[[moves]]\n{_table(move)}" for move in moves]
    return "\n".join(parts)


def _table(values: dict[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for a character that JSON leaves alone.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)  # numbers and truth values are spelled alike
