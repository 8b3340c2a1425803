"""A trace as the README's first screen records it, and arbitrary ones."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.traces import Choice, Environment, Event, Step, Trace, Violation
from harness.traces.format import INT_MAX

SAMPLE = Trace(
    scenario="scenarios/restart.py::scale_up",
    params={"markets": 2, "plan": [{"kill": "funding"}, None, 0.5, True]},
    fixes=("wait_for_load",),
    seed=7,
    strategy="random",
    time_model="asynchronous",
    fairness="trio",
    bounds={"steps_max": 10_000, "horizon_s": 30.0},
    choices=(
        Choice(step=0, kind="schedule", pick="funding#2/tick", options=3),
        Choice(step=1, kind="data", what="commit in flight", pick="lost", options=2, default=True),
    ),
    steps=(
        Step(
            index=0,
            label="funding#2/tick",
            time=0.0,
            reads=("funding#2.memory",),
            writes=(("chain.BTC", "0"),),
            digest="0f",
        ),
        Step(index=1, label="risk#1", time=5.0, reads=("chain.BTC",)),
    ),
    events=(
        Event(
            step=0,
            time=0.0,
            who="funding#2/tick",
            text="chain.put BTC = 0",
            note="memory had no BTC",
            tag="corrupt",
        ),
    ),
    violation=Violation(
        property="index BTC",
        fingerprint="a1b2",
        message="BTC was used before its gate\n\tfirst by risk#1",
    ),
    environment=Environment(
        python="3.11.7",
        trio="0.35.0",
        harness="0.1.0",
        hash_seed="random",
        platform="linux x86_64",
    ),
    digest="3f9c00112233",
)

# Texts as they are after storing: no control characters but line breaks and tabs, none of the
# characters that change how a line is shown.
texts = st.text(
    st.characters(
        exclude_categories=("Cc", "Cf", "Cn", "Cs", "Zl", "Zp"), include_characters="\n\té💥"
    ),
    max_size=20,
)
numbers = st.integers(-INT_MAX, INT_MAX)
floats = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def tuples_of(items: st.SearchStrategy) -> st.SearchStrategy:
    """Short tuples of `items`."""
    return st.lists(items, max_size=4).map(tuple)


choices = st.builds(
    Choice, step=numbers, kind=texts, what=texts, pick=texts, options=numbers, default=st.booleans()
)
steps = st.builds(
    Step,
    index=numbers,
    label=texts,
    time=floats,
    reads=tuples_of(texts),
    writes=tuples_of(st.tuples(texts, texts)),
    digest=texts,
)
events = st.builds(Event, step=numbers, time=floats, who=texts, text=texts, note=texts, tag=texts)
violations = st.builds(Violation, property=texts, fingerprint=texts, message=texts)
environments = st.builds(
    Environment, python=texts, trio=texts, harness=texts, hash_seed=texts, platform=texts
)
traces = st.builds(
    Trace,
    scenario=texts,
    params=st.dictionaries(texts, json_values, max_size=3),
    fixes=tuples_of(texts),
    seed=numbers,
    strategy=texts,
    time_model=texts,
    fairness=st.sampled_from(["none", "trio"]),
    bounds=st.dictionaries(texts, st.none() | numbers | floats | texts, max_size=2),
    choices=tuples_of(choices),
    steps=tuples_of(steps),
    events=tuples_of(events),
    violation=st.none() | violations,
    environment=environments,
    digest=texts,
)
