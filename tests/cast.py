"""The fixed cast of the tests: the operator, two vendors that are rivals, and somebody who has left."""

from dataclasses import dataclass

from tests.factories.vendors import make_agreement, make_organisation, make_signature, make_user
from vendors.models import Organisation, Role, User
from vendors.services import membership_end, membership_start


@dataclass(frozen=True)
class Cast:
    """Everybody's password is `tests.factories.vendors.PASSWORD`; the writers have signed the agreement in force."""

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
    operator = make_organisation(kind=Organisation.Kind.OPERATOR, name="Hitode")
    kaede = make_organisation(name="Kaede Writing")
    sango = make_organisation(name="Sango Texts")

    def person(name: str, organisation: Organisation, role: str) -> User:
        return make_user(name=name, email=f"{name.lower()}@example.jp", organisation=organisation, role=role)

    people = Cast(
        operator=operator,
        aoi=person("Aoi", operator, Role.OWNER),
        minato=person("Minato", operator, Role.MANAGER),
        ren=person("Ren", operator, Role.REVIEWER),
        rin=person("Rin", operator, Role.REVIEWER),
        fumi=person("Fumi", operator, Role.FINANCE),
        kaede=kaede,
        luna=person("Luna", kaede, Role.LEAD),
        wataru=person("Wataru", kaede, Role.WRITER),
        wakana=person("Wakana", kaede, Role.WRITER),
        emi=make_user(name="Emi", email="emi@example.jp"),
        sango=sango,
        riku=person("Riku", sango, Role.LEAD),
        rei=person("Rei", sango, Role.WRITER),
    )
    left = membership_start(user=people.emi, organisation=kaede, role=Role.WRITER, by=None)
    make_agreement()
    for writer in (people.wataru, people.wakana, people.emi, people.rei):
        make_signature(writer)
    membership_end(membership=left, by=people.luna)
    return people
