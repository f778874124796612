from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from config import jobs


@pytest.mark.django_db
def test_sessions_that_are_over_are_deleted_and_no_other() -> None:
    for key, days in (("over", -1), ("open", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    jobs.sessions_sweep()
    assert [session.session_key for session in Session.objects.all()] == ["open"]
