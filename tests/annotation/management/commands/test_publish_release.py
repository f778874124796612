"""Sending a release to a hub: whole, once, and never what is not published."""

import hashlib
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from annotation.models import Release
from annotation.release.build import CARD_FILE, DATA_FILE, PROVENANCE_FILE, VERIFIER_FILE
from annotation.release.publish import release_publish, release_retract
from annotation.release.verify_release import verify
from tests.cast import Cast, cast
from tests.factories.records import make_record
from tests.hub import TOKEN, Hub, Repo, running_hub

pytestmark = pytest.mark.django_db(transaction=True)

REPO = "yunagi/hitode"


@pytest.fixture
def hub(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_hub() as hub:
        settings.HF_ENDPOINT, settings.HF_TOKEN = hub.url, TOKEN
        yield hub


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture
def release(people: Cast, tmp_path: Path) -> Release:
    make_record(people)
    return make_release(people, tmp_path / "first")


def make_release(people: Cast, folder: Path) -> Release:
    call_command("export_clean", "--out", str(folder), "--json", stdout=io.StringIO())
    release = release_publish(release=Release.objects.get(name=folder.name), by=people.minato)
    # What the tests write is practice text; the mark is for another test.
    Release.objects.filter(pk=release.pk).update(is_demonstration=False)
    return release


def send(name: str = "first", *options: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("publish_release", name, "--repo", REPO, "--json", *options, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as refusal:
        call_command("publish_release", *arguments, stdout=io.StringIO())
    assert refusal.value.returncode == 1
    return str(refusal.value)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_repository_holds_the_release_and_nothing_else(hub: Hub, release: Release, tmp_path: Path) -> None:
    told = send()
    repo = hub.repos[REPO]
    held = {path: content for path, content in repo.files.items() if path != ".gitattributes"}
    assert held == files_in(tmp_path / "first")
    assert repo.large and repo.large < set(held), "both ways of sending were used"
    assert (len(repo.commits), repo.tags) == (1, {"first": repo.head})
    assert repo.commits[0]["summary"] == "first"
    assert told["url"] == f"{hub.url}/datasets/{REPO}" and sorted(told["sent"]) == sorted(held)
    for path, content in held.items():
        (tmp_path / "copy" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / path).write_bytes(content)
    assert list(verify(tmp_path / "copy", release.manifest["public_key"]))


def test_without_its_package_the_command_says_how_to_get_it(
    hub: Hub, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert "make optional" in refused("first", "--repo", REPO)
    assert not hub.repos


def test_what_is_there_is_not_sent_again(hub: Hub, release: Release) -> None:
    first = send()
    hub.puts.clear()
    again = send()
    assert again["sent"] == [] and sorted(again["there"]) == sorted(first["sent"])
    assert again["commit"] == first["commit"]
    assert hub.puts == [] and len(hub.repos[REPO].commits) == 1


def test_an_interrupted_upload_goes_on_where_it_was(hub: Hub, release: Release) -> None:
    hub.put_fails = lambda number: 403 if number > 1 else None
    assert "Run the command again" in refused("first", "--repo", REPO)
    arrived, repo = set(hub.objects), hub.repos[REPO]
    assert len(arrived) == 1 and repo.commits == [] and set(repo.files) == {".gitattributes"}
    hub.put_fails = lambda number: None
    hub.puts.clear()
    send()
    assert hub.puts and not arrived & set(hub.puts), "what had arrived was sent again"
    assert len(repo.commits) == 1


def test_a_connection_that_breaks_once_is_taken_up_again(hub: Hub, release: Release, tmp_path: Path) -> None:
    hub.put_fails = lambda number: 0 if number == 1 else None
    send()
    assert hub.repos[REPO].files[DATA_FILE] == (tmp_path / "first" / DATA_FILE).read_bytes()
    assert hub.puts[0] == hub.puts[1]


def test_what_the_hub_says_against_a_card_is_told(hub: Hub, people: Cast, tmp_path: Path) -> None:
    make_record(people)
    call_command("export_clean", "--out", str(tmp_path / "first"), "--json", stdout=io.StringIO())
    release = Release.objects.get()
    card = tmp_path / "first" / CARD_FILE
    card.write_text("No metadata.\n")
    listed = {"path": CARD_FILE, "bytes": 13, "sha256": hashlib.sha256(b"No metadata.\n").hexdigest()}
    Release.objects.filter(pk=release.pk).update(status="published", files=[listed], is_demonstration=False)
    assert "There is no metadata" in refused("first", "--repo", REPO)
    assert hub.repos[REPO].commits == []


def test_the_next_release_takes_the_place_of_the_one_before(
    hub: Hub, release: Release, people: Cast, tmp_path: Path
) -> None:
    send()
    hub.repos[REPO].files["data/train-00001-of-00002.jsonl"] = b"{}\n"
    make_record(people)
    make_release(people, tmp_path / "second")
    told = send("second")
    repo = hub.repos[REPO]
    assert VERIFIER_FILE in told["there"] and PROVENANCE_FILE in told["sent"]
    assert told["removed"] == ["data/train-00001-of-00002.jsonl"]
    assert {path: repo.files[path] for path in repo.files if path != ".gitattributes"} == files_in(tmp_path / "second")
    assert set(repo.tags) == {"first", "second"} and repo.tags["first"] != repo.tags["second"]


def test_a_repository_of_something_else_is_left_alone(hub: Hub, release: Release) -> None:
    hub.repos[REPO] = Repo(files={".gitattributes": b"", "train.csv": b"a,b\n"})
    assert "not a release" in refused("first", "--repo", REPO)
    assert set(hub.repos[REPO].files) == {".gitattributes", "train.csv"} and hub.puts == []


def test_what_is_not_published_is_never_sent(hub: Hub, release: Release, people: Cast, tmp_path: Path) -> None:
    assert "no release of this name" in refused("nothing", "--repo", REPO)
    make_record(people)
    call_command("export_clean", "--out", str(tmp_path / "built"), "--json", stdout=io.StringIO())
    assert "Only a published release" in refused("built", "--repo", REPO)
    release_retract(release=release, by=people.minato, why="Wrong licence.")
    assert "Only a published release" in refused("first", "--repo", REPO)
    assert hub.asked == []


def test_a_retracted_release_is_taken_off_with_its_reason(hub: Hub, release: Release, people: Cast) -> None:
    send()
    assert "has not been retracted" in refused("first", "--repo", REPO, "--retract")
    release_retract(release=release, by=people.minato, why="Wrong\nlicence.")
    repo = hub.repos[REPO]
    told = send("first", "--retract")
    assert set(repo.files) == {".gitattributes", "README.md"} and repo.tags == {}
    notice = repo.files["README.md"].decode()
    assert "Reason: Wrong licence." in notice and "取り下げられました" in notice
    assert (told["tag"], told["commit"], repo.commits[-1]["summary"]) == ("first", repo.head, "Retract first")
    assert "no tag of this release" in refused("first", "--repo", REPO, "--retract")
    assert len(repo.commits) == 2


def test_what_a_newer_release_put_there_stays(
    hub: Hub, release: Release, people: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send()
    make_record(people)
    make_release(people, tmp_path / "second")
    send("second")
    release_retract(release=release, by=people.minato, why="Wrong licence.")
    call_command("publish_release", "first", "--repo", REPO, "--retract")
    repo = hub.repos[REPO]
    assert set(repo.files) == {".gitattributes", *files_in(tmp_path / "second")} and set(repo.tags) == {"second"}
    assert "a newer release stands there" in capsys.readouterr().out


def test_a_changed_folder_is_never_sent(hub: Hub, release: Release, tmp_path: Path) -> None:
    data = tmp_path / "first" / PROVENANCE_FILE
    data.write_bytes(data.read_bytes().replace(b"a", b"b"))
    assert "not the ones that were built" in refused("first", "--repo", REPO)
    data.unlink()
    assert "not the ones that were built" in refused("first", "--repo", REPO)
    assert hub.asked == []


def test_a_demonstration_goes_only_where_practice_is_asked_for(hub: Hub, release: Release) -> None:
    Release.objects.update(is_demonstration=True)
    assert "--practice" in refused("first", "--repo", REPO)
    assert hub.asked == []
    assert send("first", "--practice")["sent"]


def test_the_token_is_sent_to_the_hub_alone_and_told_to_nobody(
    hub: Hub, release: Release, settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx2", "httpcore2", "huggingface_hub"):
        caplog.set_level(logging.DEBUG, logger=name)
    call_command("publish_release", "first", "--repo", REPO)
    given = {asked.split()[0]: token for asked, token in zip(hub.asked, hub.tokens, strict=True)}
    assert given["POST"] == f"Bearer {TOKEN}" and given["PUT"] is None
    settings.HF_TOKEN = wrong = "hf_another_that_is_wrong"
    assert "The hub refused" in refused("first", "--repo", REPO)
    settings.HF_TOKEN = ""
    assert "HF_TOKEN is not set" in refused("first", "--repo", REPO)
    told = caplog.text + "".join(capfd.readouterr())
    assert "there already" in told or "sent" in told
    assert TOKEN not in told and wrong not in told


def test_a_repository_has_an_owner_and_a_name(hub: Hub, release: Release) -> None:
    for repo in ("hitode", "a/b/c", "../etc", "a b/c", "a/b..c", ""):
        assert "ORG/NAME" in refused("first", f"--repo={repo}"), repo
    assert hub.asked == []
