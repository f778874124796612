"""How one text differs from another, for people: line by line, and inside a changed line word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

Kind = Literal["same", "added", "removed"]

# Lines that stay are shown so many before and after a change; the others are skipped.
CONTEXT_LINES = 1
# Two lines less alike than this are told as one gone and one new, not as a weave of single signs.
ALIKE = 0.5
# A word or a number changes as a whole; Japanese, which has no spaces, sign by sign.
_TOKEN = re.compile(r"[A-Za-z\u00c0-\u024f']+|[0-9]+|.", re.DOTALL)
# Headings are told by their words; that they are headings says nothing about what changed.
_HEADING = re.compile(r"^#{1,6} ")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line."""

    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its pieces; no pieces at all stand for lines that are the same and left out."""

    parts: tuple[Part, ...]

    @property
    def is_gap(self) -> bool:
        return not self.parts


def text_differences(old: str, new: str) -> list[Line]:
    """The lines that differ, each with a little around it; nothing when the texts are the same."""
    lines = list(_lines(old.split("\n"), new.split("\n")))
    changed = [at for at, line in enumerate(lines) if any(part.kind != "same" for part in line.parts)]
    near = {at for middle in changed for at in range(middle - CONTEXT_LINES, middle + CONTEXT_LINES + 1)}
    shown: list[Line] = []
    for at, line in enumerate(lines):
        if at in near:
            shown.append(line)
        elif shown and not shown[-1].is_gap:
            shown.append(Line(()))
    while shown and shown[-1].is_gap:
        shown.pop()
    return shown


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    old, new = ([_HEADING.sub("", line) for line in lines if line.strip()] for lines in (old, new))
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (Line((Part(line, "same"),)) for line in old[old_from:old_to])
            continue
        for before, after in zip_longest(old[old_from:old_to], new[new_from:new_to], fillvalue=""):
            yield from _pair(before, after)


def _pair(before: str, after: str) -> Iterator[Line]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if old and new and matcher.ratio() >= ALIKE:
        yield Line(tuple(_parts(old, new, matcher)))
        return
    if before:
        yield Line((Part(before, "removed"),))
    if after:
        yield Line((Part(after, "added"),))


def _parts(before: list[str], after: list[str], matcher: "SequenceMatcher[str]") -> Iterator[Part]:
    for tag, before_from, before_to, after_from, after_to in matcher.get_opcodes():
        if tag == "equal":
            yield Part("".join(before[before_from:before_to]), "same")
            continue
        if before_to > before_from:
            yield Part("".join(before[before_from:before_to]), "removed")
        if after_to > after_from:
            yield Part("".join(after[after_from:after_to]), "added")
