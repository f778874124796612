import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from collection.errors import RecoveryLimited, RecoveryRefused, RecoveryUnavailable
from collection.services.recovery import ALPHABET, code_read, participant_recover, recovery_code_make
from tests.factories.collection import make_participant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    from collection.services.recovery import _storage

    _storage().reset()
    cache.clear()


def test_a_code_opens_the_data_of_its_participant_and_is_not_kept() -> None:
    participant, _other = make_participant(), make_participant()
    code = recovery_code_make(participant=participant)
    participant.refresh_from_db()
    assert code.replace("-", "") not in participant.recovery_hash
    assert participant.recovery_made_at is not None
    assert participant_recover(code=code, address_hash="a") == participant


def test_a_code_is_read_however_it_was_typed() -> None:
    participant = make_participant()
    code = recovery_code_make(participant=participant)
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isalnum() else "　" for sign in code.lower())
    assert participant_recover(code=f" {wide} ", address_hash="a") == participant
    assert code_read("oil10-OIL10-ABCDE-FGHJK-MNPQR") == "01110" * 2 + "ABCDEFGHJKMNPQR"


def test_the_alphabet_has_no_signs_that_look_alike() -> None:
    assert not set("ILOU") & set(ALPHABET)


def test_a_new_code_ends_the_old_one() -> None:
    participant = make_participant()
    old, new = (recovery_code_make(participant=participant) for _ in range(2))
    with pytest.raises(RecoveryRefused):
        participant_recover(code=old, address_hash="a")
    assert participant_recover(code=new, address_hash="a") == participant


@pytest.mark.parametrize("code", ["", "x", "0" * 25, "あ" * 25, "0" * 10_000])
def test_a_wrong_code_opens_nothing_not_even_where_nobody_has_one(code: str) -> None:
    make_participant()
    with pytest.raises(RecoveryRefused):
        participant_recover(code=code, address_hash="a")


def test_after_ten_tries_an_address_waits_and_others_do_not() -> None:
    participant = make_participant()
    code = recovery_code_make(participant=participant)
    for _ in range(10):
        with pytest.raises(RecoveryRefused):
            participant_recover(code="wrong", address_hash="a")
    with pytest.raises(RecoveryLimited):
        participant_recover(code=code, address_hash="a")
    assert participant_recover(code=code, address_hash="b") == participant


def test_where_tries_cannot_be_counted_no_code_is_tried(settings: Settings) -> None:
    code = recovery_code_make(participant=make_participant())
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with pytest.raises(RecoveryUnavailable):
        participant_recover(code=code, address_hash="a")
