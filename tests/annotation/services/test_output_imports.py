"""Outputs from a file: each passes the gate, a copy is refused and its report kept, and none ever becomes a record."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from annotation.models import CleanRecord, CleanRule, GateReport, ImportedOutput, OutputBatch, Submission, Task
from annotation.services.clearance import clearance_run
from annotation.services.output_imports import OutputImportResult, outputs_import
from collection.errors import ImportRefused
from collection.models import Instruction, Reference
from tests.cast import cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_record, make_text
from tests.parquet import parquet_make

pytestmark = pytest.mark.django_db

REFERENCE = (
    "秋の京都では、まず早朝の東福寺を訪れ、通天橋から谷を埋める紅葉を眺めるのがよいでしょう。"
    "昼は錦市場で旬の味覚を少しずつ試し、午後は哲学の道を南へ歩いて永観堂まで足を延ばします。"
)
VOUCHED = {"licence": "CC-BY-4.0", "source": "https://example.org/human", "attested_by": "An archive"}


def lines(*outputs: Any) -> list[dict[str, Any]]:
    return [
        {"instruction": f"港の朝を描いてください。その{number}", "language": "ja", "output": output}
        for number, output in enumerate(outputs, 1)
    ]


def jsonl(folder: Path, rows: list[dict[str, Any]], name: str = "human.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def imported(file: Path, **changes: Any) -> OutputImportResult:
    return outputs_import(path=file, screens=False, **{**VOUCHED, **changes})


def test_an_output_enters_as_what_it_is(tmp_path: Path) -> None:
    text = make_text()
    result = imported(jsonl(tmp_path, lines(text)))
    row = ImportedOutput.objects.get()
    assert (row.text, row.line, row.instruction.instruction) == (text, 1, "港の朝を描いてください。その1")
    assert (row.batch.licence, row.batch.source, row.batch.attested_by) == tuple(VOUCHED.values())
    report = GateReport.objects.get()
    assert (report.occasion, report.decision, report.imported_output, report.task) == ("import", "pass", row, None)
    assert (result.imported, result.instructions, result.refused_count) == (1, 1, 0)
    assert not Submission.objects.exists() and not Task.objects.exists()


def test_a_copy_of_a_reference_is_refused_and_its_report_kept(tmp_path: Path) -> None:
    make_reference(make_instruction(), text=REFERENCE)
    result = imported(jsonl(tmp_path, lines(make_text(), REFERENCE, make_text() + REFERENCE[:60])))
    assert (result.imported, result.blocked, [one.number for one in result.refused]) == (1, 2, [2, 3])
    assert ImportedOutput.objects.count() == 1
    blocked = GateReport.objects.filter(decision="block")
    assert {(report.occasion, report.imported_output, report.output_batch) for report in blocked} == {
        ("import", None, OutputBatch.objects.get())
    }


def test_the_gate_knows_the_references_of_the_same_file(tmp_path: Path) -> None:
    rows = lines(REFERENCE, make_text())
    rows[1]["reference"] = {"model": "gpt-4", "text": REFERENCE}
    result = imported(jsonl(tmp_path, rows))
    assert Reference.objects.count() == 1
    assert (result.imported, result.blocked) == (1, 1)


def test_a_close_one_is_imported_and_counted(tmp_path: Path) -> None:
    make_reference(make_instruction(), text=REFERENCE)
    close = "早朝の東福寺を訪れ、通天橋から谷を埋める霧を見ました。" + make_text() * 2
    result = imported(jsonl(tmp_path, lines(close, make_text() + "電話は03-1234-5678です。")))
    assert (result.imported, result.held, result.with_personal_data) == (2, 1, 1)
    assert ImportedOutput.objects.get(line=2).findings


@pytest.mark.parametrize("missing", VOUCHED)
def test_nothing_enters_without_licence_source_and_somebody_who_vouches(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ImportRefused):
        imported(jsonl(tmp_path, lines(make_text())), **{missing: "  "})
    with pytest.raises(DatabaseError), transaction.atomic():
        OutputBatch.objects.create(name="x", file_sha256="0" * 64, **{**VOUCHED, missing: ""})
    assert not Instruction.objects.exists()


def test_bad_lines_are_told_by_number_and_good_ones_kept(tmp_path: Path) -> None:
    rows = lines(make_text(), 7, "\ud800", "字" * 200_001, None, make_text())
    rows[0]["human_output"] = "もう一つ。"
    rows.append({"output": make_text()})
    file = tmp_path / "human.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows) + "not json\n", encoding="utf-8")
    result = imported(file)
    assert [one.number for one in result.refused] == [1, 2, 7, 8, 4]
    assert (result.read, result.without_output) == (8, 1)
    assert set(ImportedOutput.objects.values_list("line", flat=True)) <= {3, 6}


def test_the_same_file_twice_brings_nothing_new(tmp_path: Path) -> None:
    file = jsonl(tmp_path, [*lines(make_text()), *lines(make_text())])  # two outputs for one instruction
    assert imported(file).imported == 2
    again = imported(file)
    assert (again.imported, again.duplicates, again.instructions) == (0, 2, 0)
    assert ImportedOutput.objects.count() == 2


def test_csv_and_parquet_are_read_as_well(tmp_path: Path) -> None:
    first, second = make_text(), make_text()
    with (tmp_path / "human.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["instruction", "output"], ["港の夜を描いてください。", first]])
    assert imported(tmp_path / "human.csv").imported == 1
    parquet = tmp_path / "human.parquet"
    parquet_make(parquet, f"SELECT '港の昼を描いてください。' AS instruction, '{second}' AS human_output")
    assert imported(parquet).imported == 1
    assert {row.text for row in ImportedOutput.objects.all()} == {first, second}


def test_no_imported_output_is_ever_a_record(tmp_path: Path) -> None:
    record = make_record(cast())
    text = make_text() + "北の港の話です。"
    imported(jsonl(tmp_path, lines(text)))
    Instruction.objects.filter(import_batch__isnull=False).update(status="screened")
    Instruction.objects.filter(import_batch__isnull=False).update(status="eligible")
    clearance_run()
    assert list(CleanRule.objects.values_list("task", flat=True)) == [record.pk]
    assert not CleanRecord.objects.filter(output=text).exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid "
            "WHERE r.ev_class::regclass::text IN ('clean_rule', 'clean_record') "
            "AND d.refobjid = 'annotation_importedoutput'::regclass"
        )
        assert cursor.fetchone() == (0,)


def test_an_imported_output_is_explained_as_one(tmp_path: Path) -> None:
    imported(jsonl(tmp_path, lines(make_text())))
    output = ImportedOutput.objects.get()
    out = StringIO()
    with pytest.raises(CommandError, match=r"rule 4.*rule 3.*rule 5") as refused:
        call_command("explain_record", str(output.public_id), stdout=out)
    assert refused.value.returncode == 1
    assert "vouched for by An archive" in out.getvalue()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("explain_record", str(output.public_id), "--json", stdout=out)
    assert json.loads(out.getvalue())["imported_output"]["licence"] == "CC-BY-4.0"


def run(file: Path, *options: str) -> tuple[int | str | None, str]:
    out = StringIO()
    asked = ["--licence", "CC-BY-4.0", "--source", "s", "--attested-by", "a", "--screen", "later", *options]
    try:
        call_command("import_outputs", str(file), *asked, stdout=out, stderr=out)
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def test_the_command_reports_and_its_exit_codes_mean_something(tmp_path: Path) -> None:
    make_reference(make_instruction(), text=REFERENCE)
    code, told = run(jsonl(tmp_path, lines(make_text(), REFERENCE)))
    assert code == 2
    assert "Line 2: The output is too close to text that a model wrote." in told
    assert "Outputs imported: 1" in told
    code, told = run(jsonl(tmp_path, lines(REFERENCE), "bad.jsonl"), "--json")
    assert code == 1 and json.loads(told)["blocked"] == 1
    assert run(jsonl(tmp_path, lines(make_text()), "good.jsonl"), "--json")[0] == 0
    assert run(tmp_path / "missing.jsonl")[0] == 1
