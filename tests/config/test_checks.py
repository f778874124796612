"""Each unsafe or half-set configuration is refused, with a sentence that names what to set."""

import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from config.checks import TAG, is_loopback, refuse_unsafe_configuration
from config.environment import address_as

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "DEMONSTRATION": False,
    "DEBUG": False,
    "EMBEDDED_ENGINES": [],
    "SECRET_KEY_IS_SET": True,
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": ["hitode.example.org"],
    "BASE_URL": "https://hitode.example.org",
    "TRUSTED_PROXIES": 1,
    "DATABASE_URL": "postgresql://hitode:one@db.example.org/hitode",
    "EXPORT_DATABASE_URL": "postgresql://hitode_export:two@db.example.org/hitode",
    "EXPORT_DATABASE_URL_IS_SET": True,
    "OPENAI_API_KEY": "sk-something",
    "OPENAI_BASE_URL": "",
    "IS_PRACTICE": False,
    "EMAIL_URL_IS_SET": True,
    "DEFAULT_FROM_EMAIL": "Hitode <hitode@example.org>",
}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}


@pytest.fixture
def sound(settings: Any) -> Any:
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


def test_a_complete_production_configuration_is_accepted(sound: Any) -> None:
    assert run_checks(tags=[TAG]) == []
    refuse_unsafe_configuration()


def test_djangos_own_checks_for_a_deployment_find_nothing() -> None:
    """As a deployment is configured, by its environment alone."""
    environment = {
        "PATH": os.environ["PATH"],
        "HITODE_ENV_FILE": os.devnull,
        "HITODE_DEMONSTRATION": "false",
        "HITODE_SECRET_KEY": string.ascii_letters,
        "HITODE_HOSTS": "hitode.example.org",
        "HITODE_BASE_URL": "https://hitode.example.org",
        "HITODE_TRUSTED_PROXIES": "1",
        "HITODE_EMAIL_FROM": "Hitode <hitode@example.org>",
        "DATABASE_URL": "postgresql://hitode:one@db.example.org/hitode",
        "EXPORT_DATABASE_URL": "postgresql://hitode_export:two@db.example.org/hitode",
        "REDIS_URL": "redis://redis.example.org:6379/0",
        "EMAIL_URL": "submission://hitode:three@mail.example.org:587",
        "OPENAI_API_KEY": "sk-something",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_demonstration_is_accepted_as_it_comes(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]  # the test client adds its own
    settings.EXPORT_DATABASE_URL = address_as(settings.DATABASE_URL, "hitode_export")  # not the test database
    assert run_checks(tags=[TAG]) == []


@pytest.mark.parametrize(
    ("name", "value", "number", "remedy"),
    [
        ("SECRET_KEY_IS_SET", False, 1, "HITODE_SECRET_KEY"),
        ("SECRET_KEY", "short", 2, "HITODE_SECRET_KEY"),
        ("ALLOWED_HOSTS", [], 3, "HITODE_HOSTS"),
        ("ALLOWED_HOSTS", ["*"], 4, "Name the hosts"),
        ("BASE_URL", "hitode.example.org", 5, "HITODE_BASE_URL"),
        ("BASE_URL", "http://hitode.example.org", 6, "https://"),
        ("TRUSTED_PROXIES", -1, 7, "HITODE_TRUSTED_PROXIES"),
        ("DEMONSTRATION", True, 8, "HITODE_DEMONSTRATION=false"),
        ("DEBUG", True, 9, "HITODE_DEBUG=false"),
        ("DATABASES", SQLITE, 10, "DATABASE_URL"),
        ("EMBEDDED_ENGINES", ["postgres"], 11, "DATABASE_URL"),
        ("EMBEDDED_ENGINES", ["redis"], 11, "REDIS_URL"),
        ("EXPORT_DATABASE_URL_IS_SET", False, 12, "EXPORT_DATABASE_URL"),
        ("EXPORT_DATABASE_URL", SOUND["DATABASE_URL"], 13, "hitode_export"),
        ("EXPORT_DATABASE_URL", "postgresql://hitode_export@db.example.org/other", 14, "same database"),
        ("IS_PRACTICE", True, 15, "HITODE_PRACTICE"),
        ("OPENAI_API_KEY", "", 16, "OPENAI_API_KEY"),
        ("EMAIL_URL_IS_SET", False, 17, "EMAIL_URL"),
        ("DEFAULT_FROM_EMAIL", "Hitode <hitode@localhost>", 18, "HITODE_EMAIL_FROM"),
        ("WEB_WORKERS", 0, 19, "HITODE_WEB_WORKERS"),
        ("OUTPUT_MAX_CHARACTERS", -5, 19, "HITODE_OUTPUT_MAX_CHARACTERS"),
        ("DAILY_BUDGET_MICROUSD", -1, 20, "HITODE_DAILY_BUDGET_MICROUSD"),
    ],
)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_mistake_is_refused_with_what_to_set(sound: Any, name: str, value: Any, number: int, remedy: str) -> None:
    setattr(sound, name, value)
    messages = run_checks(tags=[TAG])
    assert [message.id for message in messages] == [f"hitode.E{number:03}"]
    assert remedy in str(messages[0].hint)
    with pytest.raises(ImproperlyConfigured, match=remedy):
        refuse_unsafe_configuration()


def test_an_address_of_another_server_serves_instead_of_a_key(sound: Any) -> None:
    sound.OPENAI_API_KEY, sound.OPENAI_BASE_URL = "", "http://localhost:9000/v1"
    sound.PROMPT_PRICE_MICROUSD_PER_MILLION = sound.COMPLETION_PRICE_MICROUSD_PER_MILLION = 0
    assert run_checks(tags=[TAG]) == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "hitode.localhost"])
def test_a_loopback_host_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["example.org", "localhost.example.org", "10.0.0.1", "0.0.0.0", "*", ".localhost.org"])
def test_another_host_is_not_taken_for_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_a_command_says_in_one_sentence_what_is_wrong_with_the_environment(tmp_path: Path) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "HITODE_ENV_FILE": "/dev/null",
        "HITODE_VAR": str(tmp_path),
        "DATABASE_URL": "postgresql://hitode@db.example/hitode",
        "REDIS_URL": "redis://cache.example",
    }

    def check(**extra: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "check"]
        return subprocess.run(command, cwd=ROOT, env=environment | extra, capture_output=True, text=True)

    unset = check()
    assert unset.returncode == 1
    assert "Set HITODE_SECRET_KEY" in unset.stderr
    assert "Traceback" not in unset.stderr
    not_a_number = check(HITODE_PORT="eighty")
    assert not_a_number.returncode == 1
    assert "HITODE_PORT" in not_a_number.stderr
    assert "Traceback" not in not_a_number.stderr
