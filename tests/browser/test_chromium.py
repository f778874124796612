"""The browser the tests use, and that it reaches the live site."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import NoBrowser, chromium_flags, find_chromium


def test_a_named_browser_that_is_none_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITODE_CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(NoBrowser, match="HITODE_CHROMIUM"):
        find_chromium()


def test_the_shell_is_taken_before_the_whole_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HITODE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("chromium", "chromium-headless-shell"):
        (tmp_path / name).touch(0o755)
        assert find_chromium() == tmp_path / name


def test_the_sandbox_is_only_left_off_for_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--no-sandbox" not in chromium_flags()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "--no-sandbox" in chromium_flags()


def test_the_live_site_answers_a_browser(page: Page) -> None:
    response = page.goto("/healthz")
    assert response is not None
    assert response.text() == "ok"
