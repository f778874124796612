"""Writing a release to a folder: the bytes, the manifest, and every way in which a disk can refuse."""

import hashlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annotation.release.build import (
    DATA_FILE,
    BytesDiffer,
    DiskFull,
    NothingClean,
    ReleaseFolderTaken,
    ReleaseFolderUnusable,
    release_build,
)
from annotation.release.keys import ReleaseKey
from annotation.release.seal import MANIFEST_FILE
from annotation.release.source import CleanRow
from tests.releases import lines_of

KEY = ReleaseKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ROOT = Path(__file__).resolve().parents[3]


TRAIN, TEST = (f"00000000-0000-4000-8000-{number:012d}" for number in (0, 86))


def make_row(number: int, **changes: object) -> CleanRow:
    output = str(changes.get("output", f"川べりを歩いて、鴨を{number}羽かぞえました。"))
    fields = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "instruction": "散歩の話をしてください。",
        "input": "",
        "output": output,
        "language": "ja",
        "category": "",
        "source": "participant",
        "licence": "",
        "output_sha256": hashlib.sha256(output.encode()).hexdigest(),
        "is_demonstration": False,
        "salt": hashlib.sha256(f"salt {number}".encode()).digest(),
        "writer": 11,
        "editor": None,
        "reviewer": 12,
        "written_on": "2026-03-01",
        "active_seconds": 431,
        "trace": "fits",
        "engine": "3",
        "settings": 1,
        "watermark": 99,
        "decision": "pass",
        "reference_policy": "hidden",
        "is_reference_shown": False,
        "terms": 1,
        "agreement": 1,
        "guideline": 1,
        "family": TRAIN,
        "vendor": "00000000-0000-4000-8000-000000000003",
        **changes,
    }
    return CleanRow(**fields)  # type: ignore[arg-type]


def run(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_line_is_canonical_json_of_the_allowed_fields(tmp_path: Path) -> None:
    release_build(
        key=KEY,
        rows=[make_row(1, output="「はい」\n\tと言った。🐟\u2028", category="writing")],
        folder=tmp_path / "r",
        name="r",
    )
    (line,) = (tmp_path / "r" / DATA_FILE).read_bytes().split(b"\n")[:-1]
    record = json.loads(line)
    assert list(record) == sorted(record)
    assert set(record) == {"id", "instruction", "input", "output", "language", "category", "source", "licence"}
    assert record["output"] == "「はい」\n\tと言った。🐟\u2028"
    assert "「はい」".encode() in line and b'": ' not in line


def test_the_manifest_counts_and_hashes_what_is_there(tmp_path: Path) -> None:
    rows = [make_row(1), make_row(2, language="en", category="coding", source="import", licence="CC0-1.0")]
    built = release_build(key=KEY, rows=rows, folder=tmp_path / "r", name="2026-1")
    data = (tmp_path / "r" / DATA_FILE).read_bytes()
    manifest = json.loads((tmp_path / "r" / MANIFEST_FILE).read_bytes())
    assert manifest == built.manifest()
    assert manifest["records"] == 2 == len(lines_of(tmp_path / "r"))
    assert {"path": DATA_FILE, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} in manifest["files"]
    assert manifest["split"] == {"train": 2, "test": 0}
    told = manifest["figures"]["records"]
    assert told["people"] == {"writers": 1, "editors": 0, "reviewers": 1, "vendors": 1}
    assert told["characters"]["output"]["max"] == max(len(row.output) for row in rows)
    assert manifest["counts"] == {
        "language": {"ja": 1, "en": 1},
        "category": {"other": 1, "coding": 1},
        "source": {"participant": 1, "import": 1},
        "licence": {"terms": 1, "CC0-1.0": 1},
    }
    assert not manifest["is_demonstration"]


def test_one_demonstration_record_makes_it_a_demonstration(tmp_path: Path) -> None:
    built = release_build(
        key=KEY, rows=[make_row(1), make_row(2, is_demonstration=True)], folder=tmp_path / "r", name="r"
    )
    assert built.is_demonstration


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        release_build(key=KEY, rows=[make_row(number) for number in range(50)], folder=tmp_path / name, name="same")
    assert leftovers(tmp_path / "one") == leftovers(tmp_path / "two")
    for file in (path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_others_may_read_what_is_finished(tmp_path: Path) -> None:
    release_build(key=KEY, rows=[make_row(1)], folder=tmp_path / "r", name="r")
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o755
    assert leftovers(tmp_path) == ["r"]
    assert {path.name for path in (tmp_path / "r").iterdir()} == {
        "MANIFEST.json", "README.md", "DATASHEET.md", "chat", "croissant.json", "csv", "data", "data-provenance.json",
        "dataset_info.json", "parquet", "plots", "provenance", "sharegpt", "statement.intoto.json", "statement.intoto.json.sig",
        "tombstones.jsonl", "verify_release.py",
    }  # fmt: skip


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    release_build(key=KEY, rows=[make_row(1)], folder=tmp_path / "r", name="r")
    assert len(lines_of(tmp_path / "r")) == 1


def folder_with_a_file(place: Path) -> Path:
    (place / "r").mkdir()
    (place / "r" / "notes.txt").write_text("mine")
    return place / "r"


def file_of_that_name(place: Path) -> Path:
    (place / "r").write_text("mine")
    return place / "r"


def link_to_nowhere(place: Path) -> Path:
    (place / "r").symlink_to(place / "nowhere")
    return place / "r"


def a_device(place: Path) -> Path:
    return Path("/dev/null")


@pytest.mark.parametrize("make", [folder_with_a_file, file_of_that_name, link_to_nowhere, a_device])
def test_what_is_there_is_never_written_over(tmp_path: Path, make) -> None:
    folder = make(tmp_path)
    before = leftovers(tmp_path)
    with pytest.raises(ReleaseFolderTaken):
        release_build(key=KEY, rows=[make_row(1)], folder=folder, name="r")
    assert leftovers(tmp_path) == before
    if folder.name == "r" and folder.is_dir():
        assert (folder / "notes.txt").read_text() == "mine"


def parent_that_is_missing(place: Path) -> Path:
    return place / "missing" / "r"


def parent_that_is_a_file(place: Path) -> Path:
    (place / "file").write_text("")
    return place / "file" / "r"


def parent_that_takes_no_folders(place: Path) -> Path:
    return Path("/proc/self/r")


def home_of_nobody(place: Path) -> Path:
    return Path("~hitode-nobody/r")


def name_too_long(place: Path) -> Path:
    return place / ("r" * 300)


def name_with_a_nul(place: Path) -> Path:
    return place / "r\x00"


@pytest.mark.parametrize(
    "make",
    [
        parent_that_is_missing,
        parent_that_is_a_file,
        parent_that_takes_no_folders,
        home_of_nobody,
        name_too_long,
        name_with_a_nul,
    ],
)
def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path, make) -> None:
    folder = make(tmp_path)
    before = leftovers(tmp_path)
    with pytest.raises(ReleaseFolderUnusable):
        release_build(key=KEY, rows=[make_row(1)], folder=folder, name="r")
    assert leftovers(tmp_path) == before


NOT_MINE = """
import os, sys
from pathlib import Path
from annotation.release.build import ReleaseFolderUnusable, folder_check
if os.geteuid() == 0:
    os.setuid(65534)  # root may write everywhere
try:
    folder_check(Path(sys.argv[1]))
except ReleaseFolderUnusable as error:
    print(error.code)
"""


def test_a_folder_of_somebody_else_is_refused_before_anything_is_begun() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # every user may look into it, unlike a test's own
        Path(place).chmod(0o555)
        out, errors = run(NOT_MINE, f"{place}/r").communicate(timeout=60)
        assert (out.strip(), leftovers(Path(place))) == (ReleaseFolderUnusable.code, []), errors


def test_nothing_clean_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingClean, match="explain_record"):
        release_build(key=KEY, rows=[], folder=tmp_path / "r", name="r")
    assert leftovers(tmp_path) == []


