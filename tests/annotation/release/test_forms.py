"""The forms and papers of a release, read by the programs they are made for."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from annotation.release.build import release_build
from annotation.release.forms import parquet_write
from annotation.release.record_lines import FORMS, RECORD_FIELDS, data_path, line_made, other_forms
from annotation.release.seal import canonical
from annotation.release.verify_release import Unsound, verify
from tests.annotation.release.test_build import KEY, TEST, TRAIN, make_row
from tests.annotation.release.test_verify_release import lines_changed, resealed
from tests.releases import records_of

FORMULA = '=HYPERLINK("x")'
OPERATION = {
    "reviews": {"accept": 9, "return": 2, "reject": 1},
    "returned_for": {"too_short": 2},
    "gate_overrides": 1,
    "price_per_record": {"JPY": {"min": 300, "median": 400, "max": 900}},
    "gate_settings": {"version": 3, "thresholds": {}, "why": "After calibration."},
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        make_row(1, category="writing", output=f"{FORMULA}\n「鴨」\u2028🐟"),
        make_row(2, language="en", licence="CC0-1.0", source="import", input="With, an input"),
        make_row(3, family=TEST, editor=13, decision="review"),
        make_row(4, family=TRAIN, instruction="-1と+1を足してください。"),
    ]
    folder = tmp_path_factory.mktemp("forms") / "r"
    release_build(rows=rows, folder=folder, name="2026-1", key=KEY, operation=OPERATION, filters={"language": ["ja"]})
    return folder


def test_every_configuration_loads_with_datasets_and_holds_the_same_records(release: Path, tmp_path: Path) -> None:
    import datasets

    def load(name: str) -> dict[str, list[dict[str, Any]]]:
        found = datasets.load_dataset(str(release), name, cache_dir=str(tmp_path / name))
        return {side: found[side].to_list() for side in ("train", "test")}

    assert datasets.get_dataset_config_names(str(release), cache_dir=str(tmp_path)) == ["default", "chat", "sharegpt"]
    records = load("default")
    assert [len(records["train"]), len(records["test"])] == [3, 1]
    assert sorted(records["train"] + records["test"], key=lambda one: one["id"]) == records_of(release)
    files = {side: str(release / f"parquet/{side}-00000-of-00001.parquet") for side in records}
    columns = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "parquet"))
    assert {side: columns[side].to_list() for side in records} == records
    for side, rows in load("chat").items():
        assert [[one["role"] for one in row["messages"]] for row in rows] == [["user", "assistant"]] * len(rows)
        assert [row["messages"][1]["content"] for row in rows] == [record["output"] for record in records[side]]
    for side, rows in load("sharegpt").items():
        said = [[one["value"] for one in row["conversations"]] for row in rows]
        assert said == [[asked(record), record["output"]] for record in records[side]]


@pytest.mark.parametrize(
    "text", ["a,b", 'a"b', "a\nb", "a\rb", "a\tb", "a;b", " a", "a\0b", "", "'=1", "a,=1", "，", "\u2028"]
)
def test_a_row_is_written_as_the_library_writes_it(text: str) -> None:
    import csv
    import io

    one = dict.fromkeys(RECORD_FIELDS, "x") | {"instruction": text, "output": text}
    wanted = io.StringIO()
    csv.writer(wanted).writerow(one.values())
    assert other_forms(line_made(one))[list(FORMS).index("csv")].decode() == wanted.getvalue()


def test_a_side_of_forty_megabytes_becomes_parquet_with_every_record_in_order(tmp_path: Path) -> None:
    """A working memory that holds a small release and not a large one is found out here."""
    import pyarrow.parquet

    (tmp_path / "data").mkdir()
    with (tmp_path / data_path("train")).open("wb") as file:
        for number in range(40_000):
            text = f"{number:06}" + "川べりを歩いて、鴨をかぞえました。" * 20
            file.write(canonical(dict.fromkeys(RECORD_FIELDS, "") | {"id": f"{number:06}", "output": text}) + b"\n")
    listed = parquet_write(tmp_path, "train")
    ids = pyarrow.parquet.read_table(tmp_path / listed["path"], columns=["id"])["id"].to_pylist()
    assert ids == [f"{number:06}" for number in range(40_000)]


def asked(record: dict[str, str]) -> str:
    return "\n\n".join(part for part in (record["instruction"], record["input"]) if part)


def test_a_spreadsheet_gets_texts_and_no_formulas(release: Path) -> None:
    with (release / "csv" / "train.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    records = [record for record in records_of(release) if record["id"] != make_row(3).id]
    assert [row["id"] for row in rows] == [record["id"] for record in records]
    assert rows[0]["output"] == "'" + records[0]["output"] and rows[0]["output"].startswith("'=")
    assert rows[2]["instruction"].startswith("'-1")
    assert rows[1] == records[1]


def test_croissant_is_valid_and_gives_the_records(release: Path) -> None:
    import mlcroissant

    described = mlcroissant.Dataset(jsonld=str(release / "croissant.json"))
    rows = list(described.records("train"))
    assert [row["train/output"].decode() for row in rows] == [
        record["output"] for record in records_of(release) if record["id"] != make_row(3).id
    ]
    assert not described.metadata.issues.errors


# What LLaMA-Factory's page on its data documents of an entry: the columns of each formatting, and the tags of ShareGPT unless others are named.
LLAMA_FACTORY_COLUMNS = {"alpaca": {"prompt", "query", "response"}, "sharegpt": {"messages"}}
LLAMA_FACTORY_TAGS = {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"}
LLAMA_FACTORY_TYPES = {".json", ".jsonl", ".csv", ".parquet", ".arrow", ".txt"}


def turns_for_llama_factory(folder: Path, name: str) -> list[tuple[str, str]]:
    """What is asked and what is learned by the entry `name` of `dataset_info.json`, as its documentation says it is read."""
    entry = json.loads((folder / "dataset_info.json").read_bytes())[name]
    assert set(entry) <= {"file_name", "formatting", "columns"}
    formatting, columns = entry.get("formatting", "alpaca"), entry["columns"]
    assert set(columns) == LLAMA_FACTORY_COLUMNS[formatting], "a column that is not named is not read"
    file = folder / entry["file_name"]
    assert file.suffix in LLAMA_FACTORY_TYPES
    found = []
    for line in file.read_bytes().splitlines():
        said = json.loads(line)
        if formatting == "alpaca":
            prompt, query, response = (said[columns[part]] for part in ("prompt", "query", "response"))
            found.append(("\n".join(part for part in (prompt, query) if part), response))
            continue
        messages = said[columns["messages"]]
        role, content = LLAMA_FACTORY_TAGS["role_tag"], LLAMA_FACTORY_TAGS["content_tag"]
        assert [one[role] for one in messages] == [LLAMA_FACTORY_TAGS["user_tag"], LLAMA_FACTORY_TAGS["assistant_tag"]]
        found.append((messages[0][content], messages[1][content]))
    return found


def test_llama_factory_reads_every_record_by_what_it_documents(release: Path) -> None:
    records = records_of(release)
    for form, gap in (("", "\n"), ("_sharegpt", "\n\n")):
        read = [turn for side in ("train", "test") for turn in turns_for_llama_factory(release, f"hitode_{side}{form}")]
        wanted = [(gap.join(filter(None, (one["instruction"], one["input"]))), one["output"]) for one in records]
        assert sorted(read) == sorted(wanted), form


def test_axolotls_alpaca_reads_the_records_by_what_it_documents(release: Path) -> None:
    for one in records_of(release):
        assert all(isinstance(one[name], str) for name in ("instruction", "input", "output"))
        assert one["instruction"] and one["output"]


def test_what_the_page_on_training_says_to_other_trainers_is_there(release: Path) -> None:
    """Of LLaMA-Factory 0.9.5 and Axolotl 0.19.0 the readers took a release as the page says; neither can be installed beside TRL."""
    import yaml

    page = (Path(__file__).resolve().parents[3] / "docs" / "training.md").read_text(encoding="utf-8")
    factory, axolotl = (
        yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    )
    listed = json.loads((release / "dataset_info.json").read_bytes())
    assert {factory["dataset"], factory["eval_dataset"]} < set(listed)
    assert {entry.get("formatting", "alpaca") for entry in listed.values()} == {"alpaca", "sharegpt"}
    (asked_for,) = axolotl["datasets"]
    assert asked_for["path"].startswith(factory["dataset_dir"] + "/")
    file = release / asked_for["path"].removeprefix(factory["dataset_dir"] + "/")
    for line in file.read_bytes().splitlines():
        said = json.loads(line)[asked_for["field_messages"]]
        assert [(set(one), one["role"]) for one in said] == [
            ({"role", "content"}, "user"),
            ({"role", "content"}, "assistant"),
        ]


def test_the_card_and_the_datasheet_tell_the_figures(release: Path) -> None:
    card, sheet = (release / "README.md").read_text(), (release / "DATASHEET.md").read_text()
    for text in (card, sheet):
        assert "accept 9, reject 1, return 2" in text and "JPY 300–400–900" in text and "too_short 2" in text
        assert "pass 3, review 1" in text and "editors 1, reviewers 1, vendors 1, writers 1" in text
        assert "None" not in text and "{" not in text
    assert "| language ja |" in card
    for name in ("output-characters", "active-minutes", "categories", "verdicts"):
        assert f"(plots/{name}.svg)" in card
        drawn = (release / "plots" / f"{name}.svg").read_text()
        assert drawn.startswith("<svg") and "<!--" not in drawn, "the library's remark tells the day"


def test_no_record_may_change_sides(release: Path, tmp_path: Path) -> None:
    import shutil

    moved = Path(shutil.copytree(release, tmp_path / "moved"))
    lines = (moved / "data" / "test-00000-of-00001.jsonl").read_bytes()
    (moved / "data" / "test-00000-of-00001.jsonl").write_bytes(b"")
    lines_changed(moved, "data/train-00000-of-00001.jsonl", lambda train: sorted([*train, lines]))
    resealed(moved)
    with pytest.raises(Unsound):
        list(verify(moved))


def test_the_same_figures_give_the_same_bytes_in_any_zone_language_and_process(tmp_path: Path, release: Path) -> None:
    import os
    import subprocess
    import sys

    program = (
        "import sys; from pathlib import Path; from annotation.release.build import release_build;"
        "from tests.annotation.release.test_build import KEY, TEST, make_row;"
        "release_build(rows=[make_row(1, category='b'), make_row(2, category='a'), make_row(3, family=TEST)],"
        "folder=Path(sys.argv[1]), name='same', key=KEY)"
    )
    for name, zone, locale, seed in (
        ("one", "Pacific/Kiritimati", "C", "1"),
        ("two", "Etc/GMT+12", "ja_JP.UTF-8", "2"),
    ):
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "LANG": locale, "PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / name)], env=environment, check=True, cwd=Path.cwd()
        )
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) > 20
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
