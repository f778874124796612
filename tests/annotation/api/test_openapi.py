"""Whatever a program sends, the API answers as its description says: no failure of ours, and no status or shape that is not there."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from annotation.services.reviews import review_claim
from config.openapi import openapi
from tests.cast import cast
from tests.factories.annotation import make_claim, make_open_order, make_submission
from tests.factories.collection import make_import_batch
from tests.factories.vendors import make_token_client
from vendors.models import Organisation, Role, User
from vendors.services import membership_start

EXAMPLES = 6  # of each operation, well and badly formed ones
WANTED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """The application runs in the test's own thread and transaction: nobody closes its connection after a request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def callers(db: None) -> list[dict[str, str]]:
    """The headers of a vendor's lead who writes, and of somebody of the operator who does everything; with work for both."""
    people = cast()
    membership_start(user=people.wataru, organisation=people.kaede, role=Role.LEAD, by=None)
    for role in (Role.REVIEWER, Role.FINANCE):
        membership_start(user=people.aoi, organisation=Organisation.objects.get(name="Hitode"), role=role, by=None)
    make_open_order(people, quantity=4)
    make_submission(people.wakana)
    review_claim(reviewer=people.aoi)
    make_claim(people.wataru)
    make_import_batch()
    return [_headers(User.objects.get(pk=person.pk)) for person in (people.wataru, people.aoi)]


def _headers(user: User) -> dict[str, str]:
    return {"Authorization": str(make_token_client(user).defaults["HTTP_AUTHORIZATION"])}


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("_one_connection")
def test_every_operation_answers_as_it_says(
    callers: list[dict[str, str]], known_ids: Callable[[str], list[str]]
) -> None:
    schema = schemathesis.openapi.from_dict(openapi())
    schema.app = get_wsgi_application()
    answered: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        ids = known_ids(operation.path)
        well, badly = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of(well, badly), caller=st.sampled_from(callers), known=st.sampled_from(ids))
        def ask(case: Any, caller: dict[str, str], known: str) -> None:
            if known and "public_id" in (case.path_parameters or {}):
                case.path_parameters["public_id"] = known
            with transaction.atomic():
                response = case.call(headers=caller)
                transaction.set_rollback(True)
            answered[response.status_code] += 1
            case.validate_response(response, checks=WANTED)

        ask()
    assert {200, 400, 404} <= set(answered) and max(answered) < 500
    assert answered[200] + answered[201] + answered[204] > 25, answered


@pytest.fixture
def known_ids(callers: list[dict[str, str]]) -> Callable[[str], list[str]]:
    """Ids that are there, for each kind of address; an empty one leaves what was made up."""
    from annotation.models import Task
    from collection.models import ImportBatch
    from vendors.models import WorkOrder

    tasks = [str(one) for one in Task.objects.filter(writer__isnull=False).values_list("public_id", flat=True)]
    orders = [str(one) for one in WorkOrder.objects.values_list("public_id", flat=True)]
    batches = [str(one) for one in ImportBatch.objects.values_list("public_id", flat=True)]
    kinds = {"tasks": tasks, "reviews": tasks, "orders": orders, "imports": batches}

    def of(path: str) -> list[str]:
        return ["", *kinds.get(path.split("/")[3], [])]

    return of
