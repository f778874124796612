import json
from pathlib import Path
from typing import Any

import pytest

from collection.errors import ImportRefused
from collection.models import ImportBatch, Instruction, Reference
from collection.services.import_files import CELL_LIMIT_CHARACTERS, MOST_ROWS, Line, lines_read
from collection.services.imports import ImportResult, instructions_import
from tests.parquet import parquet_make
from tests.provider import Provider

pytestmark = pytest.mark.django_db


def write(path: Path, *lines: bytes | str | dict[str, Any]) -> Path:
    raw = [json.dumps(one, ensure_ascii=False) if isinstance(one, dict) else one for one in lines]
    path.write_bytes(b"\n".join(one.encode("utf-8", "surrogatepass") if isinstance(one, str) else one for one in raw))
    return path


def load(path: Path, **options: Any) -> ImportResult:
    return instructions_import(path=path, licence=options.pop("licence", "CC-BY-4.0"), screens=False, **options)


def test_one_bad_line_of_each_kind_is_reported_by_number_and_no_good_one_is_lost(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mixed.jsonl",
        {"instruction": "空はなぜ青いのですか。"},
        "{not json",
        b'{"instruction": "\xff\xfe"}',
        {"input": "nothing asked"},
        {"instruction": "   "},
        {"instruction": 12},
        {"instruction": "あ" * 4001},
        '["a", "list"]',
        '{"instruction": "half \\ud83d pair"}',
        '{"instruction": "nul \\u0000 sign"}',
        {"instruction": "Why is the sky blue?", "language": "xx"},
        {"instruction": "訳して", "reference": "not an object"},
        {"instruction": "訳して", "reference": {"model": 3, "text": "x"}},
        "[" * 100_000,
        "",
        {"instruction": "海はなぜ青いのですか。", "surprise": 1},
    )
    result = load(path)
    assert [one.number for one in result.refused] == list(range(2, 15))
    assert all(str(one.reason) for one in result.refused)
    assert (result.imported, result.refused_count) == (2, 13)
    assert list(Instruction.objects.values_list("instruction", flat=True).order_by("pk")) == [
        "空はなぜ青いのですか。",
        "海はなぜ青いのですか。",
    ]
    assert result.unknown_fields == {"surprise": 1}


def test_the_reason_says_what_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.jsonl", '{"instruction": "x",}', b'{"instruction": "caf\xe9 au lait"}')
    malformed, latin = load(path).refused
    assert "not JSON" in str(malformed.reason)
    assert "UTF-8" in str(latin.reason)


def test_a_second_run_adds_nothing_and_another_licence_does(tmp_path: Path) -> None:
    path = write(tmp_path / "two.jsonl", {"instruction": "空はなぜ青い？"}, {"instruction": "海はなぜ青い？"})
    assert load(path).imported == 2
    again = load(path)
    assert (again.imported, again.duplicates, again.batch) == (0, 2, None)
    assert ImportBatch.objects.count() == 1
    assert load(path, licence="MIT").imported == 2


def test_a_line_that_stands_twice_in_a_file_comes_once(tmp_path: Path) -> None:
    path = write(
        tmp_path / "twice.jsonl",
        {"instruction": "空は？なぜ"},
        {"instruction": "空は？　なぜ"},
        {"instruction": "空は?  なぜ"},
    )
    result = load(path)
    assert (result.imported, result.duplicates) == (2, 1)


def test_references_become_stored_model_text_and_outputs_are_not_taken(tmp_path: Path) -> None:
    path = write(
        tmp_path / "reference.jsonl",
        {
            "instruction": "空は？なぜ",
            "reference": {"model": "gpt-4", "text": "散乱です。"},
            "human_output": "散らばるから。",
        },
    )
    result = load(path)
    reference = Reference.objects.get()
    assert (reference.provider, reference.model, reference.text) == ("import", "gpt-4", "散乱です。")
    assert (reference.status, reference.position is not None) == ("complete", True)
    assert (result.references, result.outputs_ignored) == (1, 1)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    path.write_bytes('\ufeff{"instruction": "空はなぜ青い？"}\r\n{"instruction": "海はなぜ青い？"}\r\n'.encode())
    assert load(path).imported == 2


