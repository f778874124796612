"""Installs the lock into `.venv`, quickly where possible: `python3 requirements/install.py base|dev`.

uv takes about two seconds where pip takes forty, so pip is asked for uv first, into a folder that is thrown away
afterwards; whatever goes wrong on that way, pip alone does the work. Both check every file against the lock's hashes.
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


def main(name: str) -> None:
    """Make `.venv` if it is missing and install one of the locks into it."""
    if sys.version_info < (3, 11):
        sys.exit("Hitode needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3.11 …")
    make_venv()
    lock = REQUIREMENTS / f"{name}.txt"
    print(f"Installing {lock.relative_to(REQUIREMENTS.parent)} …", flush=True)
    if not install_with_uv(lock):
        pip("install", "--quiet", "--require-hashes", "--requirement", str(lock), check=True)


def make_venv() -> None:
    """Make the virtual environment, unless a sound one is there."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0:
        return
    print(f"Making {VENV} with Python {sys.version.split()[0]} …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("Python's venv module is not complete here. On Debian or Ubuntu: apt-get install python3-venv")


def install_with_uv(lock: Path) -> bool:
    """Whether uv could be had and did the work."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(uv_requirement())
        arguments = ["--quiet", "--no-deps", "--require-hashes", "--target", folder, "--requirement", str(wanted)]
        if pip("install", *arguments) != 0:
            return False
        environment = {**os.environ, "UV_HTTP_RETRIES": "1"}
        if "UV_DEFAULT_INDEX" not in environment and (index := os.environ.get("PIP_INDEX_URL")):
            environment["UV_DEFAULT_INDEX"] = index
        command = [f"{folder}/bin/uv", "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes"]
        result = subprocess.run([*command, "--requirement", str(lock)], env=environment, capture_output=True)
        return result.returncode == 0


def uv_requirement() -> str:
    """The lines of the development lock that pin uv and its hashes."""
    lines = iter((REQUIREMENTS / "dev.txt").read_text().splitlines())
    block = [next(line for line in lines if line.startswith("uv=="))]
    while block[-1].endswith("\\"):
        block.append(next(lines))
    return "\n".join(block) + "\n"


def pip(*arguments: str, check: bool = False) -> int:
    """Run the environment's pip; failures of an attempt that has an alternative stay quiet."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    result = subprocess.run(command, stderr=None if check else subprocess.DEVNULL)
    if check and result.returncode:
        sys.exit("The packages could not be installed; pip's reason is above. Is this machine on the network?")
    return result.returncode


if __name__ == "__main__":
    main(sys.argv[1])
