"""Going on with a search that was stopped: is it this one, and does it still go as it did?"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import msgspec

from harness.errors import ReplayDiverged, SearchUnusable
from harness.explore.follow import Strict
from harness.explore.saved import (
    Identity,
    SavedKind,
    SavedScorecard,
    SavedSearch,
    Witness,
    load_search,
)
from harness.kernel import Choice as KernelChoice
from harness.properties import Scorecard
from harness.properties.costs import Costs
from harness.traces import DEFAULT_REDACTOR, current_environment
from harness.traces.format import Choice
from harness.world.faults import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from harness.explore.found import Found
    from harness.explore.strategies.base import Resumable
    from harness.explore.subject import Finding, Subject
    from harness.kernel import Kernel

#: What is told of a search that is another, by what it differs in.
_OTHER = {
    "source": "the scenario's file has changed since",
    "trio": "it was made with Trio {0}, this is {1}",
    "harness": "it was made by version {0} of the harness, this is {1}",
}


def identity_of(
    subject: Subject, scenario: str, strategy: str, seed: int, options: Mapping[str, int]
) -> Identity:
    """Which search it is that is to be made; `scenario` as in traces."""
    model = subject.model
    more = ["tasks share nothing untracked"] if model.assume_independent else []
    more += [f"faults {in_words(subject.faults)}"] if subject.faults else []
    more += [f"{name.replace('_', ' ')} {value}" for name, value in options.items()]
    here = current_environment()
    return Identity(
        scenario=scenario,
        source=_source(subject.scenario.path),
        params=DEFAULT_REDACTOR.tree("", dict(subject.params)),
        fixes=tuple(sorted(subject.fixes)),
        strategy=strategy,
        seed=seed,
        model=f"time {model.time_text}, fairness {model.fairness}, horizon {model.horizon_s}, "
        f"at most {model.steps_max} steps{''.join(f', {one}' for one in more)}",
        trio=here.trio,
        harness=here.harness,
    )


def _source(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:  # typed at a prompt: its schedules are run again all the same
        return ""


def found_search(place: object, identity: Identity) -> SavedSearch | None:
    """The search that `resume` names: itself, in a file, or by its name in a folder if it is there.

    Raises:
      SearchUnusable: there is one, and it is not this search as it is now.
    """
    if place is None:
        return None
    path = None
    saved = place
    if not isinstance(saved, SavedSearch):
        path = Path(str(place))
        if path.is_dir():
            path /= identity.file_name
            if not path.is_file():
                return None
        saved = load_search(path)
    for name in Identity.__struct_fields__:
        then, now = getattr(saved.identity, name), getattr(identity, name)
        if then != now:
            text = _OTHER.get(name, f"its {name} is {{0}}, not {{1}}")
            raise SearchUnusable(path, text.format(then, now))
    return saved


def restore(strategy: Resumable, saved: SavedSearch) -> None:
    """Put the strategy where it was.

    Raises:
      SearchUnusable: its state is none.
    """
    try:
        strategy.restore(saved.state)
    except (ValueError, msgspec.ValidationError) as error:
        raise SearchUnusable(
            None, f"its state is none of {saved.identity.strategy}: {error}"
        ) from None


def witness_of(schedule: Sequence[KernelChoice], digest: str) -> Witness:
    """A schedule to be run again when the search goes on."""
    choices = [Choice(**attrs.asdict(one)) for one in schedule]
    return Witness(schedule=tuple(choices), digest=digest)


def schedule_in(witness: Witness) -> list[KernelChoice]:
    """The schedule, as `witness_of` was given it."""
    return [KernelChoice(**msgspec.structs.asdict(one)) for one in witness.schedule]


def run_again(subject: Subject, kernel: Kernel, witness: Witness) -> Finding | None:
    """What a stored schedule shows now; None if somebody interrupted it.

    Raises:
      SearchUnusable: it does something else than it did.
    """
    chooser = Strict(witness.schedule)
    try:
        finding = subject.run(kernel, chooser)
        if kernel.interrupted:
            return None
        chooser.check_end()
    except ReplayDiverged as error:
        raise gone_astray(f"at step {error.step}") from None
    if finding.digest != witness.digest:
        raise gone_astray("with the same choices")
    return finding


def found_again(found: Found, subject: Subject, kernel: Kernel, saved: SavedSearch) -> None:
    """Run what is known of a search again, for its failures and to see that it still goes as it did.

    Raises:
      SearchUnusable: it does not.
    """
    for kind in saved.kinds:
        finding = run_again(subject, kernel, kind.witness)
        if finding is None:
            return
        shown = {found.fingerprint(failure): failure for failure in finding.failures}
        if kind.fingerprint not in shown:
            raise gone_astray("what failed does not fail")
        found.add(
            shown[kind.fingerprint],
            kernel.engine,
            finding,
            first_seen=kind.first_seen,
            seen=kind.seen,
        )
    run_again(subject, kernel, saved.witness)


def saved_search(
    found: Found,
    *,
    identity: Identity,
    scorecard: Scorecard,
    wall_s: float,
    witness: Witness,
    state: dict[str, Any],
) -> SavedSearch:
    """What a search has come to, and the state of its strategy, as data."""
    return SavedSearch(
        identity=identity,
        schedules=found.schedules,
        sampled=found.sampled,
        steps=found.steps,
        cut=found.cut,
        cut_where=found.cut_where,
        undecided=dict(found.undecided),
        wall_s=wall_s,
        reached=dict(found.reached),
        faults=found.uses.counts(),
        scorecard=stored_scorecard(scorecard),
        kinds=tuple(
            SavedKind(
                fingerprint=kind.fingerprint,
                first_seen=kind.first_seen,
                seen=kind.seen,
                witness=witness_of(kind.schedule, kind.digest),
            )
            for kind in found.kinds.values()
        ),
        witness=witness,
        state=state,
    )


def gone_astray(where: str) -> SearchUnusable:
    """A schedule of the search that is not what it was."""
    return SearchUnusable(
        None, f"a schedule of it now goes another way ({where}): the code has changed"
    )


def stored_scorecard(card: Scorecard) -> SavedScorecard:
    """A scorecard as data."""
    counts = {f.name: getattr(card, f.name) for f in attrs.fields(Scorecard) if f.name != "costs"}
    costs = card.costs
    return SavedScorecard(
        **counts, costs=costs.counts, resolution=costs.resolution, worst=costs.worst
    )


def scorecard_of(saved: SavedScorecard) -> Scorecard:
    """The scorecard that data holds.

    Raises:
      SearchUnusable: its numbers do not add up.
    """
    data = msgspec.structs.asdict(saved)
    costs, resolution, worst = (data.pop(name) for name in ("costs", "resolution", "worst"))
    try:
        return Scorecard(**data, costs=Costs(costs, resolution, worst))
    except AssertionError:
        raise SearchUnusable(None, "its scorecard does not add up") from None
