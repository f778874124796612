"""Importing instructions that come as a file with a licence: in batches, without losing a good line to a bad one."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collection.errors import ImportRefused, TextRefused
from collection.models import ImportBatch, Instruction, Reference
from collection.screening.duplicates import text_hash
from collection.screening.language import LANGUAGES, detect
from collection.services.answers import references_store
from collection.services.import_files import OUTPUT_FIELDS, Line, Refusal, file_format, lines_read
from collection.services.instructions import text_clean, texts_check
from collection.services.screening import Moderator, instructions_screen
from collection.states import InstructionStatus, ReferenceStatus
from config.audit import act_note
from config.moves import Actor

# In one transaction: whoever else stores an answer waits while those of a batch get their positions.
BATCH_LINES = 128
REFERENCE_MAX_CHARACTERS = 100_000
KNOWN_FIELDS = frozenset({"instruction", "input", "language", "category", "reference"})
# A person's answer that comes with a file was not written here: nobody can vouch for it.


@dataclass(frozen=True, slots=True)
class Record:
    """A line whose fields are what they should be."""

    number: int
    instruction: str
    input: str
    language: str
    category: str
    reference_model: str
    reference_text: str
    text_sha256: str


@dataclass(slots=True)
class ImportResult:
    """What became of a file. `statuses` counts where screening led, when it ran; `unknown_fields` what was not read."""

    batch: ImportBatch | None = None
    read: int = 0
    imported: int = 0
    duplicates: int = 0
    references: int = 0
    outputs_ignored: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_count: int = 0
    unknown_fields: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


# Refusals are reported as they come; only so many are kept for the result.
REFUSALS_KEPT = 1000

Watch = Callable[[Line | Refusal], None]


def instructions_import(
    *,
    path: Path,
    licence: str,
    source: str = "",
    name: str = "",
    format: str = "auto",
    language: str = "",
    imported_by: str = "",
    is_practice: bool = False,
    screens: bool = True,
    watch: Watch | None = None,
) -> ImportResult:
    """Import a file; a line that was imported before under the same licence is counted as a duplicate.

    Writes each batch of lines in a transaction of its own and then screens it, unless `screens` is off and the sweep does
    it. `watch` hears of every line. Raises `ImportRefused` when there is no licence or nothing can be read.
    """
    licence = licence.strip()
    if not licence:
        raise ImportRefused(_("An import needs a licence that allows the use, for example --licence CC-BY-4.0."))
    format = file_format(path, format)
    result = ImportResult()
    moderator = Moderator()
    facts = {"licence": licence[:100], "source": source[:500], "imported_by": imported_by[:200]}
    lines = _records(lines_read(path, format), language, result, watch)
    while records := list(islice(lines, BATCH_LINES)):
        if result.batch is None:
            sha256 = _file_sha256(path)
            result.batch = ImportBatch.objects.create(
                name=(name or path.name)[:200], file_sha256=sha256, is_practice=is_practice, **facts
            )
        imported = _batch_write(records, result.batch, result)
        if screens:
            screened = instructions_screen(instruction_ids=imported, moderator=moderator)
            result.statuses.update(row.status for row in screened)
            if left := len(imported) - len(screened):
                result.statuses[InstructionStatus.RECEIVED] += left
    _batch_close(result)
    return result


def record_of(line: Line, default_language: str) -> Record:
    """The line as a record. Raises `TextRefused` with what is wrong with it."""
    fields = line.fields
    instruction = _text_of(fields, "instruction")
    if not instruction.strip():
        raise TextRefused(_("The field “instruction” is missing or empty."))
    instruction, input = texts_check(instruction=instruction, input=_text_of(fields, "input"))
    language = _text_of(fields, "language")
    if language and language not in LANGUAGES:
        raise TextRefused(_("The language “%(language)s” is neither “ja” nor “en”.") % {"language": language[:20]})
    category = text_clean(_text_of(fields, "category"))
    if len(category) > 40:
        raise TextRefused(_("The field “category” is longer than 40 characters."))
    model, reference = _reference_of(fields.get("reference"))
    return Record(
        number=line.number,
        instruction=instruction,
        input=input,
        language=language or default_language or detect(f"{instruction}\n{input}") or "ja",
        category=category,
        reference_model=model,
        reference_text=reference,
        text_sha256=text_hash(instruction, input),
    )


def _records(
    lines: Iterable[Line | Refusal], language: str, result: ImportResult, watch: Watch | None
) -> Iterator[Record]:
    """The good lines as records; the bad ones are counted and told to `watch`."""
    for line in lines:
        result.read += 1
        seen: Line | Refusal = line
        record = None
        if isinstance(line, Line):
            try:
                record = record_of(line, language)
                _unused_count(line.fields, result)
            except TextRefused as error:
                seen = Refusal(line.number, str(error), line.bytes_read)
        if isinstance(seen, Refusal):
            result.refused_count += 1
            if len(result.refused) < REFUSALS_KEPT:
                result.refused.append(seen)
        if watch is not None:
            watch(seen)
        if record is not None:
            yield record


def _unused_count(fields: dict[str, Any], result: ImportResult) -> None:
    result.outputs_ignored += any(name in OUTPUT_FIELDS for name in fields)
    result.unknown_fields.update(str(name)[:40] for name in fields.keys() - KNOWN_FIELDS - OUTPUT_FIELDS)


def _text_of(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TextRefused(_("The field “%(name)s” is not a text.") % {"name": name})
    return value


def _reference_of(value: Any) -> tuple[str, str]:
    """Model and text of the field `reference`, both empty when there is none."""
    if value is None:
        return "", ""
    if not isinstance(value, dict):
        raise TextRefused(_("The field “reference” is not an object with “model” and “text”."))
    model, text = text_clean(_text_of(value, "model")), text_clean(_text_of(value, "text"))
    if len(text) > REFERENCE_MAX_CHARACTERS:
        raise TextRefused(_("The reference is longer than 100,000 characters."))
    return (model[:100] or "unknown", text) if text else ("", "")


@transaction.atomic
def _batch_write(records: list[Record], batch: ImportBatch, result: ImportResult) -> list[int]:
    """Write those records that are new under this licence; returns their primary keys."""
    hashes = {record.text_sha256 for record in records}
    same_licence = Instruction.objects.filter(import_batch__licence=batch.licence, text_sha256__in=hashes)
    known = set(same_licence.values_list("text_sha256", flat=True))
    new: list[Record] = []
    for record in records:
        if record.text_sha256 in known:
            result.duplicates += 1
            continue
        known.add(record.text_sha256)
        new.append(record)
    rows = Instruction.objects.bulk_create(
        Instruction(
            import_batch=batch,
            instruction=record.instruction,
            input=record.input,
            language=record.language,
            category=record.category,
            category_by=Instruction.CategoryBy.FILE if record.category else "",
            text_sha256=record.text_sha256,
            is_practice=batch.is_practice,
        )
        for record in new
    )
    answered = [(row, record) for row, record in zip(rows, new, strict=True) if record.reference_text]
    _references_import(answered)
    result.references += len(answered)
    result.imported += len(rows)
    return [row.pk for row in rows]


def _references_import(answered: list[tuple[Instruction, Record]]) -> None:
    references = Reference.objects.bulk_create(
        Reference(instruction=row, provider=Reference.Provider.IMPORT, model=record.reference_model)
        for row, record in answered
    )
    references_store(
        stored=[
            (reference, record.reference_text) for reference, (_row, record) in zip(references, answered, strict=True)
        ],
        status=ReferenceStatus.COMPLETE,
        by=Actor.system("import"),
        finish_reason="import",
    )


def _batch_close(result: ImportResult) -> None:
    """Write the counts; a batch that brought nothing new is not kept."""
    if result.batch is None:
        return
    if not result.imported:
        result.batch.delete()
        result.batch = None
        return
    result.batch.imported_count = result.imported
    result.batch.refused_count = result.refused_count
    result.batch.save(update_fields=["imported_count", "refused_count"])
    batch = result.batch
    act_note(
        by=None, act="changed", what="import", name=batch.name, rows=result.imported, imported_by=batch.imported_by
    )


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
