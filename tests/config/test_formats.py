from datetime import datetime

import pytest
from django.utils import formats, translation

WHEN = datetime(2026, 11, 3, 19, 5)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("language", "short", "long"),
    [("en", "2026-11-03 19:05", "3 November 2026"), ("ja", "2026/11/03 19:05", "2026年11月3日")],
)
def test_a_date_is_read_the_same_on_both_sides_of_the_atlantic(language: str, short: str, long: str) -> None:
    with translation.override(language):
        assert formats.date_format(WHEN, "SHORT_DATETIME_FORMAT") == short
        assert formats.date_format(WHEN, "DATE_FORMAT") == long
