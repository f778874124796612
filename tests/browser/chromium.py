"""Finds a Chromium for the browser tests, or gets one: `python -m tests.browser.chromium` prints where it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The shell is the same browser without a window, and shows a page for half the work.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
PACKAGES = [["chromium-headless-shell", "fonts-noto-cjk"], ["chromium", "fonts-noto-cjk"]]  # Ubuntu has no shell
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
]


class NoBrowser(RuntimeError):
    """No Chromium is here and none could be had."""


def chromium_flags() -> list[str]:
    """Flags that keep the browser from calling home; without a sandbox only where root leaves no choice."""
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS


def find_chromium() -> Path | None:
    """A Chromium on this machine: the one HITODE_CHROMIUM names, an installed one, or Playwright's."""
    if named := os.environ.get("HITODE_CHROMIUM"):
        if not os.access(named, os.X_OK):
            raise NoBrowser(f"HITODE_CHROMIUM is {named}, which is not a program. Name one that is, or unset it.")
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _downloaded()


def ensure_chromium() -> Path:
    """A Chromium, installed if there is none. Raises NoBrowser with what to do."""
    for obtain in (lambda: None, _install_with_apt, _download):
        obtain()
        if found := find_chromium():
            return found
    raise NoBrowser(
        "The browser tests need Chromium, and it could neither be installed nor downloaded. Install it "
        "(on Debian or Ubuntu: apt-get install chromium) or set HITODE_CHROMIUM to the program."
    )


def _downloaded() -> Path | None:
    """The Chromium Playwright downloaded before, if any."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _install_with_apt() -> None:
    """On Debian or Ubuntu as root; a machine just made has to learn first which packages there are."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print("Installing Chromium with apt-get …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], environment)
    for packages in PACKAGES:
        if _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], environment):
            return


def _download() -> None:
    print("Downloading Playwright's Chromium …", flush=True)
    _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> bool:
    """Run one attempt; whether it helped is seen by looking for the browser again."""
    result = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
    if result.returncode:
        print(f"{command[0]} failed with code {result.returncode}", file=sys.stderr, flush=True)
    return not result.returncode


if __name__ == "__main__":
    try:
        print(f"Chromium: {ensure_chromium()}")
    except NoBrowser as error:
        sys.exit(str(error))
