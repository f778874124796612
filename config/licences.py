"""The licences of what an installation is made of, as the packages themselves state them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

# The lock of what everybody installs; the others add tools for developing.
LOCK = Path(__file__).resolve().parent.parent / "requirements" / "base.txt"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
# Licences under which the whole may be run and passed on as it is. What is not among them is for a person to read.
FREE = (
    "Apache", "BSD", "CNRI", "ISC", "LGPL", "GNU Lesser", "GNU Library", "MIT", "MPL", "Mozilla", "PSF", "Python Software",
    "PostgreSQL", "Unlicense", "Zlib", "ZPL", "0BSD", "CC0", "Public Domain",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Licensed:
    """A package with its licence; `is_known` says that the licence is one of those that everybody knows to be free."""

    name: str
    version: str
    licence: str

    @property
    def is_known(self) -> bool:
        return any(word.lower() in self.licence.lower() for word in FREE)


def licences(lock: Path = LOCK) -> Iterator[Licensed]:
    """Every package of a lock that is installed here, by name. What is for another system is not."""
    for name in dict.fromkeys(_PINNED.findall(lock.read_text(encoding="utf-8"))):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        yield Licensed(name, found.version, _licence(found))


def _licence(found: Distribution) -> str:
    """The licence by its SPDX expression, else by the classifiers, else in the package's own words."""
    facts = found.metadata.json
    if expression := facts.get("license_expression"):
        return str(expression)
    classified = [one.rpartition(" :: ")[2] for one in facts.get("classifier", []) if one.startswith("License ::")]
    named = [one for one in classified if one != "OSI Approved"]
    said = str(facts.get("license", "")).strip().splitlines()
    return " and ".join(named) or (said[0][:80] if said else "")
