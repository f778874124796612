"""Publishing a release, and the doors through which everybody downloads it."""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotation.models import Release, ReleaseTransition
from annotation.release.build import PROVENANCE_FILE
from annotation.release.keys import ReleaseKey, key_in_force
from annotation.release.seal import MANIFEST_FILE, SIGNATURE_FILE, STATEMENT_FILE, seal
from annotation.release.verify_release import verify
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.records import make_record
from vendors.models import User

pytestmark = pytest.mark.django_db(transaction=True)


OTHER = ReleaseKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture
def release(people: Cast, tmp_path: Path) -> Release:
    make_record(people)
    call_command("export_clean", "--out", str(tmp_path / "first"), "--json")
    return Release.objects.get()


def publish(user: User, release: Release):  # type: ignore[no-untyped-def]
    return client_for(user).post(reverse("annotation:release_publish", args=[release.public_id]), follow=True)


async def body(address: str) -> tuple[int, bytes]:
    """What anybody gets who follows the link, read as the server reads it."""
    from django.test import AsyncClient

    response = await AsyncClient().get(address)
    if not response.streaming:
        return response.status_code, response.content
    return response.status_code, b"".join([piece async for piece in response])


async def test_a_published_release_is_listed_and_downloads_whole_and_file_by_file(
    people: Cast, release: Release, tmp_path: Path
) -> None:
    from asgiref.sync import sync_to_async

    archive = reverse("annotation:release_archive", args=[release.public_id])
    assert (await body(archive))[0] == 404, "what is not published is nobody's"
    response = await sync_to_async(publish)(people.minato, release)
    assert "is published" in response.content.decode()
    page = (await sync_to_async(Client().get)(reverse("collection:progress"))).content.decode()
    assert archive in page
    folder = Path(release.folder)
    status, zipped = await body(archive)
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(zipped)) as opened:
        assert opened.testzip() is None
        listed = {MANIFEST_FILE, STATEMENT_FILE, SIGNATURE_FILE, *(file["path"] for file in release.manifest["files"])}
        assert set(opened.namelist()) == {f"first/{path}" for path in listed}
        opened.extractall(tmp_path / "downloaded")
        assert opened.read(f"first/{PROVENANCE_FILE}") == (folder / PROVENANCE_FILE).read_bytes()
    assert next(verify(tmp_path / "downloaded" / "first")).startswith("holds  signature")
    for name in (PROVENANCE_FILE, MANIFEST_FILE):
        address = reverse("annotation:release_file", args=[release.public_id, name])
        assert address in page
        assert await body(address) == (200, (folder / name).read_bytes())


def test_the_headers_tell_size_name_and_hash_and_no_browser_runs_a_file(people: Cast, release: Release) -> None:
    publish(people.minato, release)
    address = reverse("annotation:release_file", args=[release.public_id, PROVENANCE_FILE])
    response = Client().head(address)
    data = (Path(release.folder) / PROVENANCE_FILE).read_bytes()
    assert int(response["Content-Length"]) == len(data)
    assert response["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_nothing_else_is_served(people: Cast, release: Release) -> None:
    publish(people.minato, release)
    folder = Path(release.folder)
    (folder / "later.txt").write_text("put here afterwards")
    (folder / "secret").symlink_to("/etc/hostname")
    for path in ("../first/MANIFEST.json", "data/../MANIFEST.json", "later.txt", "secret", "data", "%2e%2e/x"):
        assert Client().get(f"/releases/{release.public_id}/files/{path}").status_code == 404, path


def test_a_file_that_was_changed_after_publishing_is_no_longer_served(people: Cast, release: Release) -> None:
    publish(people.minato, release)
    data = Path(release.folder) / PROVENANCE_FILE
    facts, before = data.stat(), data.read_bytes()
    assert (
        Client().get(reverse("annotation:release_file", args=[release.public_id, PROVENANCE_FILE])).status_code == 200
    )
    data.write_bytes(bytes([before[0] ^ 1]) + before[1:])  # as long as before, and as old
    os.utime(data, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    for address in (
        reverse("annotation:release_file", args=[release.public_id, PROVENANCE_FILE]),
        reverse("annotation:release_archive", args=[release.public_id]),
    ):
        assert Client().get(address).status_code == 404


def test_a_folder_that_was_changed_or_is_gone_cannot_be_published(people: Cast, release: Release) -> None:
    data = Path(release.folder) / PROVENANCE_FILE
    kept = data.read_bytes()
    data.write_bytes(kept.replace(b"{", b"[", 1))
    assert publish(people.minato, release).status_code == 409
    data.write_bytes(kept)
    (data.parent / "link").symlink_to("/etc/hostname")
    assert publish(people.minato, release).status_code == 409
    (data.parent / "link").unlink()
    seal({**release.manifest, "public_key": OTHER.public_bytes.hex()}, Path(release.folder), OTHER)
    assert publish(people.minato, release).status_code == 409, "another key's"
    seal({**release.manifest, "name": "first-again"}, Path(release.folder), key_in_force())
    assert publish(people.minato, release).status_code == 409, "our own key's, of another release"
    Path(release.folder).rename(f"{release.folder}-away")
    assert publish(people.minato, release).status_code == 409
    release.refresh_from_db()
    assert release.status == "built"


def test_a_release_is_retracted_with_a_reason_and_is_then_gone(people: Cast, release: Release) -> None:
    publish(people.minato, release)
    address = reverse("annotation:release_retract", args=[release.public_id])
    assert client_for(people.minato).post(address, {"why": " "}).status_code == 400
    client_for(people.minato).post(address, {"why": "Wrong licence."})
    assert Client().get(reverse("annotation:release_archive", args=[release.public_id])).status_code == 404
    assert ReleaseTransition.objects.filter(to_status="retracted", why="Wrong licence.").exists()
    assert publish(people.minato, release).status_code == 409


def test_only_owners_and_managers_publish(people: Cast, release: Release) -> None:
    for user in (people.ren, people.fumi, people.luna, people.wataru):
        assert publish(user, release).status_code == 403, user.name
    release.refresh_from_db()
    assert release.status == "built"
