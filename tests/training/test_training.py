"""`docs/training.md` as it stands, in the environment that `make training` makes: without a network, on a model of no size."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from annotation.release.build import release_build
from tests.annotation.release.test_build import KEY, TEST, TRAIN, make_row
from tests.conftest import TRAINING_PYTHON
from tests.releases import records_of

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def run(place: Path, *command: str | Path) -> str:
    """What a program of that environment prints, in a folder of its own and without a network."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(place / "cache"), "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [str(one) for one in (TRAINING_PYTHON, *command)],
        cwd=place, env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release of twelve records, three of them on the side `test`, and a model."""
    place = tmp_path_factory.mktemp("training")
    rows = [
        make_row(number, family=TEST if number % 4 == 0 else TRAIN, input="" if number % 2 else "晴れ、\n風は弱い。🐟")
        for number in range(12)
    ]
    release_build(rows=rows, folder=place / "release", name="2026-1", key=KEY)
    run(place, HERE / "tiny_model.py", "model")
    return place


def test_the_pages_programs_train_on_the_outputs_of_one_side_and_answer(place: Path) -> None:
    train, ask = PROGRAMS
    (place / "train.py").write_text(train, encoding="utf-8")
    records: list[dict[str, Any]] = records_of(place / "release")
    gone = records[1]
    (place / "ids.txt").write_text(f"{gone['id']}\n")
    found = json.loads(run(place, HERE / "drive.py", "train.py", "release", "model", "ids.txt").splitlines()[-1])
    sides = {
        side: [one for number, one in enumerate(records) if (number % 4 == 0) == (side == "test")]
        for side in ("train", "test")
    }
    sides["train"].remove(gone)
    for side, kept in sides.items():
        assert found["learned"][side] == [f"{record['output']}<|im_end|>" for record in kept]
    asked = [one["instruction"] + (f"\n\n{one['input']}" if one["input"] else "") for one in sides["train"]]
    assert [read.strip() for read in found["read"]] == [
        f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{record['output']}<|im_end|>"
        for question, record in zip(asked, sides["train"], strict=True)
    ]
    first, *_, last = [float(loss) for loss in found["losses"]]
    assert last < first and len(found["test_losses"]) == 3
    told = json.loads((place / "tuned" / "TRAINED_ON.json").read_bytes())
    manifest = json.loads((place / "release" / "MANIFEST.json").read_bytes())
    assert (told["name"], told["merkle_root"], told["left_out"]) == ("2026-1", manifest["merkle_root"], [gone["id"]])
    (place / "ask.py").write_text(ask, encoding="utf-8")
    assert run(place, "ask.py").strip()
