"""How a record stands in the files of a release: on which side, and in which words. The verifier of each release carries this too."""

import hashlib
import json
import re
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
    line: bytes
    head: bytes = b""

    def path(self, side: str) -> str:
        return self.place.format(side)


CHAT = b'{"id":%(id)b,"messages":[{"content":%(asked)b,"role":"user"},{"content":%(output)b,"role":"assistant"}]}\n'
# In the words of ShareGPT; its "gpt" is, here, the person who wrote the output.
SHAREGPT = b'{"conversations":[{"from":"human","value":%(asked)b},{"from":"gpt","value":%(output)b}],"id":%(id)b}\n'
CSV_HEAD = ("\ufeff" + ",".join(RECORD_FIELDS) + "\r\n").encode()  # with the mark by which spreadsheets know UTF-8
FORMS = {
    "chat": Form("chat/{}-00000-of-00001.jsonl", CHAT),
    "sharegpt": Form("sharegpt/{}-00000-of-00001.jsonl", SHAREGPT),
    "csv": Form("csv/{}.csv", b"%(row)b\r\n", CSV_HEAD),
}
NEEDS_QUOTES = frozenset(',"\r\n')
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # begins what a spreadsheet would take for one
# A text in the one way in which canonical JSON has it: nothing is escaped that need not be.
STRING = rb'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'


class Line(NamedTuple):
    """The fields of a record, each as canonical JSON has it between its names, in the order of a canonical line."""

    category: bytes
    id: bytes
    input: bytes
    instruction: bytes
    language: bytes
    licence: bytes
    output: bytes
    source: bytes


RECORD = b"{%b}" % b",".join(b'"%b":%%b' % name.encode() for name in Line._fields)
BLANKS = [json.encoder.encode_basestring(chr(code))[1:-1] for code in range(0x3001) if chr(code).isspace()]
IS_BLANK = re.compile(f'"(?:{"|".join(map(re.escape, BLANKS))})*"'.encode())
IS_RECORD = re.compile(rb"\{%b\}" % b",".join(b'"%b":(%b)' % (name.encode(), STRING) for name in Line._fields))


def line_read(line: bytes) -> "Line | None":
    """The fields in a canonical line without its end; None for any other line. Whether it is UTF-8 is not asked."""
    found = IS_RECORD.fullmatch(line)
    return Line._make(found.groups()) if found else None


def line_made(record: "dict[str, str]") -> Line:
    """The fields of a record. Raises TypeError for what is not text."""
    return Line._make([json.encoder.encode_basestring(record[name]).encode() for name in Line._fields])


def text_of(quoted: bytes) -> str:
    """The text that a field of a line stands for."""
    return str(json.loads(quoted)) if b"\\" in quoted else quoted[1:-1].decode()


def is_blank(quoted: bytes) -> bool:
    """Whether there is nothing to be read in a field of a line."""
    return bool(IS_BLANK.fullmatch(quoted))


def other_forms(one: Line) -> "list[bytes]":
    """What stands for a record in each of FORMS."""
    gap = rb"\n\n" if len(one.input) > len('""') else b""
    asked = one.instruction[:-1] + gap + one.input[1:]
    told = {b"id": one.id, b"asked": asked, b"output": one.output, b"row": row(one)}
    return [form.line % told for form in FORMS.values()]


def row(one: Line) -> bytes:
    """The row of a table."""
    fields = (one.id, one.instruction, one.input, one.output, one.language, one.category, one.source, one.licence)
    cells = b",".join([field[1:-1] for field in fields])
    starts = b"".join([field[1:2] for field in fields]).decode("latin-1")
    if cells.count(b",") < len(fields) and b"\\" not in cells and not any(sign in starts for sign in FORMULA):
        return cells
    return ",".join([cell(text_of(field)) for field in fields]).encode()


def cell(text: str) -> str:
    """A cell for people's spreadsheets: what would be taken for a formula there has a quote before it."""
    text = ("'" if text.startswith(FORMULA) else "") + text
    return '"' + text.replace('"', '""') + '"' if NEEDS_QUOTES.intersection(text) else text


def paths_of(side: str) -> set[str]:
    """Every file of a side but the Parquet, whose bytes no other program can give again."""
    return {data_path(side), *(form.path(side) for form in FORMS.values())}


def differing(folder: Path, sides: list[str]) -> str:
    """The path of the first other form that does not hold the records that stand in `data/`, or nothing."""
    for side in sides:
        with ExitStack() as opened:
            data = opened.enter_context((folder / data_path(side)).open("rb"))
            paths = [form.path(side) for form in FORMS.values()]
            files = [opened.enter_context((folder / path).open("rb")) for path in paths]
            parts = [[form.head for form in FORMS.values()]]
            while parts:
                for path, file, column in zip(paths, files, zip(*parts)):  # noqa: B905, which Python 3.9 does not know
                    content = b"".join(column)
                    if file.read(len(content)) != content:
                        return path
                read = [line_read(line[:-1]) for line in islice(data, RECORDS_AT_ONCE)]
                parts = [other_forms(one) for one in read if one]
                if len(parts) < len(read):
                    return data_path(side)
            if longer := [path for path, file in zip(paths, files) if file.read(1)]:  # noqa: B905
                return longer[0]
    return ""
