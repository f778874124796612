"""The design system: contrast in both themes, and templates that a strict Content-Security-Policy lets through."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory

ROOT = Path(settings.BASE_DIR)
TOKENS = (ROOT / "config/static/config/css/tokens.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS)
}
APPS = ("config", "collection", "vendors", "annotation")
TEMPLATES = sorted(path for app in APPS for path in ROOT.glob(f"{app}/templates/**/*.html"))
STYLESHEETS = sorted(path for app in APPS for path in ROOT.glob(f"{app}/static/**/*.css"))

# WCAG 2.2: 4.5 for text (AA), 3 for the edge of a control and for the ring of focus.
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint", "accent") for ground in ("paper", "sheet", "sunk")),
    *((tone, f"{tone}-wash") for tone in ("ok", "warn", "danger", "info", "quiet", "accent")),
    *((tone, "sheet") for tone in ("ok", "warn", "danger", "info", "seal")),
    *(("ink", f"{tone}-wash") for tone in ("ok", "warn", "danger", "info", "quiet")),
    *(("ink", f"mark-{kind}") for kind in ("overlap", "note", "quote")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent-strong", "accent-wash"),
    ("seal", "danger-wash"),
    ("paper", "ink"),
    ("paper", "danger"),
]
EDGES = [
    ("line-strong", "paper"),
    ("line-strong", "sheet"),
    ("focus", "paper"),
    ("focus", "sheet"),
    ("accent", "quiet-wash"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (EDGES, 3.0)], ids=["text", "edges"])
def test_every_pair_of_colours_has_enough_contrast(pairs: list[tuple[str, str]], least: float, theme: int) -> None:
    found = {(ink, ground): contrast(COLOURS[ink][theme], COLOURS[ground][theme]) for ink, ground in pairs}
    assert {pair: round(value, 2) for pair, value in found.items() if value < least} == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_nothing_the_security_policy_would_refuse(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text), "an inline style"
    assert not re.search(r"<style\b", text), "an inline stylesheet"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "an inline event handler"
    assert not re.search(r"hx-on|hx-vals=['\"]?js:|hx-headers=['\"]?js:", text), "htmx evaluating script"
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert all("src=" in attributes or "application/json" in attributes for attributes in scripts), "an inline script"
    assert not re.search(r"(?:src|href)=[\"']https?://[^\"']+\.(?:js|css|woff2?)", text), "a file of another host"


def test_no_stylesheet_sets_italics_or_fetches_from_another_host() -> None:
    for path in STYLESHEETS:
        text = path.read_text()
        assert "italic" not in text.replace("no italics", ""), path
        assert "@font-face" not in text and "http" not in text.replace('[href^="http"]', ""), path


def test_every_colour_and_size_a_stylesheet_uses_is_a_token_or_its_own() -> None:
    for path in STYLESHEETS:
        text = path.read_text()
        known = set(re.findall(r"--([\w-]+)\s*:", TOKENS + text))
        assert set(re.findall(r"var\(--([\w-]+)", text)) <= known, path


@pytest.mark.parametrize(
    ("cookie", "shown"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"><b>', "")]
)
def test_the_chosen_theme_is_in_the_first_byte_of_the_page(cookie: str, shown: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["hitode_theme"] = cookie
    page = render_to_string("error.html", {"status": 404, "title": "t", "message": "m", "doors": []}, request)
    assert re.search(r"<html lang=\"[a-z]+\"([^>]*)>", page).group(1) == shown


def test_the_page_for_a_broken_site_needs_no_request() -> None:
    page = render_to_string("error_plain.html", {"status": 500, "title": "Broken", "message": "Again, please."})
    assert "Again, please." in page and "Broken" in page
