"""What each person may see."""

import pytest
from django.contrib.auth.models import AnonymousUser

from config.errors import NotFound
from tests.cast import Cast
from tests.factories.vendors import make_agreement, make_work_order
from vendors.models import User
from vendors.selectors import (
    earning_list_for,
    people_list_for,
    seat_get_for,
    signature_in_force_for,
    signed_in_get,
    vendor_list_for,
    work_order_get_for,
    work_order_list_for,
)
from vendors.services import agreement_sign, signature_revoke, work_order_cancel, work_order_issue

pytestmark = pytest.mark.django_db


def test_a_seat_says_where_a_person_sits_in_one_query(people: Cast, django_assert_num_queries) -> None:
    luna = User.objects.get(pk=people.luna.pk)
    with django_assert_num_queries(1):
        seat = seat_get_for(luna)
        assert seat_get_for(luna) is seat
    assert seat is not None
    assert (seat.organisation, seat.roles, seat.is_operator) == (people.kaede, {"lead"}, False)
    assert seat_get_for(people.aoi).is_operator


def test_nobody_has_no_seat_and_costs_no_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert seat_get_for(AnonymousUser()) is None


def test_who_left_has_no_seat_and_sees_nothing(people: Cast) -> None:
    emi = people.emi
    assert seat_get_for(emi) is None
    for rows in (work_order_list_for(emi), earning_list_for(emi), vendor_list_for(emi), people_list_for(emi)):
        assert not rows.exists()


def test_the_people_of_an_inactive_vendor_have_no_seat(people: Cast) -> None:
    people.kaede.is_active = False
    people.kaede.save()
    assert seat_get_for(User.objects.get(pk=people.luna.pk)) is None


def test_a_draft_is_the_operators_own(people: Cast) -> None:
    draft = make_work_order(by=people.minato, vendor=people.kaede)
    assert work_order_get_for(people.ren, draft.public_id) == draft
    with pytest.raises(NotFound):
        work_order_get_for(people.luna, draft.public_id)
    work_order_cancel(order=draft, by=people.minato, why="")
    assert not work_order_list_for(people.luna).exists()


def test_an_issued_order_is_seen_by_its_lead_alone(people: Cast, supply: None) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede)
    issued = work_order_issue(order=order, by=people.minato)
    assert list(work_order_list_for(people.luna)) == [issued]
    for other in (people.riku, people.rei, people.wataru, people.emi):
        with pytest.raises(NotFound):
            work_order_get_for(other, issued.public_id)


def test_a_signature_stands_until_a_newer_version(people: Cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert signature_in_force_for(people.wataru) is not None
    make_agreement()
    assert signature_in_force_for(people.wataru) is None


def test_the_person_of_a_session_comes_with_seat_and_signature_in_one_query(
    people: Cast, django_assert_num_queries
) -> None:
    with django_assert_num_queries(1):
        wataru = signed_in_get(people.wataru.pk)
        assert wataru == people.wataru and wataru.email == people.wataru.email
        seat, signature = seat_get_for(wataru), signature_in_force_for(wataru)
    assert seat == seat_get_for(User.objects.get(pk=people.wataru.pk))
    assert signature == signature_in_force_for(people.wataru)
    luna, aoi, emi = (signed_in_get(person.pk) for person in (people.luna, people.aoi, people.emi))
    assert seat_get_for(luna).roles == {"lead"} and signature_in_force_for(luna) is None
    assert seat_get_for(aoi).is_operator
    assert seat_get_for(emi) is None
    assert signed_in_get(0) is None


def test_what_came_with_the_person_does_not_outlive_a_change(people: Cast) -> None:
    make_agreement()
    wataru = signed_in_get(people.wataru.pk)
    assert signature_in_force_for(wataru) is None
    signed = agreement_sign(user=wataru, language="ja", name_as_signed="Wataru", address=None)
    assert signature_in_force_for(wataru) == signed
    signature_revoke(signature=signed, by=wataru, why="")
    assert signature_in_force_for(wataru) is None
    people.kaede.is_active = False
    people.kaede.save()
    assert seat_get_for(signed_in_get(people.wataru.pk)) is None


def test_a_lead_sees_the_own_people_and_who_left(people: Cast) -> None:
    assert {u.name for u in people_list_for(people.luna)} == {"Luna", "Wataru", "Wakana", "Emi"}
    assert {u.name for u in people_list_for(people.aoi)} == {u.name for u in people.everybody()}
    assert not people_list_for(people.wataru).exists()
