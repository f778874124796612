"""How a record stands in the files of a release: on which side, and in which words. The verifier of each release carries this too."""

import hashlib
import json
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import NamedTuple

SIDES = ("train", "test")
TEST_IS_ONE_IN = 20
RECORDS_AT_ONCE = 1000
RECORD_FIELDS = ("id", "instruction", "input", "output", "language", "category", "source", "licence")
COUNTED = {"language": "", "category": "other", "source": "", "licence": "terms"}  # and what stands for an empty value


def side_of(family: str) -> str:
    """The side of the records of a family, which are those of instructions that ask nearly the same: it never changes."""
    return "test" if int(hashlib.sha256(family.encode()).hexdigest()[:8], 16) % TEST_IS_ONE_IN == 0 else "train"


def data_path(side: str) -> str:
    return f"data/{side}-00000-of-00001.jsonl"


class Form(NamedTuple):
    """Another form of the records, a file for each side: where it is, how a record is written, and what stands first."""

    place: str
    line: str
    head: str = ""

    def path(self, side: str) -> str:
        return self.place.format(side)


CHAT = '{"id":%(id)s,"messages":[{"content":%(asked)s,"role":"user"},{"content":%(output)s,"role":"assistant"}]}\n'
# In the words of ShareGPT; its "gpt" is, here, the person who wrote the output.
SHAREGPT = '{"conversations":[{"from":"human","value":%(asked)s},{"from":"gpt","value":%(output)s}],"id":%(id)s}\n'
RECORD = "{" + ",".join(f'"{name}":%({name})s' for name in sorted(RECORD_FIELDS)) + "}"
CSV_HEAD = "\ufeff" + ",".join(RECORD_FIELDS) + "\r\n"  # with the mark by which spreadsheets know UTF-8
FORMS = {
    "chat": Form("chat/{}-00000-of-00001.jsonl", CHAT),
    "sharegpt": Form("sharegpt/{}-00000-of-00001.jsonl", SHAREGPT),
    "csv": Form("csv/{}.csv", "%(row)s\r\n", CSV_HEAD),
}
quote = json.encoder.encode_basestring  # a text as canonical JSON has it
NEEDS_QUOTES = frozenset(',"\r\n')
# In a row of cells with a comma before each: what a spreadsheet would not take as it stands.
CARE = ('"', "\r", "\n", ",=", ",+", ",-", ",@", ",\t")


def quoted(record: dict[str, str]) -> dict[str, str]:
    """The fields of a record as canonical JSON has them. Raises TypeError for what is not text."""
    return {name: quote(record[name]) for name in RECORD_FIELDS}


def written(record: dict[str, str]) -> tuple[str, list[str]]:
    """The canonical line of a record without its end, and what stands for it in each of FORMS."""
    texts = quoted(record)
    line = RECORD % texts
    gap = r"\n\n" if record["input"] else ""
    texts["asked"] = texts["instruction"][:-1] + gap + texts["input"][1:]
    cells = [record[name] for name in RECORD_FIELDS]
    row = "," + ",".join(cells)
    is_plain = row.count(",") == len(cells) and not any(sign in row for sign in CARE)
    texts["row"] = row[1:] if is_plain else ",".join(map(cell, cells))
    return line, [form.line % texts for form in FORMS.values()]


def cell(text: str) -> str:
    """A cell for people's spreadsheets: what would be taken for a formula there has a quote before it."""
    text = ("'" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else "") + text
    return '"' + text.replace('"', '""') + '"' if NEEDS_QUOTES.intersection(text) else text


def paths_of(side: str) -> set[str]:
    """Every file of a side but the Parquet, whose bytes no other program can give again."""
    return {data_path(side), *(form.path(side) for form in FORMS.values())}


def differing(folder: Path, sides: list[str]) -> str:
    """The path of the first other form that does not hold the records that stand in `data/`, or nothing."""
    for side in sides:
        with ExitStack() as opened:
            data = opened.enter_context((folder / data_path(side)).open(encoding="utf-8", newline="\n"))
            paths = [form.path(side) for form in FORMS.values()]
            files = [opened.enter_context((folder / path).open("rb")) for path in paths]
            parts = [[form.head for form in FORMS.values()]]
            while parts:
                for path, file, column in zip(paths, files, zip(*parts)):  # noqa: B905, which Python 3.9 does not know
                    content = "".join(column).encode()
                    if file.read(len(content)) != content:
                        return path
                parts = [written(json.loads(line))[1] for line in islice(data, RECORDS_AT_ONCE)]
            if longer := [path for path, file in zip(paths, files) if file.read(1)]:  # noqa: B905
                return longer[0]
    return ""
