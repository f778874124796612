"""Installs the lock into `.venv`, quickly where possible: `python3 requirements/install.py base|dev`.

uv takes about two seconds where pip takes forty, so pip is asked for uv first; whatever goes wrong on that way, pip alone
does the work. Both check every file against the lock's hashes. pip itself is in a folder that is thrown away afterwards:
what runs the product does without it.
"""

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


def main(name: str) -> None:
    """Make `.venv` if it is missing and install one of the locks into it."""
    if sys.version_info < (3, 11):
        sys.exit("Hitode needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3.11 …")
    make_venv()
    lock = REQUIREMENTS / f"{name}.txt"
    print(f"Installing {lock.relative_to(REQUIREMENTS.parent)} …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        pip = Pip(Path(folder))
        if not install_with_uv(lock, pip):
            pip.run("--python", str(PYTHON), "install", "--quiet", *HASHED, str(lock), must=True)


def make_venv() -> None:
    """Make the virtual environment, unless a sound one is there."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "pass"], capture_output=True).returncode == 0:
        return
    print(f"Making {VENV} with Python {sys.version.split()[0]} …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV)


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
    main(sys.argv[1])
