"""The doctor finds what is away, behind and unsafe, says what to do in both languages, and ends with a code that means it."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotation.models import ReferenceFingerprint, Task
from annotation.release.keys import key_new
from collection import jobs
from tests.cast import Cast, cast
from tests.factories.annotation import make_claim, make_open_order
from tests.factories.collection import make_instruction, make_reference

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(settings: Settings, tmp_path: Path) -> Cast:
    """One that has begun: people, a key, a worker that lives."""
    settings.RELEASE_KEYS = tmp_path / "keys"
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.DATABASE_URL = settings.EXPORT_DATABASE_URL.replace("hitode_export@", "hitode@")
    settings.OPENAI_BASE_URL, settings.IS_PRACTICE = "http://127.0.0.1:9/v1", True
    people = cast()
    key_new()
    jobs.worker_sign()
    return people


def doctor(language: str = "en") -> tuple[int, dict[str, tuple[str, str, str]]]:
    """The exit code, and by name each part's tone, state and advice."""
    output, code = StringIO(), 0
    try:
        call_command("doctor", "--json", "--language", language, stdout=output)
    except SystemExit as left:
        code = int(str(left.code))
    return code, {
        one["name"]: (one["tone"], one["state"], one["advice"]) for one in json.loads(output.getvalue())["parts"]
    }


def test_of_an_installation_that_is_well_it_says_so_and_breaks_nothing() -> None:
    code, parts = doctor()
    assert {name: tone for name, (tone, _state, _advice) in parts.items() if tone == "danger"} == {}
    assert code == 1  # the practice provider and the optional packages
    assert parts["The role of releases"][0] == parts["Migrations"][0] == parts["The gate's index"][0] == "ok"


def test_it_tells_a_person_what_to_do_in_their_language() -> None:
    output = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--language", "ja", stdout=output)
    assert "✓ PostgreSQL" in output.getvalue()
    assert "適用済み" in output.getvalue()
    assert "→" in output.getvalue()


def test_it_finds_a_database_that_is_behind_and_still_looks_at_the_rest() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'vendors' AND name >= '0002'")
    code, parts = doctor()
    assert code == 2
    assert "not applied, the first vendors.0002_" in parts["Migrations"][1]
    assert parts["Migrations"][2] == "Run `manage.py migrate`."
    assert parts["Worker"][0] == "ok"


def test_it_finds_a_reference_that_the_gate_does_not_know() -> None:
    reference = make_reference(make_instruction(status="eligible"))
    assert doctor()[1]["The gate's index"][0] == "ok"
    ReferenceFingerprint.objects.filter(reference=reference).delete()
    code, parts = doctor()
    assert (code, parts["The gate's index"][:2]) == (2, ("danger", "1 reference is missing"))


@pytest.mark.django_db(transaction=True)
def test_it_finds_a_role_of_releases_that_may_read_too_much() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON collection_reference TO hitode_export")
    try:
        code, parts = doctor()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("REVOKE SELECT ON collection_reference FROM hitode_export")
    assert (code, parts["The role of releases"][0]) == (2, "danger")
    assert "ensure_export_role" in parts["The role of releases"][2]


def test_it_finds_sweeps_that_do_not_run(people: Cast) -> None:
    make_open_order(people, quantity=1)
    make_claim(people.wataru)
    Task.objects.update(lease_expires_at=timezone.now() - timedelta(hours=1))
    assert doctor()[1]["Sweeps"][:2] == ("warn", "1 lease is long over")


def test_it_finds_a_key_that_others_can_read(settings: Settings) -> None:
    next(settings.RELEASE_KEYS.glob("*.pem")).chmod(0o644)
    code, parts = doctor()
    assert (code, parts["The key of releases"][0]) == (2, "danger")


def test_without_redis_it_says_so_and_goes_on(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": settings.REDIS_URL}}
    code, parts = doctor()
    assert (code, parts["Jobs"][:2]) == (2, ("danger", "Redis does not answer"))
    assert parts["The gate's index"][0] == "ok"


def test_in_production_it_says_what_is_unsafe(settings: Settings, monkeypatch: Any) -> None:
    settings.DEMONSTRATION = False
    settings.DEBUG = True
    _code, parts = doctor()
    assert parts["People"][1].endswith("of the operator's have no second step yet")
    assert parts["Errors"][0] == parts["Figures"][0] == "warn"
    output = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=output)
    assert "hitode.E009" in output.getvalue()
