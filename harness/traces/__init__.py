"""Recorded runs: their file format, reading what strangers send, and what may be imported."""

from __future__ import annotations

from harness.traces.environment import current_environment as current_environment
from harness.traces.format import (
    Choice as Choice,
    Environment as Environment,
    Event as Event,
    Step as Step,
    Trace as Trace,
    Violation as Violation,
)
from harness.traces.load import (
    TraceFile as TraceFile,
    load_trace as load_trace,
    read_trace as read_trace,
)
from harness.traces.redact import (
    DEFAULT_REDACTOR as DEFAULT_REDACTOR,
    Processor as Processor,
    Redactor as Redactor,
)
from harness.traces.redacted import redact_trace as redact_trace, shown_pick as shown_pick
from harness.traces.store import (
    find_traces as find_traces,
    make_own_directory as make_own_directory,
    save_trace as save_trace,
)
from harness.traces.trust import (
    Roots as Roots,
    ScenarioSource as ScenarioSource,
    default_roots as default_roots,
    project_root as project_root,
    resolve_scenario as resolve_scenario,
    scenario_reference as scenario_reference,
)
