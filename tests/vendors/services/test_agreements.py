"""Agreements, signatures, guidelines."""

import hashlib

import pytest
from django.db import DatabaseError, transaction

from config.access import RoleMissing
from config.errors import BadInput, Conflict
from tests.cast import Cast, cast
from tests.factories.vendors import make_agreement, make_organisation, make_signature, make_user
from tests.races import at_once
from vendors.errors import AgreementChanged, AgreementMissing, AgreementUnsigned, SignatureRevoked, WriterBarred
from vendors.models import Agreement, Signature
from vendors.permissions import require_writer
from vendors.selectors import agreement_in_force, guideline_latest_list, signature_in_force_for
from vendors.services import agreement_publish, agreement_sign, guideline_publish, signature_revoke, writer_bar


def test_a_signature_says_who_signed_which_text_from_where(people: Cast) -> None:
    agreement = make_agreement(body_en="# Agreement\n\nBy hand.")
    signature = agreement_sign(user=people.wataru, language="en", name_as_signed=" Wataru ", address="203.0.113.5")
    assert signature.agreement == agreement
    assert signature.text_sha256 == hashlib.sha256(b"# Agreement\n\nBy hand.").hexdigest()
    assert (signature.name_as_signed, signature.address) == ("Wataru", "203.0.113.5")
    again = agreement_sign(user=people.wataru, language="ja", name_as_signed="Wataru", address=None)
    assert again.pk == signature.pk


def test_a_new_version_asks_again(people: Cast) -> None:
    require_writer(people.wataru)
    make_agreement()
    with pytest.raises(AgreementUnsigned):
        require_writer(people.wataru)
    make_signature(people.wataru)
    require_writer(people.wataru)


def test_a_text_that_changed_while_it_was_read_is_not_signed(people: Cast) -> None:
    read = agreement_in_force()
    assert read is not None
    make_agreement()
    with pytest.raises(AgreementChanged):
        agreement_sign(
            user=people.wataru, language="en", name_as_signed="Wataru", address=None, text_sha256=read.sha256_en
        )


def test_signing_needs_a_name_and_a_seat(people: Cast) -> None:
    make_agreement()
    with pytest.raises(BadInput):
        agreement_sign(user=people.wataru, language="en", name_as_signed="  ", address=None)
    with pytest.raises(RoleMissing):
        agreement_sign(user=people.emi, language="en", name_as_signed="Emi", address=None)


def test_a_version_that_changes_nothing_is_not_published(people: Cast) -> None:
    current = agreement_in_force()
    assert current is not None
    with pytest.raises(Conflict):
        agreement_publish(body_ja=current.body_ja, body_en=current.body_en, by=people.aoi)


@pytest.mark.django_db
def test_without_an_agreement_nobody_can_sign() -> None:
    writer = make_user(organisation=make_organisation())
    with pytest.raises(AgreementMissing):
        agreement_sign(user=writer, language="en", name_as_signed=writer.name, address=None)


def test_a_revoked_signature_ends_work_and_cannot_be_given_again(people: Cast) -> None:
    signature = signature_in_force_for(people.wataru)
    assert signature is not None
    with pytest.raises(RoleMissing):
        signature_revoke(signature=signature, by=people.luna, why="Spite.")
    signature_revoke(signature=signature, by=people.wataru, why="I would rather not.")
    with pytest.raises(AgreementUnsigned):
        require_writer(people.wataru)
    with pytest.raises(SignatureRevoked):
        agreement_sign(user=people.wataru, language="en", name_as_signed="Wataru", address=None)


def test_a_barred_writer_starts_nothing(people: Cast) -> None:
    with pytest.raises(RoleMissing):
        writer_bar(user=people.wataru, by=people.luna, why="No.")
    writer_bar(user=people.wataru, by=people.minato, why="Copied a text.")
    with pytest.raises(WriterBarred):
        require_writer(people.wataru)
    assert signature_in_force_for(people.wataru) is None
    first = people.wataru.barred_at
    writer_bar(user=people.wataru, by=people.minato, why="Again.")
    assert people.wataru.barred_at == first


def test_what_is_published_or_signed_cannot_be_changed(people: Cast) -> None:
    agreement = agreement_in_force()
    assert agreement is not None
    for change in (
        lambda: Agreement.objects.filter(pk=agreement.pk).update(body_en="Other"),
        lambda: Signature.objects.filter(user=people.wataru).update(name_as_signed="Other"),
        lambda: Signature.objects.filter(user=people.wataru).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_versions_published_at_once_follow_each_other() -> None:
    people = cast()
    before = agreement_in_force()
    assert before is not None
    jobs = [lambda n=n: agreement_publish(body_ja=f"版{n}", body_en=f"Version {n}", by=people.aoi) for n in range(4)]
    versions = sorted(made.version for made in at_once(*jobs))
    assert versions == [before.version + n for n in range(1, 5)]


def test_a_guideline_gets_versions_and_the_newest_is_offered(people: Cast) -> None:
    first = guideline_publish(name="Letters", body_ja="一", body_en="One", by=people.minato)
    second = guideline_publish(name="Letters", body_ja="二", body_en="Two", by=people.minato)
    assert (first.guideline, first.version, second.version) == (second.guideline, 1, 2)
    assert list(guideline_latest_list()) == [second]
    with pytest.raises(RoleMissing):
        guideline_publish(name="Letters", body_ja="三", body_en="Three", by=people.ren)
