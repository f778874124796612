"""The pinned table of code points."""

import unicodedata

import numpy as np
import pytest

from annotation.cleanroom import unicode_table
from annotation.cleanroom.unicode_table import CLASS_BITS, IGNORED, KEPT, code_point_table


def test_every_code_point_has_a_class_and_nobody_can_change_it() -> None:
    table = code_point_table()
    assert table.shape == (0x110000,)
    assert int((table & CLASS_BITS).max()) == KEPT
    with pytest.raises(ValueError, match="read-only"):
        table[0] = KEPT


@pytest.mark.skipif(
    unicodedata.unidata_version != unicode_table.PINNED_UNICODE, reason="this Python has another Unicode version"
)
def test_the_stored_table_is_what_the_pinned_version_says() -> None:
    starts, values = np.array(unicode_table.compute_runs()).T
    assert np.array_equal(np.repeat(values, np.diff(starts, append=0x110000)), code_point_table())


@pytest.mark.parametrize("code", [0x200B, 0x3164, 0x1160, 0xFFA0, 0x034F, 0xFE0F, 0xE0100, 0x202E, 0x00AD, 0])
def test_invisible_characters_are_removed_before_composition(code: int) -> None:
    assert code_point_table()[code] & CLASS_BITS == IGNORED


def test_a_python_older_than_the_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unicodedata, "unidata_version", "13.0.0")
    with pytest.raises(RuntimeError, match="or later is needed"):
        code_point_table.__wrapped__()
