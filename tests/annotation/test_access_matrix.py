"""What must hold of the matrix itself, whoever writes its rows; the walks of `test_no_model_text.py` hold the product to it."""

from tests.annotation.access import NOBODY, everybody, rows
from tests.annotation.world import is_ours, routes

CAME_IN = set("o>+b")
# What anybody may see or do, and what is their own by a cookie or a partner's key.
PUBLIC = {
    "annotation:api_openapi", "annotation:api_reference", "annotation:release_compare", "collection:api_consents",
    "collection:api_terms", "collection:ask_challenge", "collection:ask_check", "collection:cookies", "collection:embed",
    "collection:home", "collection:my_data", "collection:my_data_download", "collection:progress", "collection:recover",
    "collection:recovery_code", "collection:terms", "collection:terms_version", "collection:welcome",
    "collection:withdraw_all",
}  # fmt: skip
# What has an id and is nobody's: every vendor has the same guidelines and qualifications.
SHARED = {
    "vendors:guideline", "vendors:guideline_version", "vendors:qualification_earn", "vendors:qualification_trial",
}  # fmt: skip


def came_in(*who: str) -> set[str]:
    """The addresses at which any of these people come in."""
    places = [everybody().index(one) for one in who]
    return {
        address.rpartition(" ")[0]
        for (_method, address), signs in rows().items()
        if any(signs[place] in CAME_IN for place in places)
    }


def test_nobody_comes_in_but_where_anybody_may() -> None:
    assert came_in(*NOBODY) == PUBLIC


def test_somebody_who_left_comes_in_nowhere_else() -> None:
    assert came_in("Emi") <= PUBLIC


def test_a_rival_finds_nothing_of_another_vendors() -> None:
    with_id = {name for name, route in routes() if "public_id" in route or "<int:" in route}
    assert came_in("Riku", "Rei") & with_id <= SHARED | PUBLIC | {"vendors:agreement"}


def test_the_api_sends_nobody_elsewhere() -> None:
    """A program that is not let in is told so; it is not led to a page for people."""
    answers = {address: signs for (_method, address), signs in rows().items() if ":api_" in address}
    assert answers and not any(">" in signs for signs in answers.values())


def test_every_address_of_ours_has_a_row() -> None:
    named = {address.rpartition(" ")[0] for _method, address in rows()}
    asks_the_provider = {"collection:ask", "collection:ask_stream"}  # by POST alone, and left out of the walk
    assert {name for name, _route in routes() if is_ours(name)} - named == asks_the_provider
