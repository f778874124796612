import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.factories.collection import make_terms

pytestmark = pytest.mark.django_db

EMBED = reverse("collection:embed")


def test_nobody_may_frame_the_page_until_a_site_is_configured() -> None:
    make_terms()
    assert Client().get(EMBED).status_code == 404


def test_the_configured_site_alone_may_frame_the_page(settings: Settings) -> None:
    make_terms()
    settings.EMBED_ORIGINS = ["https://huggingface.co"]
    response = Client().get(EMBED)
    assert "frame-ancestors 'self' https://huggingface.co;" in response["Content-Security-Policy"] + ";"
    assert "X-Frame-Options" not in response
    home = Client().get(reverse("collection:home"))
    assert "frame-ancestors 'none'" in home["Content-Security-Policy"]
    assert home["X-Frame-Options"] == "DENY"


def test_the_page_sets_no_cookie(settings: Settings) -> None:
    make_terms()
    settings.EMBED_ORIGINS = ["https://huggingface.co"]
    client = Client()
    response = client.get(EMBED)
    assert not response.cookies
    assert "csrf" not in response.content.decode().lower()


@pytest.mark.parametrize(("language", "words"), [("ja", "これは規約です"), ("en", "These are terms")])
def test_the_page_speaks_the_language_it_is_asked_for(settings: Settings, language: str, words: str) -> None:
    make_terms(body_ja="これは規約です。")
    settings.EMBED_ORIGINS = ["https://huggingface.co"]
    page = Client().get(f"{EMBED}?language={language}").content.decode()
    assert f'lang="{language}"' in page
    assert words in page
