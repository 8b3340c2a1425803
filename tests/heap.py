"""The garbage collector's heap, most of which is pytest's own and frozen: see `tests.conftest`."""

from __future__ import annotations

import gc


def let_go() -> None:
    """What is dead ends here, with its finalisers and warnings; what is left is not looked at again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
