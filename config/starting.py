"""How a program starts: some two thousand modules are loaded, and nothing of them is ever let go."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load without Python looking through all of it for what could be let go, again and again: a seventh of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