def test_a_csv_comes_with_its_header_its_quotes_and_its_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(
        "instruction,input,language,reference_model,reference_text\n"
        '"次の文を、\n訳して",Hello,ja,gpt-4,こんにちは\n'
        "a,b,ja,,,too,many\n".encode()
        + b"caf\xe9,,,,\n"
        + "海はなぜ青いのですか。,,,,\n".encode()
    )
    result = load(path)
    assert [one.number for one in result.refused] == [4, 5]
    assert list(Instruction.objects.values_list("instruction", flat=True).order_by("pk")) == [
        "次の文を、\n訳して",
        "海はなぜ青いのですか。",
    ]
    assert Reference.objects.get().text == "こんにちは"


def test_parquet_comes_with_nested_references(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    parquet_make(
        path,
        "SELECT '空はなぜ青い？' AS instruction, NULL AS input, {'model': 'gpt-4', 'text': '散乱'} AS reference "
        "UNION ALL SELECT NULL, 'x', NULL",
    )
    result = load(path)
    assert (result.imported, result.references, result.refused_count) == (1, 1, 1)


def test_a_small_file_that_unfolds_into_a_great_deal_fills_no_memory(tmp_path: Path) -> None:
    """Cells are read no further than it takes to refuse them, and what is no field of ours not at all."""
    path = tmp_path / "folded.parquet"
    long = "repeat('あ', 1000000)"
    parquet_make(
        path,
        f"SELECT {long} AS instruction, {{'model': 'm', 'text': {long}}} AS reference, [{long}] AS notes FROM range(3) "
        "UNION ALL SELECT '空はなぜ青い？', NULL, NULL UNION ALL SELECT '海はなぜ青い？', NULL, ['x']",
    )
    assert path.stat().st_size < 1_000_000  # a ninth of what one cell of it unfolds into, and there are nine
    lines = [line for line in lines_read(path, "parquet") if isinstance(line, Line)]
    assert max(len(str(value)) for line in lines for value in line.fields.values()) < 2 * CELL_LIMIT_CHARACTERS
    result = load(path)
    assert (result.imported, result.refused_count) == (2, 3)
    assert set(result.unknown_fields) == {"notes"}


def test_a_file_of_endlessly_many_rows_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    parquet_make(path, f"SELECT 'x' AS instruction FROM range({MOST_ROWS + 1})")
    with pytest.raises(ImportRefused, match="more rows"):
        load(path)


def test_a_column_of_numbers_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "numbers.parquet"
    parquet_make(path, "SELECT 7 AS instruction")
    assert load(path).refused_count == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.jsonl", b""),
        ("utf16.jsonl", "\ufeff{}".encode("utf-16-le")),
        ("no_header.csv", b"question,answer\na,b\n"),
        ("broken.parquet", b"PAR1 and then nothing"),
        ("packed.jsonl", b"PK\x03\x04zip"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_refused_whole(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportRefused):
        load(path)


def test_a_missing_file_and_a_missing_licence_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused):
        load(tmp_path / "nowhere.jsonl")
    with pytest.raises(ImportRefused):
        load(write(tmp_path / "a.jsonl", {"instruction": "空は？なぜ"}), licence=" ")


def test_imported_instructions_are_screened_when_asked_for(tmp_path: Path, provider: Provider) -> None:
    path = write(
        tmp_path / "screened.jsonl",
        {"instruction": "空はなぜ青いのですか。"},
        {"instruction": "電話は090-1234-5678です。返事を書いて"},
    )
    result = instructions_import(path=path, licence="CC-BY-4.0")
    assert result.statuses == {"eligible": 1, "held": 1}


def test_more_lines_than_a_batch_holds_all_arrive(tmp_path: Path) -> None:
    path = write(
        tmp_path / "many.jsonl", *({"instruction": f"{number}を素因数分解してください。"} for number in range(1203))
    )
    seen: list[int] = []
    result = load(path, watch=lambda line: seen.append(line.number))
    assert (result.imported, len(seen)) == (1203, 1203)
    assert result.batch is not None
    assert result.batch.imported_count == 1203
