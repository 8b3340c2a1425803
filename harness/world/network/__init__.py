"""The network between processes: links that lose messages, and connections that do not."""

from __future__ import annotations

from harness.world.network.connection import Stream as Stream
from harness.world.network.link import End as End, Link as Link
from harness.world.network.listener import Listener as Listener
from harness.world.network.network import Network as Network

__all__ = ["End", "Link", "Listener", "Network", "Stream"]
