"""A text with what is not prose blanked out, and its sentences. Offsets stay those of the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BLANK = "\ufffc"  # stands for each character of code, an address or a quotation; no check looks for it

_FENCED = re.compile(
    r"^(?P<fence>`{3,12}(?!`)|~{3,12}(?!~))[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_INLINE_CODE = re.compile(r"(?<!`)`[^`\n]{1,400}`(?!`)")
_MATHEMATICS = re.compile(r"\$\$.{1,2000}?\$\$|(?<![\\$\w])\$[^$\n]{1,200}\$(?![\w$])", re.DOTALL)
ADDRESS = re.compile(r"(?:https?://|www\.)[!#-;=?-~]{3,2000}(?<![).,;:!?'])")
_QUOTED = re.compile(r"「[^「」\n]{0,2000}」|『[^『』\n]{0,2000}』|“[^”\n]{0,2000}”|^>[^\n]*$", re.MULTILINE)
_LINE_OPENING = re.compile(r"[ \t　]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+・][ \t　]*|[0-9０-９]{1,3}[.．)）][ \t　]*)*")
_SENTENCE_END = re.compile(r"[。．！？!?]+[」』）)”\"]*|\.(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is the sentence with its closing mark, from `start` on; without one it is a heading, an item or a piece."""

    text: str
    start: int
    is_closed: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def without_code(text: str) -> str:
    """Return the text with code, mathematics and addresses blanked out; as long as it was, line ends kept."""
    for pattern in (_FENCED, _INLINE_CODE, _MATHEMATICS, ADDRESS):
        text = pattern.sub(_blank, text)
    return text


def without_quotations(prose: str) -> str:
    """Return the prose with what stands in quotation marks blanked out: somebody else's words, in their own style."""
    return _QUOTED.sub(_blank, prose)


def sentences(prose: str) -> Iterator[Sentence]:
    """Yield the sentences line by line, without the marks of headings, lists and quotations."""
    at = 0
    for line in prose.split("\n"):
        opening = _LINE_OPENING.match(line)
        yield from _sentences_of_line(line, at, opening.end() if opening else 0)
        at += len(line) + 1


def _sentences_of_line(line: str, at: int, start: int) -> Iterator[Sentence]:
    for match in _SENTENCE_END.finditer(line, start):
        yield from _sentence(line[start : match.end()], at + start, is_closed=True)
        start = match.end()
    yield from _sentence(line[start:], at + start, is_closed=False)


def _sentence(piece: str, start: int, *, is_closed: bool) -> Iterator[Sentence]:
    bare = piece.strip(" \t　")
    if bare:
        yield Sentence(bare, start + piece.index(bare), is_closed)


def _blank(match: re.Match[str]) -> str:
    return "".join("\n" if character == "\n" else BLANK for character in match.group())
