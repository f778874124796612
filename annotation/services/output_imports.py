"""Importing outputs that people wrote elsewhere: through the gate, and into a table of their own."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from annotation.models import GateReport, ImportedOutput, OutputBatch, Task
from annotation.services.drafts import text_clean, text_sha256
from annotation.services.gate import Asked, GateResult, TextUnreadable, gate_check_all, report_fields
from collection.errors import ImportRefused, TextRefused
from collection.models import Instruction
from collection.screening import personal_data
from collection.services.import_files import OUTPUT_FIELDS, Line, Refusal, file_format, lines_read
from collection.services.imports import instructions_import, record_of
from collection.states import InstructionStatus
from config.audit import act_note

BATCH_LINES = 100
REFUSALS_KEPT = 1000
TOO_CLOSE = _("The output is too close to text that a model wrote.")

Watch = Callable[[Line | Refusal], None]


@dataclass(slots=True)
class OutputImportResult:
    """What became of a file's lines. `held`: imported, but so close to a reference that a person should look."""

    batch: OutputBatch | None = None
    read: int = 0
    imported: int = 0
    duplicates: int = 0
    held: int = 0
    blocked: int = 0
    with_personal_data: int = 0
    without_output: int = 0
    instructions: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_count: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Output:
    number: int
    bytes_read: int
    text: str
    instruction_sha256: str


def outputs_import(
    *,
    path: Path,
    licence: str,
    source: str,
    attested_by: str,
    name: str = "",
    format: str = "auto",
    language: str = "",
    is_practice: bool = False,
    screens: bool = True,
    watch: Watch | None = None,
) -> OutputImportResult:
    """Import a file of instructions with outputs that people wrote, under a licence, from a source, vouched for by somebody.

    The instructions are imported first, as `instructions_import` does, references of the file with them, so that the
    gate knows these too. Then each output is compared with every reference; a blocked one is refused, and its report
    kept. Writes in batches. Raises `ImportRefused` when one of the three is missing or nothing can be read.
    """
    facts = {"licence": licence.strip()[:100], "source": source.strip()[:500], "attested_by": attested_by.strip()[:200]}
    if not all(facts.values()):
        raise ImportRefused(
            _("An import of outputs needs a licence, a source, and who vouches that people wrote them.")
        )
    format = file_format(path, format)
    taken = instructions_import(
        path=path, licence=licence, source=source, name=name, format=format, language=language,
        imported_by="import_outputs", is_practice=is_practice, screens=screens,
    )  # fmt: skip
    result = OutputImportResult(instructions=taken.imported, statuses=taken.statuses)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    result.batch = OutputBatch.objects.create(name=(name or path.name)[:200], file_sha256=sha256, **facts)
    outputs = _outputs(path, format, language, result, watch)
    while some := list(islice(outputs, BATCH_LINES)):
        _batch_write(some, result.batch, result, watch)
    result.batch.imported_count, result.batch.refused_count = result.imported, result.refused_count
    result.batch.save(update_fields=["imported_count", "refused_count"])
    vouched: dict[str, Any] = {
        "name": result.batch.name,
        "rows": result.imported,
        "attested_by": result.batch.attested_by,
    }
    act_note(by=None, act="changed", what="import_outputs", **vouched)
    return result


def _outputs(
    path: Path, format: str, language: str, result: OutputImportResult, watch: Watch | None
) -> Iterator[_Output]:
    """Yield the outputs of the lines that can be read; the others are counted and told."""
    for line in lines_read(path, format):
        result.read += 1
        if isinstance(line, Refusal):
            _refuse(result, line, watch)
            continue
        try:
            text = _text_of(line.fields)
            record = record_of(line, language)
        except TextRefused as error:
            _refuse(result, Refusal(line.number, str(error), line.bytes_read), watch)
            continue
        if watch is not None:
            watch(line)
        if text:
            yield _Output(line.number, line.bytes_read, text, record.text_sha256)
        else:
            result.without_output += 1


def _text_of(fields: dict[str, Any]) -> str:
    """Return the output of a line, "" when it has none. Raises `TextRefused` when there are two, or it is no text."""
    given = [fields[name] for name in sorted(OUTPUT_FIELDS) if fields.get(name) not in (None, "")]
    if not given:
        return ""
    if len(given) > 1:
        raise TextRefused(_("The line has two outputs; say which it is."))
    if not isinstance(given[0], str):
        raise TextRefused(_("The output is not a text."))
    return text_clean(given[0]).strip()


def _batch_write(some: list[_Output], batch: OutputBatch, result: OutputImportResult, watch: Watch | None) -> None:
    """Compare some outputs at one moment, outside any transaction, and write what came of it in one."""
    found = _instructions({output.instruction_sha256 for output in some}, batch.licence)
    known = set(ImportedOutput.objects.filter(instruction__in=found.values()).values_list("instruction", "text_sha256"))
    new: list[tuple[_Output, Instruction]] = []
    for output in some:
        instruction = found.get(output.instruction_sha256)
        if instruction is None:
            gone = _("Its instruction was withdrawn.")
            _refuse(result, Refusal(output.number, gone, output.bytes_read), watch)
        elif (instruction.pk, text_sha256(output.text)) in known:
            result.duplicates += 1
        else:
            known.add((instruction.pk, text_sha256(output.text)))
            new.append((output, instruction))
    # The gate asks a task for nothing but its instruction; these have no task, and none is stored for them.
    asked = [Asked(Task(instruction=instruction), output.text) for output, instruction in new]
    judged = gate_check_all(asked) if asked else []
    with transaction.atomic():
        for (output, instruction), verdict in zip(new, judged, strict=True):
            _output_write(output, instruction, batch, verdict, result, watch)


def _output_write(
    output: _Output,
    instruction: Instruction,
    batch: OutputBatch,
    verdict: GateResult | TextUnreadable,
    result: OutputImportResult,
    watch: Watch | None,
) -> None:
    if isinstance(verdict, TextUnreadable):
        _refuse(result, Refusal(output.number, str(verdict), output.bytes_read), watch)
        return
    row = None
    if verdict.outcome == GateReport.Decision.BLOCK:
        result.blocked += 1
        _refuse(result, Refusal(output.number, TOO_CLOSE, output.bytes_read), watch)
    else:
        findings = [asdict(finding) for finding in personal_data.find(output.text)]
        row = ImportedOutput.objects.create(
            batch=batch,
            instruction=instruction,
            line=output.number,
            text=output.text,
            text_sha256=text_sha256(output.text),
            character_count=len(output.text),
            findings=findings,
        )
        result.imported += 1
        result.held += verdict.outcome == GateReport.Decision.REVIEW
        result.with_personal_data += bool(findings)
    fields = report_fields(None, None, GateReport.Occasion.IMPORT, verdict)
    GateReport.objects.create(**fields, output_batch=batch, imported_output=row)


def _instructions(hashes: set[str], licence: str) -> dict[str, Instruction]:
    rows = Instruction.objects.filter(
        text_sha256__in=hashes, import_batch__licence=licence, import_batch__revoked_at=None
    )
    standing = rows.exclude(status=InstructionStatus.WITHDRAWN).order_by("-pk")
    return {row.text_sha256: row for row in standing}


def _refuse(result: OutputImportResult, refusal: Refusal, watch: Watch | None) -> None:
    result.refused_count += 1
    if len(result.refused) < REFUSALS_KEPT:
        result.refused.append(refusal)
    if watch is not None:
        watch(refusal)
