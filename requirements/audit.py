"""Asks a public list of known vulnerabilities about every package of the locks: `make audit`.

Exit codes: 0 nothing is known, 1 something is, 2 the list could not be asked (about any, or about some).
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).resolve().parent
LOCKS = ["base.txt", "dev.txt", "optional.txt"]
# Run by uv, in an environment that it makes and keeps for itself.
COMMAND = [str(Path(sys.executable).parent / "uv"), "tool", "run", "--quiet", "pip-audit==2.10.1"]
OPTIONS = ["--progress-spinner", "off", "--require-hashes", "--disable-pip", "--format", "json"]
PATIENCE_SECONDS = 300


def main() -> int:
    """Ask, print what is known, and say plainly what could not be asked."""
    locks = [word for name in LOCKS for word in ("--requirement", str(REQUIREMENTS / name))]
    try:
        asked = subprocess.run([*COMMAND, *OPTIONS, *locks], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        packages = json.loads(asked.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        why = asked.stderr.strip().splitlines()[-1:] if isinstance(error, ValueError) else [str(error)]
        print("Nothing was audited: pip-audit or its list of vulnerabilities could not be reached.", *why, sep="\n")
        return 2
    lines, code = told(packages)
    print(*lines, sep="\n")
    return code


def told(packages: list[dict[str, Any]]) -> tuple[list[str], int]:
    """What to print about the packages of a report, and the exit code."""
    known = [
        f"{package['name']} {package['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'no version'}"
        for package in packages
        for one in package.get("vulns", [])
    ]
    unasked = [package["name"] for package in packages if "skip_reason" in package]
    audited = len(packages) - len(unasked)
    if not audited:
        return ["Nothing was audited: the list of vulnerabilities knows none of the packages, or cannot be reached."], 2
    lines = [*known, f"{audited} packages were audited; {len(known)} vulnerabilities are known."]
    if unasked:
        lines.append(f"Not audited, for the list does not know them: {', '.join(unasked)}")
    return lines, 1 if known else 2 if unasked else 0


if __name__ == "__main__":
    sys.exit(main())
