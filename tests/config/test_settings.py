"""The settings: their environment variables, and how addresses become Django's and Celery's."""

import re
from pathlib import Path

import pytest

from config.environment import address_as, broker_url, database_settings, environment, kept_secret_key, var_directory

ROOT = Path(__file__).resolve().parents[2]
READERS = ["config/settings.py", "config/engines.py", "config/keeper.py", "config/environment.py", "config/asgi.py"]
READERS += ["collection/practice/app.py"]  # a program of its own, without Django
ELSEWHERE = {"DJANGO_SETTINGS_MODULE"}
VARIABLE = re.compile(
    r"""(?:env\.\w+|environment\(\)\.\w+|os\.environ(?:\.get|\.setdefault)?)[(\[]\s*["']([A-Z_]+)["']"""
    r"""|MARK = ["']([A-Z_]+)["']"""
)


def variables_read() -> set[str]:
    found: set[str] = set()
    for reader in READERS:
        for match in VARIABLE.finditer((ROOT / reader).read_text()):
            found.add(match.group(1) or match.group(2))
    return found - ELSEWHERE


def variables_named() -> list[str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return [line.partition("=")[0] for line in lines if line and not line.startswith("#")]


def test_the_example_names_every_variable_once_and_no_other() -> None:
    named = variables_named()
    assert len(named) == len(set(named))
    assert set(named) == variables_read()
    assert len(named) > 30


def test_no_other_file_reads_the_environment() -> None:
    ours = {"config/supervisor.py", "config/backup.py", "config/celery.py", "config/management/commands/serve.py"}
    allowed = {*READERS, *ours, "config/terminal.py"}  # the last asks for the terminal's language, which is not ours
    for app in ("config", "collection", "vendors", "annotation"):
        for path in (ROOT / app).rglob("*.py"):
            if "os.environ" in path.read_text():
                assert str(path.relative_to(ROOT)) in allowed


def test_the_file_completes_the_environment_and_never_overrides_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("HITODE_VAR=/from/file\nHITODE_LOG_LEVEL=DEBUG\n")
    monkeypatch.setenv("HITODE_ENV_FILE", str(file))
    monkeypatch.setenv("HITODE_VAR", "/from/process")
    monkeypatch.setenv("HITODE_LOG_LEVEL", "")
    monkeypatch.delenv("HITODE_LOG_LEVEL")
    assert var_directory() == Path("/from/process")
    assert environment().str("HITODE_LOG_LEVEL") == "DEBUG"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache.example:6379/0", "redis://cache.example:6379/0"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
    ],
)
def test_a_redis_address_becomes_celerys(url: str, expected: str) -> None:
    assert broker_url(url) == expected


def test_a_database_address_becomes_djangos() -> None:
    socket = database_settings("postgresql://hitode@/hitode?host=/Var/My Sockets")
    assert (socket["HOST"], socket["USER"], socket["NAME"]) == ("/Var/My Sockets", "hitode", "hitode")
    server = database_settings("postgresql://hitode:p%40ss@db.example:5433/hitode?sslmode=require")
    assert (server["HOST"], server["PORT"], server["PASSWORD"]) == ("db.example", 5433, "p@ss")
    assert server["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://hitode@/hitode?host=/run", "postgresql://hitode_export@/hitode?host=/run"),
        ("postgresql://a:secret@db:5432/hitode", "postgresql://hitode_export@db:5432/hitode"),
    ],
)
def test_the_export_role_has_the_same_database_and_nobodys_password(url: str, expected: str) -> None:
    assert address_as(url, "hitode_export") == expected


def test_the_demonstrations_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    key = kept_secret_key(tmp_path / "var")
    assert len(key) >= 50
    assert kept_secret_key(tmp_path / "var") == key
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0
