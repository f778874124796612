"""The public pages of releases."""

import hashlib
import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models import Release
from annotation.release.build import DATA_FILE, TOMBSTONES_FILE
from annotation.release.publish import release_publish, release_retract
from annotation.release.seal import MANIFEST_FILE
from collection.services.withdrawal import instruction_withdraw
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def people() -> Cast:
    return cast()


def make_release(people: Cast, folder: Path, *options: str) -> Release:
    call_command("export_clean", "--out", str(folder), "--json", *options)
    return release_publish(release=Release.objects.get(name=folder.name), by=people.minato)


def page(address: str, language: str = "en") -> str:
    response = Client(headers={"accept-language": language}).get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def address(release: Release) -> str:
    return reverse("annotation:release", args=[release.public_id])


def tiles(shown: str) -> dict[str, str]:
    return dict(re.findall(r'tile-label">([^<]+)</dt><dd class="tile-figure[^"]*">([^<]+)<', shown))


def test_a_release_shows_its_figures_key_and_files(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    release = make_release(people, tmp_path / "first")
    shown = page(address(release))
    assert tiles(shown)["Records"] == "1"
    assert f"python verify_release.py --key {release.manifest['public_key']}" in shown
    assert "The key with which this site signs now." in shown
    assert release.manifest["merkle_root"] in shown
    assert "There is no earlier release on offer" in shown
    for file in release.files:
        assert reverse("annotation:release_file", args=[release.public_id, file["path"]]) in shown
        assert file["sha256"] in shown
    assert reverse("annotation:release_archive", args=[release.public_id]) in shown


def test_the_key_on_the_page_checks_the_release(people: Cast, tmp_path: Path) -> None:
    import subprocess
    import sys

    make_record(people)
    shown = page(address(make_release(people, tmp_path / "first")))
    told = re.search(r"python (verify_release\.py --key [0-9a-f]{64})", shown)
    assert told
    done = subprocess.run(
        [sys.executable, *told[1].split()], cwd=tmp_path / "first", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "SOUND" in done.stdout


def test_the_page_says_whether_one_can_look_for_models_answers_and_how(people: Cast, tmp_path: Path) -> None:
    make_reference(
        make_instruction(), text="賤ヶ岳から余呉湖を見おろす尾根道をたどり、山本山の登山口まで二時間ほど歩きます。"
    )
    make_record(people)
    without = page(address(make_release(people, tmp_path / "without")))
    assert "carries no hashes of models’ answers" in without and "--tiles" not in without
    release = make_release(people, tmp_path / "with", "--tiles")
    assert release.manifest["tiles"]["count"] >= 1
    shown = page(address(release))
    assert (
        f"of {release.manifest['tiles']['count']} pieces of 16 characters, or of 26 in English, of 1 answers of models"
        in shown
    )
    assert f"python verify_release.py --tiles --key {release.manifest['public_key']}" in shown
    assert "0 of 1 records have one." in shown and "tile_hits.jsonl lists them" not in shown
    assert "16文字" in page(address(release), "ja")


def test_the_differences_and_the_withdrawals_are_those_of_the_records(people: Cast, tmp_path: Path) -> None:
    kept, taken_back = make_record(people), make_record(people)
    first = make_release(people, tmp_path / "first")
    instruction = taken_back.instruction
    instruction_withdraw(participant=instruction.participant, public_id=instruction.public_id)
    make_record(people)
    make_record(people)
    second = make_release(people, tmp_path / "second")
    shown = page(address(second))
    assert "What changed since first" in shown
    found = tiles(shown)
    assert (found["Added"], found["Gone"], found["Changed"], found["The same"]) == ("2", "1", "0", "1")
    assert found["Taken back since"] == "0" and "Nothing so far." in shown
    assert str(taken_back.public_id) in shown and str(kept.public_id) not in shown
    assert "the participant took it back" in shown
    assert "Nothing had been taken back" in page(address(first))


def test_what_is_taken_back_after_a_release_is_named_on_its_page(people: Cast, tmp_path: Path) -> None:
    kept, taken_back, later = make_record(people), make_record(people), make_record(people)
    release = make_release(people, tmp_path / "first")
    for task in (taken_back, later):
        instruction_withdraw(participant=task.instruction.participant, public_id=task.instruction.public_id)
        cache.clear()
    shown = page(address(release))
    assert tiles(shown)["Taken back since"] == "2" and "2 of its records were taken back." in shown
    assert str(taken_back.public_id) in shown and str(kept.public_id) not in shown
    told = reverse("annotation:release_taken_back", args=[release.public_id])
    body = Client().get(told).json()
    assert [one["id"] for one in body["records"]] == [str(later.public_id), str(taken_back.public_id)]
    assert body["records"][0]["reason"] == "instruction_withdrawn"
    release_retract(release=release, by=people.minato, why="Wrong licence.")
    assert Client().get(told).status_code == 404


def test_two_releases_are_compared_whichever_is_named_first(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    first = make_release(people, tmp_path / "first")
    make_record(people)
    second = make_release(people, tmp_path / "second")
    compare = reverse("annotation:release_compare")
    for a, b in ((first, second), (second, first)):
        shown = page(f"{compare}?a={a.public_id}&b={b.public_id}")
        assert "From first to second" in shown
        assert (tiles(shown)["Added"], tiles(shown)["Gone"], tiles(shown)["The same"]) == ("1", "0", "1")
    assert "Both are the same release" in page(f"{compare}?a={first.public_id}&b={first.public_id}")
    assert "From" not in page(compare)
    assert Client().get(f"{compare}?a=nonsense").status_code == 400
    assert Client().get(f"{compare}?a={people.minato.public_id}").status_code == 404
    assert f"a={first.public_id}&amp;b={second.public_id}" in page(address(second))


def test_latest_leads_to_the_newest_that_stands(people: Cast, tmp_path: Path) -> None:
    latest, told = reverse("annotation:release_latest"), reverse("annotation:release_latest_json")
    assert Client().get(latest).status_code == 404
    assert Client().get(told, headers={"accept": "application/json"}).json()["code"] == "no_release_yet"
    make_record(people)
    first = make_release(people, tmp_path / "first")
    make_record(people)
    second = make_release(people, tmp_path / "second")
    assert Client().get(latest)["Location"] == address(second)
    body = Client().get(told).json()
    manifest = (tmp_path / "second" / MANIFEST_FILE).read_bytes()
    assert (body["name"], body["records"]) == ("second", 2)
    assert body["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    assert body["page"] == f"http://testserver{address(second)}"
    assert "Latest release" in page(address(second)) and "Latest release" not in page(address(first))
    release_retract(release=second, by=people.minato, why="Wrong licence.")
    assert Client().get(latest)["Location"] == address(first)
    assert Client().get(told).json()["name"] == "first"


def test_practice_is_the_latest_in_a_demonstration_alone(people: Cast, tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    make_record(people)
    release = make_release(people, tmp_path / "first")
    Release.objects.filter(pk=release.pk).update(is_demonstration=True)
    latest = reverse("annotation:release_latest")
    settings.DEMONSTRATION = False
    assert Client().get(latest).status_code == 404
    settings.DEMONSTRATION = True
    assert Client().get(latest)["Location"] == address(release)


def test_a_retracted_release_keeps_its_page_with_the_reason_and_offers_nothing(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    first = make_release(people, tmp_path / "first")
    make_record(people)
    second = make_release(people, tmp_path / "second")
    release_retract(release=first, by=people.minato, why="A licence was <wrong>.")
    shown = page(address(first))
    assert "A licence was &lt;wrong&gt;." in shown
    assert "archive.zip" not in shown and "/files/" not in shown and "What changed" not in shown
    assert tiles(shown)["Records"] == "1"
    assert "There is no earlier release on offer" in page(address(second)), "it is compared with no retracted one"
    assert Client().get(f"{reverse('annotation:release_compare')}?a={first.public_id}").status_code == 404


def test_what_was_never_published_has_no_page(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    call_command("export_clean", "--out", str(tmp_path / "first"), "--json")
    release = Release.objects.get()
    assert Client().get(address(release)).status_code == 404
    release_retract(release=release, by=people.minato, why="A rehearsal.")
    assert Client().get(address(release)).status_code == 404


def test_a_page_stands_when_its_folder_is_away_or_changed(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    make_release(people, tmp_path / "first")
    make_record(people)
    second = make_release(people, tmp_path / "second")
    assert tiles(page(address(second)))["Added"] == "1"
    (tmp_path / "first" / DATA_FILE).write_bytes(b"{}\n")  # whatever side its record is on, another file
    (tmp_path / "second" / TOMBSTONES_FILE).unlink()
    shown = page(address(second))
    assert "so they cannot be compared" in shown
    assert "The list cannot be read here at the moment" in shown


def test_the_progress_page_and_the_operators_list_lead_to_it(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    release = make_release(people, tmp_path / "first")
    assert address(release) in page(reverse("collection:progress"))
    operator = Client()
    operator.force_login(people.minato)
    assert address(release) in operator.get(reverse("annotation:releases")).content.decode()


def test_there_are_as_many_queries_for_few_releases_as_for_many(people: Cast, tmp_path: Path) -> None:
    make_record(people)
    make_release(people, tmp_path / "first")
    make_record(people)
    release = make_release(people, tmp_path / "second")
    counts = []
    for more in (1, 8):
        for number in range(more):
            made = Release.objects.get(pk=release.pk)
            made.pk, made.public_id, made.name = (
                None,
                Release._meta.get_field("public_id").get_default(),
                f"more-{more}-{number}",
            )
            made._state.adding = True
            made.status = "draft"
            made.published_at = release.published_at
            made.save()
            for status in ("cleared", "built", "published"):
                Release.objects.filter(pk=made.pk).update(status=status)
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            page(address(release))
        counts.append(len(queries))
    assert counts[0] == counts[1]
