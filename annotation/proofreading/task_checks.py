"""The text beside what was asked: its length and language, what it repeats of the question, what the order does not want."""

import re
import unicodedata
from collections.abc import Iterator

from annotation.proofreading.prose import ADDRESS
from annotation.proofreading.remarks import Assignment, Remark
from collection.screening import personal_data
from collection.screening.language import detect

VERSION = 2

COPIED_RUN = 20  # characters in a row that also stand in the question, or in what was pasted
COPIED_SHARE = 0.5  # of the text
_DETECTED_CHARACTERS = 20
_NOT_WORDS = re.compile(r"[\W_]+")


def find(text: str, prose: str, task: Assignment) -> Iterator[Remark]:
    """Yield what does not fit the task. `prose` is the text without code."""
    bare = text.strip()
    if not _NOT_WORDS.sub("", bare):
        yield Remark("task.empty")
        return
    if len(bare) < task.least:
        yield Remark("task.short", numbers={"characters": len(bare), "least": task.least})
    if len(bare) > task.most:
        yield Remark("task.long", numbers={"characters": len(bare), "most": task.most})
    yield from _repeats(bare, task)
    if len(_NOT_WORDS.sub("", prose)) >= _DETECTED_CHARACTERS and (found := detect(prose)) and found != task.language:
        yield Remark("task.language", numbers={"language": found})
    for match in ADDRESS.finditer(text):
        if match.group() not in task.prompt:
            yield Remark("task.link", *match.span())
    for finding in personal_data.find(text):
        if text[finding.start : finding.end] not in task.prompt:
            yield Remark("task.personal_data", finding.start, finding.end)
    for term in task.terms:
        yield from _unwanted(prose, term.unwanted, term.wanted)
    for number, passage in enumerate(task.pasted):
        for start, end in _shared_runs(text, passage):
            yield Remark("task.pasted", start, end, {"pasted": number})


def _repeats(bare: str, task: Assignment) -> Iterator[Remark]:
    """The question given back, whole or in great part."""
    folded = _fold(bare)
    if folded in {_fold(task.instruction), _fold(task.input)}:
        yield Remark("task.same_as_question")
        return
    share = _copied_share(folded, _fold(task.prompt))
    if share >= COPIED_SHARE:
        yield Remark("task.copied_from_question", numbers={"percent": round(share * 100)})


def _copied_share(text: str, prompt: str) -> float:
    """The share of `text` that lies in runs of `COPIED_RUN` characters which `prompt` has too."""
    return sum(end - start for start, end in _shared_runs(text, prompt)) / len(text) if text else 0.0


def _shared_runs(text: str, other: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of `text` that are made of runs of `COPIED_RUN` characters which `other` has too, apart and in order."""
    known = {other[at : at + COPIED_RUN] for at in range(len(other) - COPIED_RUN + 1)}
    start = reach = 0
    for at in range(len(text) - COPIED_RUN + 1):
        if text[at : at + COPIED_RUN] not in known:
            continue
        if at > reach:
            if reach > start:
                yield start, reach
            start = at
        reach = at + COPIED_RUN
    if reach > start:
        yield start, reach


def _fold(text: str) -> str:
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _unwanted(prose: str, unwanted: str, wanted: str) -> Iterator[Remark]:
    """A word of the order's list; one in Latin letters only where it stands alone."""
    if not unwanted:
        return
    edge_before, edge_after = ("(?<![A-Za-z])", "(?![A-Za-z])") if unwanted.isascii() else ("", "")
    for match in re.finditer(edge_before + re.escape(unwanted) + edge_after, prose, re.IGNORECASE):
        if wanted and unwanted in wanted and prose[match.start() - wanted.index(unwanted) :].startswith(wanted):
            continue  # サーバ in サーバー
        yield Remark("task.term", *match.span(), {"wanted": wanted})
