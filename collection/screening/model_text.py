"""Where screening asks whether instructions or their inputs hold an earlier answer of a model; whoever has an index answers.

The comparison belongs to the clean room, of which this side knows nothing: it hands in a function when it starts.
"""

from collections.abc import Callable, Sequence

from collection.models import Instruction
from collection.screening.findings import Finding

VERSION = 1
Asked = tuple[Instruction, str]
Finder = Callable[[Sequence[Asked]], list[Finding | None]]

_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Let `finder` answer from now on; called from an AppConfig's ready()."""
    _finders[:] = [finder]


def is_present() -> bool:
    """Whether anybody answers."""
    return bool(_finders)


def find_all(asked: Sequence[Asked]) -> list[Finding | None]:
    """What holds each text, an instruction's own or its input, back: passages of an earlier answer, or that none can tell."""
    return _finders[0](asked) if _finders else [None for _ in asked]
