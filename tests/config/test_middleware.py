"""How an error looks to a person, to htmx and to a program, in both languages, in threads and in the event loop."""

import pytest
from django.test import AsyncClient, Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.odd_urls")]

JSON = {"accept": "application/json"}


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def test_a_person_gets_a_page_with_the_message_and_the_status(visitor: Client) -> None:
    response = visitor.get("/conflict", headers={"accept": "text/html"})
    assert response.status_code == 409
    assert "error.html" in [template.name for template in response.templates]
    assert "Somebody changed this a moment ago." in response.content.decode()


def test_htmx_gets_a_fragment(visitor: Client) -> None:
    response = visitor.get("/conflict", headers={"accept": "text/html", "hx-request": "true"})
    assert response.status_code == 409
    assert response.headers["X-Error-Code"] == "conflict"
    assert "Somebody changed this a moment ago." in response.content.decode()
    assert "<html" not in response.content.decode()


def test_a_program_gets_problem_details(visitor: Client) -> None:
    response = visitor.get("/conflict", headers=JSON)
    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert {name: body[name] for name in ("status", "code", "title", "revision")} == {
        "status": 409,
        "code": "conflict",
        "title": "Conflict",
        "revision": 7,
    }


def test_a_caller_that_sends_json_gets_json_back(visitor: Client) -> None:
    response = visitor.post("/conflict", data="{}", content_type="application/json")
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_an_error_of_an_asynchronous_view_looks_the_same() -> None:
    response = await AsyncClient().get("/conflict-async", headers=JSON)
    assert response.status_code == 409
    assert response.json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/missing", 404, "not_found"),
        ("/no/such/page", 404, "not_found"),
        ("/forbidden", 403, "not_allowed"),
        ("/suspicious", 400, "bad_input"),
    ],
)
def test_djangos_own_errors_have_our_form_and_keep_their_reason_inside(
    visitor: Client, address: str, status: int, code: str
) -> None:
    page = visitor.get(address, headers={"accept": "text/html"})
    assert page.status_code == status
    assert "the internal reason" not in page.content.decode()
    assert visitor.get(address, headers=JSON).json()["code"] == code


def test_what_broke_is_not_told_but_that_nothing_was_lost_is(visitor: Client) -> None:
    response = visitor.get("/broken", headers={"accept": "text/html"})
    assert response.status_code == 500
    assert "Nothing you saved is lost" in response.content.decode()
    assert "the internal reason" not in response.content.decode()
    assert visitor.get("/broken", headers=JSON).json()["code"] == "server_error"


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("conflict", 409, "conflict"),
        ("missing", 404, "not_found"),
        ("domain-missing", 404, "not_found"),
        ("forbidden", 403, "not_allowed"),
        ("throttled", 429, "throttled"),
        ("invalid", 400, "bad_input"),
    ],
)
def test_the_api_has_one_form_for_every_error(visitor: Client, what: str, status: int, code: str) -> None:
    response = visitor.get(f"/api/{what}")
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]


def test_the_api_says_which_field_is_wrong(visitor: Client) -> None:
    assert list(visitor.get("/api/invalid").json()["fields"]) == ["number"]


def test_every_page_has_the_headers_that_protect_it(visitor: Client) -> None:
    headers = visitor.get("/conflict").headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
