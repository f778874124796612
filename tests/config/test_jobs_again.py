"""A job that found the database away is queued again, and one that is wrong is not."""

import pytest
from celery.exceptions import Retry
from django.db import IntegrityError, OperationalError

from config.celery import app


@app.task(name="tests.away")
def away(error: str) -> None:
    raise {"away": OperationalError, "wrong": IntegrityError}[error]("of the database")


def test_only_a_database_that_is_away_is_a_reason_to_try_again(settings: object) -> None:
    away.push_request(
        is_eager=False, called_directly=False, retries=0, id="one", delivery_info={}, args=["away"], kwargs={}
    )
    try:
        with pytest.raises(Retry):
            away.run("away")
        with pytest.raises(IntegrityError):
            away.run("wrong")
    finally:
        away.pop_request()
