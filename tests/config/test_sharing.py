import re
import struct
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", ["/", "/progress/"])
def test_a_link_is_shown_with_its_image_in_the_readers_language(language: str, path: str) -> None:
    page = Client(headers={"accept-language": language}).get(path).content.decode()
    tags = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', page))
    assert tags["og:url"] == f"http://testserver{path}"
    assert tags["og:image"].startswith("http://testserver/static/config/img/share-" + language)
    assert tags["twitter:card"] == "summary_large_image"
    assert all(tags[name] for name in ("og:title", "og:description", "og:image:alt"))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_image_has_the_size_that_is_told(language: str) -> None:
    image = Path(str(finders.find(f"config/img/share-{language}.png"))).read_bytes()
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", image[16:24]) == (1200, 630)
    assert len(image) < 300_000
