"""The fixed cast of the tests: the operator, two vendors that are rivals, and somebody who has left."""

from dataclasses import dataclass

from tests.database import Rows
from tests.factories.traces import make_trace_choice
from tests.factories.vendors import make_agreement, make_organisation, make_signature, make_user
from vendors.models import Organisation, Role, User
from vendors.services import membership_end, membership_start


@dataclass(frozen=True)
class Cast:
    """Everybody's password is `tests.factories.vendors.PASSWORD`; the writers have signed the agreement in force and agreed to be
    recorded."""

    operator: Organisation
    aoi: User  # owner
    minato: User  # manager
    ren: User  # reviewer
    rin: User  # reviewer
    fumi: User  # finance

    kaede: Organisation  # the vendor "Kaede Writing"
    luna: User  # its lead
    wataru: User  # writer
    wakana: User  # writer
    emi: User  # wrote for Kaede once, and has left

    sango: Organisation  # the rival vendor "Sango Texts"
    riku: User  # its lead
    rei: User  # writer

    def everybody(self) -> list[User]:
        return [
            self.aoi, self.minato, self.ren, self.rin, self.fumi,
            self.luna, self.wataru, self.wakana, self.emi, self.riku, self.rei,
        ]  # fmt: skip


def cast() -> Cast:
    """Make the cast; needs an empty set of people."""
    return _ROWS.put()


def cast_here() -> Cast:
    """The cast that is in the database already."""
    found = {user.email.partition("@")[0]: user for user in User.objects.all()}
    found |= {organisation.name.partition(" ")[0].lower(): organisation for organisation in Organisation.objects.all()}
    return Cast(operator=found.pop("hitode"), **found)


def _write() -> Cast:
    operator = make_organisation(kind=Organisation.Kind.OPERATOR, name="Hitode")
    kaede = make_organisation(name="Kaede Writing")
    sango = make_organisation(name="Sango Texts")

    def person(name: str, organisation: Organisation | None = None, role: str = "") -> User:
        return make_user(name=name, email=f"{name.lower()}@example.jp", organisation=organisation, role=role)

    person("Aoi", operator, Role.OWNER)
    person("Minato", operator, Role.MANAGER)
    person("Ren", operator, Role.REVIEWER)
    person("Rin", operator, Role.REVIEWER)
    person("Fumi", operator, Role.FINANCE)
    luna = person("Luna", kaede, Role.LEAD)
    kaede_writers = [person("Wataru", kaede, Role.WRITER), person("Wakana", kaede, Role.WRITER)]
    emi = person("Emi")
    person("Riku", sango, Role.LEAD)
    rei = person("Rei", sango, Role.WRITER)
    left = membership_start(user=emi, organisation=kaede, role=Role.WRITER, by=None)
    make_agreement()
    for writer in (*kaede_writers, emi, rei):
        make_signature(writer)
        make_trace_choice(writer)
    membership_end(membership=left, by=luna)
    return cast_here()


_ROWS = Rows(_write)
