"""What `make audit` says of what pip-audit reports; nothing that was not asked is called sound."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from requirements import audit

SOUND: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
BROKEN: dict[str, Any] = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNASKED: dict[str, Any] = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([SOUND], 0, "1 packages were audited; 0 vulnerabilities"),
        ([SOUND, BROKEN, UNASKED], 1, "b 2: PYSEC-1, mended in 3"),
        ([SOUND, UNASKED], 2, "Not audited, for the list does not know them: c"),
        ([UNASKED], 2, "Nothing was audited"),
        ([], 2, "Nothing was audited"),
    ],
)
def test_what_is_known_and_what_could_not_be_asked(packages: list[dict[str, Any]], code: int, words: str) -> None:
    lines, found = audit.told(packages)
    assert found == code
    assert words in "\n".join(lines)


@pytest.mark.parametrize(
    "command",
    [["/nowhere/uv"], [sys.executable, "-c", "raise SystemExit('error: no route to the list')"]],
    ids=["without uv", "without a network"],
)
def test_without_its_service_it_says_so(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "COMMAND", command)
    assert audit.main() == 2
    assert "Nothing was audited" in (said := capsys.readouterr().out)
    assert command[0] in said or "no route to the list" in said


def test_every_lock_that_is_installed_is_asked_about() -> None:
    folder = Path(audit.__file__).parent
    for name in audit.LOCKS:
        assert (folder / name).exists()
    done = subprocess.run(["make", "-n", "audit"], cwd=folder.parent, capture_output=True, text=True, check=True)
    assert "requirements/audit.py" in done.stdout
