"""A fleet of services, databases and jobs, and the plans that are carried out on it."""

from __future__ import annotations

from harness.world.fleet.fleet import PLAN as PLAN, Fleet as Fleet
from harness.world.fleet.service import Instance as Instance, Service as Service

__all__ = ["PLAN", "Fleet", "Instance", "Service"]
