import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from collection.errors import PartnerDaySpent, SiteClosed
from collection.gateway import clients_close
from collection.models import Consent, Instruction, Participant, PartnerDay, PartnerKey, Reference
from collection.services.budget import site_switch_set
from collection.services.partners import (
    partner_ask,
    partner_consent,
    partner_key_create,
    partner_key_revoke,
    partner_participant,
)
from collection.views.api.access import frame_ticket
from tests.factories.collection import make_terms
from tests.factories.vendors import make_user
from tests.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "https://form.example.com"
SAID = {"knows_what_is_collected": True, "agrees_to_terms": True, "is_adult": True}
QUESTION = "空はなぜ青いのですか。"


@pytest.fixture(autouse=True)
async def connections_closed() -> AsyncIterator[None]:
    yield
    await clients_close()


def make_partner(name: str = "Partner", **fields: Any) -> tuple[PartnerKey, str]:
    return partner_key_create(name=name, allowed_origins=fields.pop("allowed_origins", [ORIGIN]), **fields)


def make_token(partner: PartnerKey | None) -> str:
    terms = make_terms()
    return partner_consent(partner=partner, terms_version=terms.version, language="ja", statements=[True] * 3)


def post(name: str, body: object, key: str = "", *args: Any, **headers: str) -> Any:
    given = {"authorization": f"Bearer {key}"} if key else {}
    return Client().post(
        reverse(f"collection:{name}", args=args), json.dumps(body), "application/json", headers={**given, **headers}
    )


async def ask(key: str, token: str, accept: str = "application/json", **more: Any) -> tuple[Any, str]:
    response = await AsyncClient().post(
        reverse("collection:api_ask"),
        json.dumps({"participant": token, "terms_version": 1, "instruction": QUESTION, **more}),
        "application/json",
        headers={"authorization": f"Bearer {key}", "accept": accept},
    )
    if not response.streaming:
        return response, response.content.decode()
    return response, b"".join([part async for part in response.streaming_content]).decode()


def test_the_terms_are_given_in_the_callers_language_with_their_hash() -> None:
    terms = make_terms()
    _, key = make_partner()
    for language, text in (("ja", terms.body_ja), ("en", terms.body_en)):
        url = f"{reverse('collection:api_terms')}?language={language}"
        body = Client().get(url, headers={"authorization": f"Bearer {key}"}).json()
        assert (body["version"], body["text"]) == (1, text)
        assert body["sha256"] == getattr(terms, f"sha256_{language}")
        assert body["statements"] == list(SAID)


def test_a_consent_is_a_row_like_any_other_and_belongs_to_the_partner() -> None:
    make_terms()
    partner, key = make_partner()
    response = post("api_consents", {"terms_version": 1, "language": "ja", **SAID}, key)
    assert response.status_code == 201
    consent = Consent.objects.get()
    assert (consent.language, consent.kind, consent.terms.version) == ("ja", "given", 1)
    assert consent.participant.partner_link.partner == partner
    assert str(consent.participant.public_id) in response.json()["participant"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"terms_version": 2}, 409, "terms_outdated"),
        ({"terms_version": "1"}, 409, "terms_outdated"),
        ({"is_adult": False}, 400, "consent_incomplete"),
        ({"agrees_to_terms": "true"}, 400, "consent_incomplete"),
        ({"knows_what_is_collected": 1}, 400, "consent_incomplete"),
        ({"language": 5}, 400, "text_refused"),
    ],
)
def test_half_a_consent_is_none(change: dict[str, object], status: int, code: str) -> None:
    make_terms()
    _, key = make_partner()
    response = post("api_consents", {"terms_version": 1, "language": "ja", **SAID, **change}, key)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response["Content-Type"] == "application/problem+json"
    assert not Participant.objects.exists()


async def test_a_question_is_answered_whole_as_json(provider: Provider) -> None:
    partner, key = await sync_to_async(make_partner)()
    token = await sync_to_async(make_token)(partner)
    response, text = await ask(key, token)
    body = json.loads(text)
    reference = await Reference.objects.aget()
    assert response.status_code == 200
    assert (body["status"], body["text"], body["error"]) == ("complete", reference.text, None)
    assert (await PartnerDay.objects.aget()).asked == 1


async def test_a_question_is_answered_as_events_to_who_accepts_them(provider: Provider) -> None:
    partner, key = await sync_to_async(make_partner)()
    token = await sync_to_async(make_token)(partner)
    response, text = await ask(key, token, "text/event-stream")
    assert response["Content-Type"].startswith("text/event-stream")
    events = [block.split("\n")[0].removeprefix("event: ") for block in text.split("\n\n") if block]
    assert (events[0], events[-1], set(events[1:-1])) == ("start", "done", {"delta"})


async def test_a_fault_of_the_provider_is_told_in_the_callers_language(provider: Provider) -> None:
    partner, key = await sync_to_async(make_partner)()
    token = await sync_to_async(make_token)(partner)
    _, text = await ask(key, token, instruction=f"practice: 401\n{QUESTION}")
    body = json.loads(text)
    assert body["status"] == "failed"
    assert body["error"]["code"] == "provider_refused"
    assert "Canary" not in text


async def test_a_token_is_nobody_elsewhere(provider: Provider) -> None:
    partner, key = await sync_to_async(make_partner)()
    _, other_key = await sync_to_async(make_partner)("Other")
    token = await sync_to_async(make_token)(partner)
    for wrong in (token[:-1], token.split(":")[0], ""):
        response, _ = await ask(key, wrong)
        assert (response.status_code, response.json()["code"]) == (403, "consent_needed")
    response, _ = await ask(other_key, token)
    assert response.status_code == 403
    assert not await Instruction.objects.aexists()