def test_a_text_with_another_hash_stops_everything(tmp_path: Path) -> None:
    rows = [make_row(1), make_row(2)._replace(output="模型の書いた文。")]
    with pytest.raises(BytesDiffer) as refused:
        release_build(key=KEY, rows=rows, folder=tmp_path / "r", name="r")
    assert refused.value.details == {"record": rows[1].id}
    assert leftovers(tmp_path) == []


def test_whatever_goes_wrong_on_the_way_nothing_is_left(tmp_path: Path) -> None:
    def rows() -> Iterator[CleanRow]:
        yield make_row(1)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        release_build(key=KEY, rows=rows(), folder=tmp_path / "r", name="r")
    assert leftovers(tmp_path) == []


def test_a_folder_that_another_run_finished_meanwhile_is_kept(tmp_path: Path) -> None:
    def rows() -> Iterator[CleanRow]:
        yield make_row(1)
        release_build(key=KEY, rows=[make_row(9)], folder=tmp_path / "r", name="other")

    with pytest.raises(ReleaseFolderTaken):
        release_build(key=KEY, rows=rows(), folder=tmp_path / "r", name="r")
    assert json.loads(lines_of(tmp_path / "r")[0])["id"] == make_row(9).id
    assert leftovers(tmp_path) == ["r"]


FULL_DISK = """
import resource, sys
from pathlib import Path
from annotation.release.build import DiskFull, release_build
from tests.annotation.release.test_build import KEY, make_row
resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))
try:
    release_build(key=KEY, rows=map(make_row, range(100_000)), folder=Path(sys.argv[1]), name="r")
except DiskFull as error:
    print(error.code)
"""


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    out, errors = run(FULL_DISK, str(tmp_path / "r")).communicate(timeout=60)
    assert (out.strip(), leftovers(tmp_path)) == (DiskFull.code, []), errors


KILLED = """
import sys
from pathlib import Path
from annotation.release.build import release_build
from tests.annotation.release.test_build import KEY, make_row

def rows():
    yield from map(make_row, range(20_000))
    print("written", flush=True)
    sys.stdin.read()

release_build(key=KEY, rows=rows(), folder=Path(sys.argv[1]), name="r")
"""


def test_a_build_that_is_killed_leaves_no_release_and_stands_in_nobodys_way(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "r")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdout is not None and program.stdin is not None
    assert program.stdout.readline() == "written\n"
    program.send_signal(signal.SIGKILL)
    program.wait(timeout=10)
    program.stdout.close()
    program.stdin.close()
    assert not (tmp_path / "r").exists()
    assert all(name.endswith(".partial") for name in leftovers(tmp_path))
    release_build(key=KEY, rows=[make_row(1)], folder=tmp_path / "r", name="r")
    assert len(lines_of(tmp_path / "r")) == 1
    assert leftovers(tmp_path) == ["r"], "what the dead build left is gone"


def test_what_a_living_build_has_written_so_far_is_left_to_it(tmp_path: Path) -> None:
    def rows() -> Iterator[CleanRow]:
        yield make_row(1)
        with pytest.raises(NothingClean):
            release_build(key=KEY, rows=[], folder=tmp_path / "r", name="other")

    release_build(key=KEY, rows=rows(), folder=tmp_path / "r", name="r")
    assert len(lines_of(tmp_path / "r")) == 1
