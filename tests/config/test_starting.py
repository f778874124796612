"""While a program loads nothing is collected; afterwards all is as usual, whatever came of it."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from config.starting import loading

ROOT = Path(__file__).resolve().parent.parent.parent


def test_nothing_is_collected_while_a_program_loads_and_all_is_afterwards() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), loading():
        raise KeyError
    assert gc.isenabled()


def test_a_program_that_only_starts_loads_nothing_that_few_need() -> None:
    """Neither what prints papers nor what packs Parquet."""
    started = "import sys, config.celery, django; django.setup(); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", started], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {*told.stdout.split()}
    assert "annotation.models" in loaded
    assert not {"duckdb", "reportlab"} & loaded