async def test_another_version_of_the_terms_must_be_agreed_to_again(provider: Provider) -> None:
    partner, key = await sync_to_async(make_partner)()
    token = await sync_to_async(make_token)(partner)
    await sync_to_async(make_terms)(body_ja="新しい規約", body_en="New terms")
    response, _ = await ask(key, token)
    assert (response.status_code, response.json()["code"], response.json()["version"]) == (409, "terms_outdated", 2)
    response, _ = await ask(key, token, terms_version=2)
    assert response.json()["code"] == "consent_needed"


@pytest.mark.parametrize("key", ["", "htd_wrong", "frame:forged", "あ"])
def test_without_a_known_key_there_is_no_way_in(key: str) -> None:
    make_terms()
    for name in ("api_consents", "api_ask"):
        response = post(name, {}, key)
        assert (response.status_code, response.json()["code"]) == (401, "key_unknown")


def test_a_revoked_key_works_no_longer() -> None:
    make_terms()
    _, key = make_partner()
    partner_key_revoke(name="Partner")
    assert post("api_consents", {"terms_version": 1, **SAID}, key).status_code == 401


def test_the_key_itself_is_not_kept() -> None:
    partner, key = make_partner()
    row = PartnerKey.objects.filter(pk=partner.pk).values().get()
    assert key not in json.dumps(row, default=str)


def test_only_listed_origins_may_call_and_read() -> None:
    make_terms()
    _, key = make_partner()
    body = {"terms_version": 1, **SAID}
    allowed = post("api_consents", body, key, origin=ORIGIN)
    assert (allowed.status_code, allowed["Access-Control-Allow-Origin"]) == (201, ORIGIN)
    refused = post("api_consents", body, key, origin="https://evil.example.com")
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in refused
    assert "Access-Control-Allow-Credentials" not in allowed


def test_a_preflight_names_only_origins_that_a_key_in_use_lists() -> None:
    make_partner()
    url = reverse("collection:api_ask")
    known = Client().options(url, headers={"origin": ORIGIN, "access-control-request-method": "POST"})
    assert (known.status_code, known["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert "Authorization" in known["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in Client().options(url, headers={"origin": "https://evil.example.com"})
    partner_key_revoke(name="Partner")
    assert "Access-Control-Allow-Origin" not in Client().options(url, headers={"origin": ORIGIN})


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '"text"', "\xff"])
def test_what_is_no_json_object_is_refused(body: str) -> None:
    make_terms()
    _, key = make_partner()
    response = Client().post(
        reverse("collection:api_consents"), body, "application/json", headers={"authorization": f"Bearer {key}"}
    )
    assert response.status_code in {400, 409}
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.race
def test_the_last_question_of_a_partners_day_is_taken_once(provider: Provider) -> None:
    partner, _ = make_partner(daily_questions=3)
    first = partner_participant(partner=partner, token=make_token(partner))
    others = [
        partner_participant(
            partner=partner,
            token=partner_consent(partner=partner, terms_version=1, language="ja", statements=[True] * 3),
        )
        for _ in range(7)
    ]
    outcomes: list[str] = []

    def one(participant: Participant) -> None:
        try:
            partner_ask(partner=partner, participant=participant, instruction=QUESTION, language="ja")
            outcomes.append("asked")
        except PartnerDaySpent:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(participant,)) for participant in [first, *others]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["asked"] * 3 + ["refused"] * 5
    assert Instruction.objects.count() == 3
    assert PartnerDay.objects.get().asked == 3


def test_a_refused_question_is_not_counted(provider: Provider) -> None:
    partner, _ = make_partner()
    participant = partner_participant(partner=partner, token=make_token(partner))
    assert participant is not None
    site_switch_set(is_answering=False, reason="", by=make_user(name="Aoi"))
    with pytest.raises(SiteClosed):
        partner_ask(partner=partner, participant=participant, instruction=QUESTION, language="ja")
    assert not PartnerDay.objects.exists()


async def test_a_question_can_be_read_again_and_taken_back(provider: Provider) -> None:
    partner, key = await sync_to_async(make_partner)()
    token = await sync_to_async(make_token)(partner)
    _, text = await ask(key, token)
    id = json.loads(text)["id"]

    def read_and_withdraw() -> None:
        body = post("api_question", {"participant": token}, key, id).json()
        assert body["answer"]["status"] == "complete"
        assert post("api_withdraw", {"participant": token[:-2]}, key, id).status_code == 403
        assert post("api_withdraw", {"participant": token}, key, id).json()["status"] == "withdrawn"
        assert post("api_question", {"participant": token}, key, id).json()["instruction"] == ""

    await sync_to_async(read_and_withdraw)()
    assert not await Reference.objects.exclude(text="").aexists()


def test_the_ticket_of_our_own_frame_works_from_our_own_page_alone(settings: Settings) -> None:
    make_terms()
    body, own = {"terms_version": 1, **SAID}, "http://testserver"
    assert post("api_consents", body, frame_ticket(), origin=own).status_code == 403
    settings.EMBED_ORIGINS = ["https://huggingface.co"]
    assert post("api_consents", body, frame_ticket(), origin=own).status_code == 201
    assert post("api_consents", body, frame_ticket(), origin="https://huggingface.co").status_code == 403
    assert post("api_consents", body, frame_ticket()).status_code == 403
