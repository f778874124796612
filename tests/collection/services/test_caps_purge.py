"""What single people spent on days long past goes; what is still reserved, and every total, stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from collection import jobs
from collection.models import Cap

pytestmark = pytest.mark.django_db


def test_only_old_personal_caps_with_nothing_open_are_deleted() -> None:
    today = timezone.localdate()
    old, young = (today - timedelta(days=31)).isoformat(), (today - timedelta(days=30)).isoformat()
    for scope, key, reserved in (
        ("address_day", f"{old}:a", 0),
        ("participant_day", f"{old}:p", 0),
        ("address_day", f"{old}:open", 5),
        ("address_day", f"{young}:a", 0),
        ("address_day", "", 0),
        ("day", old, 0),
        ("total", "", 0),
    ):
        Cap.objects.create(scope=scope, key=key, limit_microusd=10, reserved_microusd=reserved, spent_microusd=1)
    jobs.caps_sweep()
    kept = set(Cap.objects.values_list("scope", "key"))
    assert kept == {
        ("address_day", f"{old}:open"),
        ("address_day", f"{young}:a"),
        ("address_day", ""),
        ("day", old),
        ("total", ""),
    }
