"""The published description of the API is the one that the code gives, and people can read it."""

import json
from collections import Counter

import pytest
from django.test import Client

from config.api_operations import OPENAPI_FILE
from config.errors import error_kinds
from config.openapi import openapi

pytestmark = pytest.mark.django_db


def test_the_published_description_is_what_the_code_says(client: Client) -> None:
    made = json.loads(json.dumps(openapi()))
    assert made == json.loads(OPENAPI_FILE.read_text()), "run `manage.py write_openapi`"
    assert made["openapi"].startswith("3.1")
    answer = client.get("/api/v1/openapi.json")
    assert json.loads(answer.content) == made


def test_the_page_has_every_operation_and_every_code(client: Client) -> None:
    operations = [(method.upper(), path) for path, facts in openapi()["paths"].items() for method in facts]
    assert len(operations) > 25
    for language in ("en", "ja"):
        page = client.get("/api/", headers={"accept-language": language}).content.decode()
        for method, path in operations:
            assert f'<span class="api-method">{method}</span> <code class="api-path">{path}</code>' in page
        for kind in error_kinds():
            assert f"<code>{kind.code}</code>" in page
    assert "次の課題を手元に置く" in page
    assert "%(" not in page


def test_a_code_means_one_thing() -> None:
    """A subclass that says it better keeps its code and status; two strangers never share one."""
    meanings = {(kind.code, kind.status) for kind in error_kinds()}
    twice = [code for code, count in Counter(code for code, _status in meanings).items() if count > 1]
    assert not twice
