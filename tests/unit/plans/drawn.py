"""Hypothesis strategies for everything that a plan can hold, hostile names too."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.plans import Copy, Pause, Plan, Promote, Restart, Run, Space, Start, Stop
from harness.plans.moves import NAME_MAX, RETRIES_MAX, SECONDS_MAX

#: What breaks files, terminals and careless quoting; and anything else.
HOSTILE = (
    "a",
    "\x00",
    "\x7f",
    '"',
    "'''",
    '"""',
    "\\",
    "a\nb",
    "\u2028",
    "\x1b[31m",
    "]]",
    "# x",
    "é",
)
names = (st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=NAME_MAX)).filter(
    lambda text: text.strip() == text != ""
)
seconds = st.floats(0, SECONDS_MAX) | st.integers(0, int(SECONDS_MAX))
overlaps = {"overlap": st.booleans()}
drains = {"drain_s": st.none() | seconds}
readies = st.sampled_from(["ready", "started"])
retries = st.integers(0, RETRIES_MAX)

moves = st.one_of(
    st.builds(Stop, names, **drains, **overlaps),
    st.builds(Start, names, ready=readies, retries=retries, **overlaps),
    st.builds(
        Restart,
        names,
        how=st.sampled_from(["full-downtime", "rolling"]),
        ready=readies,
        retries=retries,
        **drains,
        **overlaps,
    ),
    st.builds(Restart, names, how=st.just("blue-green"), overlap_s=seconds, **overlaps),
    st.builds(Copy, names, **overlaps),
    st.builds(Promote, names, catch_up=st.booleans(), fence=st.booleans(), **overlaps),
    st.builds(Run, names, retries=retries, **overlaps),
    st.builds(Pause, seconds, **overlaps),
)
plans = st.builds(
    Plan,
    st.lists(moves, max_size=6).map(tuple),
    name=st.just("") | names,
    fixes=st.lists(names, max_size=3).map(tuple),
)

#: Few names, so that moves meet.
NEAR = Space(services=("a", "b"), nodes=("a", "n"), jobs=("j",))
_services, _nodes = st.sampled_from(NEAR.services), st.sampled_from(NEAR.nodes)
near_moves = st.one_of(
    st.builds(Stop, _services, **drains, **overlaps),
    st.builds(Start, _services, ready=readies, **overlaps),
    st.builds(Restart, _services, how=st.just("rolling"), ready=readies, **overlaps),
    st.builds(Restart, _services, how=st.just("blue-green"), overlap_s=seconds),
    st.builds(Copy, _nodes, **overlaps),
    st.builds(Promote, _nodes, catch_up=st.booleans(), fence=st.booleans()),
    st.builds(Run, st.just("j"), retries=retries),
    st.builds(Pause, seconds),
)
near_plans = st.lists(near_moves, max_size=8).map(lambda made: Plan(tuple(made)))
