"""Tiles in a release: what they find, what they leave out, and that nobody can change them unseen."""

import json
import os
import subprocess
import sys
from array import array
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.cleanroom.normalise import UnreadableText, normalise
from annotation.cleanroom.stopgrams import StopGrams
from annotation.cleanroom.tile_scan import ORDINARY, TILE, TILE_OF_LATIN, Tiles, folded
from annotation.cleanroom.tiles import disjoint_pieces, tiles_of
from annotation.release.build import VERIFIER_FILE, release_build
from annotation.release.tile_files import NORMALISER, STOPS, TILE_FILES, TILE_HITS, TILES
from annotation.release.verify_release import main
from tests.annotation.release.test_build import KEY, make_row
from tests.annotation.release.test_verify_release import lines_changed, resealed, told, unsound

REFERENCE = (
    "琵琶湖の北には、賤ヶ岳から余呉湖を見おろす尾根道が続いています。古戦場の案内板をたどりながら歩けば、二時間ほどで"
    "山本山の登山口に着き、帰りは無人駅から電車に乗ることができます。The path is steep in places, but well kept."
)
NONE = StopGrams(hashes=StopGrams.commonplaces().hashes[:0])


@pytest.fixture
def release(tmp_path: Path) -> Path:
    rows = [
        make_row(1),
        make_row(2, output=f"友人によれば、{REFERENCE[10:80]}とのことです。", decision="review"),
        make_row(3),
    ]
    made = tiles_of([REFERENCE, "もうひとつ、まったく別の長さの答えがここにあります。"], StopGrams.commonplaces())
    release_build(rows=rows, folder=tmp_path / "r", name="2026-1", key=KEY, tiles=made)
    return tmp_path / "r"


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=40))
def test_what_the_verifier_compares_is_what_the_gate_compares(text: str) -> None:
    text = f"か{text}ハ゛｡ｶﾞ、e\u0301Ｘ"
    try:
        read = normalise(text).text
    except UnreadableText:
        return
    assert folded(text) == read


@settings(max_examples=500)
@given(
    st.text(st.sampled_from("川アヴヷヾーー々ゖﾊ゛、。’ _\n\u3000\u200b\x07\u0301\ufe0fｘXxÉßⅣ①㍿0٣Ж한𠮷"), max_size=12)
)
def test_what_is_ordinary_to_the_verifier_is_read_as_the_gate_reads_it(text: str) -> None:
    try:
        read = normalise(text).text
    except UnreadableText:
        return
    assert folded(text) == read


def test_every_sign_that_is_ordinary_to_the_verifier_is_what_the_gate_takes_it_for() -> None:
    ordinary = [chr(code) for code in range(0x10000) if ORDINARY.fullmatch(chr(code))]
    assert len(ordinary) > 20_000
    assert [sign for sign in ordinary if folded(sign) != normalise(sign).text] == []


def test_pieces_are_disjoint_and_every_passage_of_60_characters_has_one() -> None:
    pieces = disjoint_pieces(REFERENCE, NONE)
    whole = normalise(REFERENCE).text
    places = [whole.index(piece) for piece in pieces]
    ends = [place + len(piece) for place, piece in zip(places, pieces, strict=True)]
    assert all(end <= place for end, place in zip(ends, places[1:], strict=False))
    assert {len(piece) for piece in pieces} == {TILE, TILE_OF_LATIN}
    tiles = Tiles(tiles_of([REFERENCE], NONE).dump())
    for start in range(len(whole) - 60):
        assert tiles.count(f"そして{whole[start : start + 60]}でした"), start
    assert not tiles.count(REFERENCE, REFERENCE), "what was asked may be quoted"
    assert not tiles.count(
        "うちの近所では、朝の市に行くのがいちばんの楽しみです。番号札をもらって並び、大根を選びます。", ""
    )


def test_what_everybody_writes_alike_is_no_piece() -> None:
    name = "そのアプリケーションのインストールディレクトリー、programming languages in use. "
    assert disjoint_pieces(name, NONE) == []
    assert disjoint_pieces(name + "湖の北の端にある小さな町の古い灯台の話です。", NONE)


def test_what_many_references_say_is_left_out() -> None:
    stops = StopGrams(hashes=np.unique(normalise(REFERENCE).grams.view("uint64")))
    assert disjoint_pieces(REFERENCE, stops) == []
    assert len(tiles_of([REFERENCE], stops).hashes) == 0


def test_a_newcomer_scans_with_the_folder_alone(release: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    program = [sys.executable, "-I", str(release / VERIFIER_FILE)]
    for options, said in (([], "with --tiles, they are looked for"), (["--tiles"], "records with one: 1,")):
        done = subprocess.run(
            [*program, *options], capture_output=True, text=True, cwd="/", env=environment, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in done.stdout
    (hit,) = map(json.loads, (release / TILE_HITS).read_bytes().splitlines())
    assert (hit["id"], hit["decision"]) == (make_row(2).id, "review") and hit["pieces"] >= 2
    assert TILES in (release / "README.md").read_text() and TILES in (release / "DATASHEET.md").read_text()
    assert REFERENCE[12:28] not in (release / NORMALISER).read_text()


def test_a_byte_changed_in_a_file_of_the_tiles_is_found(release: Path) -> None:
    for name in sorted(TILE_FILES):
        before = (release / name).read_bytes()
        for at in range(0, len(before), max(1, len(before) // 10)):
            (release / name).write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
            assert unsound(release), (name, at)
        (release / name).write_bytes(before)


def said_of(release: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    resealed(release)
    capsys.readouterr()
    return main([str(release), "--tiles"]), capsys.readouterr().out


def test_tiles_that_were_changed_before_signing_are_found_by_the_scan(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: (release / name).read_bytes() for name in TILE_FILES}
    numbers = array("Q", before[TILES])

    def after(name: str, content: bytes) -> tuple[int, str]:
        (release / name).write_bytes(content)
        found = said_of(release, capsys)
        (release / name).write_bytes(before[name])
        return found

    assert said_of(release, capsys)[0] == 0
    for name, content, status, says in (
        (TILES, array("Q", reversed(numbers)).tobytes(), 1, "cannot be read"),
        (TILES, before[TILES][:-8], 1, "counts others"),
        (TILES, before[TILES][:-3], 1, "counts others"),
        (TILES, array("Q", range(len(numbers))).tobytes(), 1, make_row(2).id),
        (TILE_HITS, b"", 1, "counts others"),
        (TILE_HITS, b"[]\n", 1, "cannot be read"),
        (NORMALISER, before[NORMALISER].replace("東京".encode(), "東宗".encode(), 1), 2, "Python 3.11"),
    ):
        found = after(name, content)
        assert found[0] == status and says in found[1], (name, content[:20], found)
    for change in ({"pieces": 99}, {"decision": "pass"}, {"id": make_row(1).id}):
        lines_changed(release, TILE_HITS, told(change))
        assert said_of(release, capsys)[0] == 1
        (release / TILE_HITS).write_bytes(before[TILE_HITS])
    resealed(release, lambda manifest: manifest.update(tiles=None))
    assert "that the manifest tells of" in unsound(release)
    assert StopGrams.load(before[STOPS]).version == StopGrams.commonplaces().version
