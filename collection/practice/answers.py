"""What the practice provider says: the blocks of `answers.md`, cut into pieces of about a token; nothing of HTTP here."""

import itertools
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

ANSWERS_FILE = Path(__file__).with_name("answers.md")
# The keyword of an answer to anything.
GENERAL = "any"

# Used for a language of which the file has no block.
BUILT_IN = {
    "en": "This is a practice answer. No model wrote it; it only shows how an answer arrives.",
    "ja": "これは練習用の回答です。モデルが書いたものではなく、回答が届く様子を示すだけのものです。",
}

# A word, or up to two characters of a script without spaces: about what a tokenizer makes of it.
_PIECE = re.compile(r"\s*(?:[A-Za-z0-9][A-Za-z0-9'’_-]*|[^\sA-Za-z0-9]{1,2})|\s+")
_JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uff66-\uff9f]")
# What follows a piece in its chunk never changes, so it is written once, when the answers are loaded.
_CHUNK_END = b'},"logprobs":null,"finish_reason":null}]}\n\n'


@dataclass(frozen=True, slots=True)
class Answer:
    language: str
    keywords: tuple[re.Pattern[str], ...]
    # Fits a prompt for which no other answer has a word.
    is_general: bool
    pieces: tuple[str, ...]
    chunk_tails: tuple[bytes, ...]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def pieces_of(text: str) -> tuple[str, ...]:
    """Cut a text; joined again, the pieces are the text."""
    return tuple(_PIECE.findall(text))


def language_of(text: str) -> str:
    return "ja" if _JAPANESE.search(text) else "en"


class AnswerBook:
    """The answers, with the choice among them: the same prompt always gets the same one."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._answers = tuple(answers)

    def answer_for(self, prompt: str) -> Answer:
        language = language_of(prompt)
        folded = prompt.casefold()
        candidates = [answer for answer in self._answers if answer.language == language]
        fits = [sum(bool(keyword.search(folded)) for keyword in answer.keywords) for answer in candidates]
        best_fit = max(fits)
        best = [answer for answer, fit in zip(candidates, fits, strict=True) if fit == best_fit]
        if best_fit == 0:
            best = [answer for answer in best if answer.is_general] or best
        return best[zlib.crc32(prompt.encode("utf-8", "replace")) % len(best)]


def answers_load(file: Path = ANSWERS_FILE, *, piece_count: int = 0) -> AnswerBook:
    """Read the answers; `piece_count`, if not 0, gives every answer exactly so many pieces, for measurements."""
    source = file.read_text(encoding="utf-8") if file.is_file() else ""
    answers = [
        _answer_make(language, about, text, piece_count=piece_count)
        for language, about, text in map(_block_read, re.split(r"(?m)^---[ \t]*$", source))
        if text
    ]
    missing = set(BUILT_IN) - {answer.language for answer in answers}
    answers += [_answer_make(language, "", BUILT_IN[language], piece_count=piece_count) for language in sorted(missing)]
    return AnswerBook(answers)


def _block_read(block: str) -> tuple[str, str, str]:
    head, _, text = block.strip().replace("\r\n", "\n").partition("\n\n")
    headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in head.splitlines())}
    if headers.get("lang") not in BUILT_IN:
        return "", "", ""
    return headers["lang"], headers.get("about", ""), text.strip()


def _answer_make(language: str, about: str, text: str, *, piece_count: int) -> Answer:
    pieces = pieces_of(text)
    if piece_count:
        pieces = tuple(itertools.islice(itertools.cycle(pieces), piece_count))
    words = {word.strip().casefold() for word in re.split(r"[,、，]", about)} - {""}
    return Answer(
        language=language,
        keywords=tuple(_keyword_pattern(word) for word in sorted(words - {GENERAL})),
        is_general=GENERAL in words,
        pieces=pieces,
        chunk_tails=tuple(orjson.dumps(piece) + _CHUNK_END for piece in pieces),
    )


def _keyword_pattern(word: str) -> re.Pattern[str]:
    """Where words have spaces between them, a keyword is the beginning of one; in Japanese it may stand anywhere."""
    return re.compile(("(?<![a-z0-9])" if word.isascii() else "") + re.escape(word))
