"""How the making of a record stands in a line of a release. The verifier of each release carries this."""

import re
from typing import NamedTuple

from annotation.release.record_lines import STRING

WORD = rb'"[ !#-\[\]-~]+"'  # a word of ours, in quotes
HASH = rb'"[0-9a-f]{64}"'
NUMBER = rb"(?:0|[1-9][0-9]*)"
FIELDS = {
    "active_minutes": NUMBER,
    "agreement": NUMBER,
    "editor": rb"(null|%b)" % WORD,
    "family": rb"(%b)" % WORD,
    "gate": rb'\{"decision":(%b),"engine":%b,"settings":%b,"watermark":%b\}' % (WORD, WORD, NUMBER, NUMBER),
    "guideline": rb"(?:null|%b)" % NUMBER,
    "id": rb"(%b)" % WORD,
    "leaf": rb"(%b)" % HASH,
    "licence": rb"(%b)" % STRING,
    "record_sha256": rb"(%b)" % HASH,
    "reference": rb'\{"policy":(%b),"shown_to_writer":(false|true)\}' % WORD,
    "reviewer": rb"(%b)" % WORD,
    "salt": rb"(%b)" % HASH,
    "terms": rb"(null|%b)" % NUMBER,
    "trace": WORD,
    "writer": rb"(%b)" % WORD,
    "written_on": rb'"[0-9]{4}-[0-9]{2}-[0-9]{2}"',
}
IS_MAKING = re.compile(rb"\{%b\}" % b",".join(b'"%b":%b' % (name.encode(), FIELDS[name]) for name in FIELDS))


class Making(NamedTuple):
    """What a line of provenance tells that a check asks for, each as canonical JSON has it."""

    editor: bytes
    family: bytes
    decision: bytes
    id: bytes
    leaf: bytes
    licence: bytes
    record_sha256: bytes
    policy: bytes
    shown_to_writer: bytes
    reviewer: bytes
    salt: bytes
    terms: bytes
    writer: bytes


def making_read(line: bytes) -> "Making | None":
    """What a canonical line without its end tells; None for a line that is not canonical, or has other fields."""
    found = IS_MAKING.fullmatch(line)
    return Making._make(found.groups()) if found else None
