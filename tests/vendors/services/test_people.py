"""Memberships: who may give and take roles."""

import pytest
from django.db import connection, transaction

from config.errors import NotAllowed
from tests.cast import Cast, cast
from tests.factories.vendors import make_user
from tests.races import at_once
from vendors.errors import AddressTaken, BelongsAlready, BelongsElsewhere, LastOwner, RoleUnfitting
from vendors.models import Membership, User
from vendors.selectors import seat_get_for
from vendors.services import (
    membership_end,
    membership_start,
    owner_create,
    user_create,
    user_restore,
    user_suspend,
)


def test_a_person_sits_in_one_organisation(people: Cast) -> None:
    with pytest.raises(BelongsElsewhere):
        membership_start(user=people.wataru, organisation=people.sango, role="writer", by=people.aoi)
    with pytest.raises(BelongsAlready):
        membership_start(user=people.wataru, organisation=people.kaede, role="writer", by=people.aoi)
    membership_start(user=people.wataru, organisation=people.kaede, role="lead", by=people.aoi)
    seat = seat_get_for(people.wataru)
    assert seat is not None
    assert seat.roles == {"lead", "writer"}


def test_roles_fit_their_kind_of_organisation(people: Cast) -> None:
    newcomer = make_user()
    for organisation, role in ((people.kaede, "reviewer"), (people.operator, "writer")):
        with pytest.raises(RoleUnfitting):
            membership_start(user=newcomer, organisation=organisation, role=role, by=None)


def test_a_manager_makes_no_owners_and_a_lead_only_own_writers(people: Cast) -> None:
    newcomer = make_user()
    for by, organisation, role in (
        (people.minato, people.operator, "owner"),
        (people.luna, people.kaede, "lead"),
        (people.luna, people.sango, "writer"),
        (people.wataru, people.kaede, "writer"),
        (people.ren, people.kaede, "writer"),
    ):
        with pytest.raises(NotAllowed):
            membership_start(user=newcomer, organisation=organisation, role=role, by=by)
    membership_start(user=newcomer, organisation=people.kaede, role="writer", by=people.luna)


def test_a_role_ends_and_its_row_stays(people: Cast) -> None:
    held = people.wataru.memberships.get()
    with pytest.raises(NotAllowed):
        membership_end(membership=held, by=people.riku)
    membership_end(membership=held, by=people.luna)
    assert seat_get_for(User.objects.get(pk=people.wataru.pk)) is None
    held.refresh_from_db()
    assert held.ended_at is not None


def test_nobody_ends_their_own_role_nor_the_last_owners(people: Cast) -> None:
    with pytest.raises(NotAllowed):
        membership_end(membership=people.aoi.memberships.get(), by=people.aoi)
    second = make_user(organisation=people.operator, role="owner")
    membership_end(membership=people.aoi.memberships.get(), by=second)
    other = make_user(organisation=people.operator, role="manager")
    with pytest.raises(NotAllowed):
        membership_end(membership=second.memberships.get(), by=other)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_leave_one() -> None:
    people = cast()
    second = make_user(organisation=people.operator, role="owner")
    mine, theirs = people.aoi.memberships.get(), second.memberships.get()
    results = at_once(
        lambda: membership_end(membership=theirs, by=people.aoi), lambda: membership_end(membership=mine, by=second)
    )
    assert Membership.objects.filter(role="owner", ended_at__isnull=True).count() == 1
    assert sum(isinstance(result, LastOwner | NotAllowed) for result in results) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_vendors_at_once_do_not_both_get_a_person() -> None:
    people = cast()
    newcomer = make_user()
    results = at_once(
        lambda: membership_start(user=newcomer, organisation=people.kaede, role="writer", by=None),
        lambda: membership_start(user=newcomer, organisation=people.sango, role="writer", by=None),
    )
    assert sum(isinstance(result, BelongsElsewhere) for result in results) == 1
    assert newcomer.memberships.count() == 1


def test_a_lead_suspends_the_own_writers_and_nobody_else(people: Cast) -> None:
    user_suspend(user=people.wataru, by=people.luna)
    assert seat_get_for(User.objects.get(pk=people.wataru.pk)) is None
    user_restore(user=people.wataru, by=people.luna)
    assert seat_get_for(User.objects.get(pk=people.wataru.pk)) is not None
    for person in (people.rei, people.luna, people.emi, people.aoi):
        with pytest.raises(NotAllowed):
            user_suspend(user=person, by=people.luna)


def test_an_address_is_one_person_however_it_is_written(people: Cast) -> None:
    with pytest.raises(AddressTaken):
        user_create(email="WATARU@example.jp", name="Another")
    with pytest.raises(Exception, match="user_email_once"), transaction.atomic():
        User.objects.create_user("Wataru@Example.jp", name="Another")
    assert connection.is_usable()


@pytest.mark.django_db
def test_the_first_owner_brings_the_operator_along() -> None:
    first = owner_create(email="first@example.jp", name="First", password="x", organisation="House")
    second = owner_create(email="second@example.jp", name="Second", password="x", organisation="Ignored")
    seats = [seat_get_for(first), seat_get_for(second)]
    assert all(seat is not None and seat.is_operator and seat.organisation.name == "House" for seat in seats)
