"""Where screening asks whether an instruction or its input holds an earlier answer of a model; whoever has an index answers.

The comparison belongs to the clean room, of which this side knows nothing: it hands in a function when it starts.
"""

from collections.abc import Callable

from collection.models import Instruction
from collection.screening.findings import Finding

VERSION = 1
Finder = Callable[[Instruction, str], Finding | None]

_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Let `finder` answer from now on; called from an AppConfig's ready()."""
    _finders[:] = [finder]


def is_present() -> bool:
    """Whether anybody answers."""
    return bool(_finders)


def find(instruction: Instruction, text: str) -> Finding | None:
    """What holds `text`, the instruction's own or its input, back: passages of an earlier answer, or that none can tell."""
    return _finders[0](instruction, text) if _finders and text.strip() else None
