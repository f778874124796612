"""A second process for one piece of work, where there can be one. The verifier of each release carries this."""

import os
from collections.abc import Callable


def beside(work: Callable[[], str]) -> Callable[[], str]:
    """Begin work in a second process; what comes back waits for its end and returns what it returned.

    Raises OSError, when waited for, if the process did not come to an end. Without `fork` the work is done then.
    """
    if not hasattr(os, "fork"):
        return work
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, f"{work()}\n".encode())
        finally:
            os._exit(0)
    os.close(writing)

    def ended() -> str:
        with os.fdopen(reading, encoding="utf-8") as told:
            said = told.read()
        os.waitpid(child, 0)
        if not said.endswith("\n"):
            raise OSError("the second process did not come to an end; perhaps the memory is full")
        return said[:-1]

    return ended
