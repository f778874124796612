"""Installs the lock into `.venv`, quickly where possible: `python3 requirements/install.py base|dev [/path/to/python3.11]`.

`.venv` is made with the Python that is named, or else with the quickest build of this version that is here.

uv takes about two seconds where pip takes forty, so pip is asked for uv first; whatever goes wrong on that way, pip alone
does the work. Both check every file against the lock's hashes. pip itself is in a folder that is thrown away afterwards:
what runs the product does without it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent
VENV = REQUIREMENTS.parent / ".venv"
PYTHON = VENV / "bin" / "python"
HASHED = ("--require-hashes", "--requirement")
VERSION = sys.version_info[:2]
NAMES = (f"python{VERSION[0]}.{VERSION[1]}", "python3")
# Builds of one version differ: those of version managers are seldom optimised by a profile, and take half as long again for
# this. What cannot make an environment with pip in it is not asked how long it takes.
PROBE = """
import ensurepip, json, sys, time, venv
class Point:
    def __init__(self, x): self.x = x
    def plus(self, other): return Point(self.x + other.x)
def work():
    sum, one, seen = Point(0), Point(1), {}
    for number in range(20000):
        sum = sum.plus(one)
        seen[f"{number % 100}"] = number
def seconds():
    began = time.process_time()
    work()
    return time.process_time() - began
print(json.dumps([list(sys.version_info[:2]), min(seconds() for _ in range(9))]))
"""
CLEARLY = 0.8  # of the time of another: less of a difference is chance


def main(name: str, python: str = "") -> None:
    """Make `.venv` if it is missing and install one of the locks into it."""
    if sys.version_info < (3, 11):
        sys.exit("Hitode needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3.11 …")
    make_venv(python)
    lock = REQUIREMENTS / f"{name}.txt"
    print(f"Installing {lock.relative_to(REQUIREMENTS.parent)} …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        pip = Pip(Path(folder))
        if not install_with_uv(lock, pip):
            pip.run("--python", str(PYTHON), "install", "--quiet", *HASHED, str(lock), must=True)


def make_venv(python: str) -> None:
    """Make the virtual environment with a Python, "" for the quickest, unless a sound one is there."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "pass"], capture_output=True).returncode == 0:
        return
    python = python or quickest([sys.executable, *pythons_on(os.environ.get("PATH", ""))])
    print(f"Making {VENV} with {python} …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([python, "-m", "venv", "--without-pip", str(VENV)], check=True)


def pythons_on(path: str) -> list[str]:
    """Every program of a search path that may be this version of Python, by name."""
    found = (Path(folder) / name for folder in path.split(os.pathsep) for name in NAMES)
    return [str(program) for program in found if os.access(program, os.X_OK)]


def quickest(pythons: list[str]) -> str:
    """The first of some programs that is a sound Python of this version, or one that is clearly quicker; else the first."""
    builds: dict[str, str] = {}
    for python in pythons:
        builds.setdefault(os.path.realpath(python), python)
    took: dict[str, float] = {}
    for python in [*builds.values(), *builds.values()]:  # the machine may have been held up once
        asked = subprocess.run([python, "-I", "-c", PROBE], capture_output=True, text=True)
        try:
            version, seconds = json.loads(asked.stdout)
        except ValueError:
            continue
        if tuple(version) == VERSION:
            took[python] = min(seconds, took.get(python, seconds))
    best = next(iter(took), pythons[0])
    for python, seconds in took.items():
        if seconds < CLEARLY * took[best]:
            best = python
    return best


class Pip:
    """Python's own pip, in an environment that lives as long as the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            venv.create(folder / "pip", with_pip=True)
        except subprocess.CalledProcessError:
            sys.exit("Python's venv module is not complete here. On Debian or Ubuntu: apt-get install python3-venv")

    def run(self, *arguments: str, must: bool = False) -> int:
        """Run it and return its status; failures of an attempt that has an alternative stay quiet."""
        command = [str(self.folder / "pip" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *arguments]
        result = subprocess.run(command, stderr=None if must else subprocess.DEVNULL)
        if must and result.returncode:
            sys.exit("The packages could not be installed; pip's reason is above. Is this machine on the network?")
        return result.returncode


def install_with_uv(lock: Path, pip: Pip) -> bool:
    """Whether uv could be had and did the work."""
    wanted = pip.folder / "uv.txt"
    wanted.write_text(uv_requirement())
    if pip.run("install", "--quiet", "--no-deps", "--target", str(pip.folder / "uv"), *HASHED, str(wanted)) != 0:
        return False
    environment = {**os.environ, "UV_HTTP_RETRIES": "1"}
    if "UV_DEFAULT_INDEX" not in environment and (index := os.environ.get("PIP_INDEX_URL")):
        environment["UV_DEFAULT_INDEX"] = index
    command = [str(pip.folder / "uv" / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
    return subprocess.run([*command, *HASHED, str(lock)], env=environment, capture_output=True).returncode == 0


def uv_requirement() -> str:
    """The lines of the development lock that pin uv and its hashes."""
    lines = iter((REQUIREMENTS / "dev.txt").read_text().splitlines())
    block = [next(line for line in lines if line.startswith("uv=="))]
    while block[-1].endswith("\\"):
        block.append(next(lines))
    return "\n".join(block) + "\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
