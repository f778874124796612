import pytest

from config.errors import Conflict, DomainError, NotFound


def test_an_error_says_its_class_message_unless_the_raise_says_it_better() -> None:
    assert "could not find" in str(NotFound())
    assert str(NotFound("No such order.")) == "No such order."


def test_an_error_carries_details_for_programs() -> None:
    assert Conflict(revision=7).details == {"revision": 7}


@pytest.mark.parametrize("error", DomainError.__subclasses__())
def test_every_error_has_a_code_and_a_status_of_its_own(error: type[DomainError]) -> None:
    assert error.code != DomainError.code
    assert 400 <= error.status < 600


@pytest.mark.django_db
def test_the_database_answers() -> None:
    from django.db import connection

    assert connection.vendor == "postgresql"
