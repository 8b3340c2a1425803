"""trio-asyncio, without what its import does to `asyncio.run` outside of Trio.

From then on a new event loop would be one of trio-asyncio's, which runs Trio underneath; setting a
policy, of whatever kind, tells it to leave code outside of Trio alone.
"""

from __future__ import annotations

import asyncio

import trio_asyncio

__all__ = ["trio_asyncio"]

asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
