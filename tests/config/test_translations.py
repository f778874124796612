"""The catalogues are complete, and the machinery that keeps them so works."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from config.extraction import SOURCES, extract_template_catalogue
from config.translations import (
    CatalogueFile,
    catalogue_files,
    catalogue_text,
    compile_stale_catalogues,
    gaps,
    read_catalogue,
    updated_catalogue,
)

HEADER = 'msgid ""\nmsgstr ""\n"Language: ja\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extract_template_catalogue()


def write_catalogue(folder: Path, body: str) -> CatalogueFile:
    path = folder / "ja" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + body)
    return CatalogueFile("ja", path)


def template_of(*messages: str | tuple[str, str]) -> Catalog:
    catalogue = Catalog()
    for message in messages:
        catalogue.add(message)
    return catalogue


def test_every_text_is_in_japanese(template: Catalog) -> None:
    files = list(catalogue_files())
    assert [file.locale for file in files] == ["ja"]
    found = [gap for file in files for gap in gaps(file, template)]
    assert found == [], "Run `make messages`, then translate in locale/ja/LC_MESSAGES/django.po."


def test_the_catalogue_has_nothing_that_the_code_does_not_ask_for(template: Catalog) -> None:
    for file in catalogue_files():
        kept = {(message.id, message.context) for message in read_catalogue(file) if message.id}
        assert kept <= {(message.id, message.context) for message in template}


# What the field spells in two ways, Hitode spells in one: the first of these is the other way.
SPELLINGS = {
    r"サインイン": "ログイン", r"サインアウト": "ログアウト", r"エディタ(?!ー)": "エディター", r"フォルダ(?!ー)": "フォルダー",
    r"だれ": "誰", r"支払済": "支払い済", r"ユーザ(?!ー)": "ユーザー", r"サーバ(?!ー)": "サーバー", r"下さい": "ください",
    r"\)[sd] 件": "件, close to its number", r" %%": "%, close to its number",
}  # fmt: skip


@pytest.mark.parametrize("other", SPELLINGS)
def test_a_word_has_one_spelling(other: str) -> None:
    for file in catalogue_files():
        for message in read_catalogue(file):
            written = message.string if isinstance(message.string, str) else "".join(message.string)
            assert not re.search(other, written), f"{message.id!r}: write {SPELLINGS[other]}"


def test_a_percent_sign_stands_close_to_its_number() -> None:
    templates = [path for app in SOURCES for path in (settings.BASE_DIR / app / "templates").rglob("*.html")]
    assert len(templates) > 100
    assert [path.name for path in templates if re.search(r"\}\} %(?!\})", path.read_text())] == []


def test_the_catalogue_is_written_as_make_messages_writes_it(template: Catalog) -> None:
    for file in catalogue_files():
        assert file.path.read_text() == catalogue_text(updated_catalogue(read_catalogue(file), template, file.locale))


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "missing"),
        ('msgid "%(count)s texts"\nmsgstr ""\n', "untranslated"),
        ('#, fuzzy\nmsgid "%(count)s texts"\nmsgstr "%(count)s件"\n', "fuzzy"),
        ('msgid "%(count)s texts"\nmsgstr "いくつか"\n', "placeholders"),
        ('msgid "%(count)s texts"\nmsgstr "%(cuont)s件"\n', "placeholders"),
    ],
)
def test_a_gap_is_found(tmp_path: Path, body: str, complaint: str) -> None:
    found = gaps(write_catalogue(tmp_path, body), template_of("%(count)s texts"))
    assert len(found) == 1
    assert found[0].startswith(complaint)


def test_a_plural_form_is_complete_when_its_one_japanese_form_is(tmp_path: Path) -> None:
    messages = template_of(("One text", "%(count)s texts"))
    whole = 'msgid "One text"\nmsgid_plural "%(count)s texts"\nmsgstr[0] "%(count)s件"\n'
    assert gaps(write_catalogue(tmp_path, whole), messages) == []
    assert len(gaps(write_catalogue(tmp_path, whole.replace("%(count)s件", "")), messages)) == 1


def test_an_update_keeps_what_is_translated_guesses_nothing_and_drops_what_is_gone(tmp_path: Path) -> None:
    body = 'msgid "Kept"\nmsgstr "残る"\n\nmsgid "Kept as it is"\nmsgstr "そのまま"\n\nmsgid "Gone"\nmsgstr "消える"\n'
    old = read_catalogue(write_catalogue(tmp_path, body))
    fresh = updated_catalogue(old, template_of("Kept", "Kept as it was"), "ja")
    assert {message.id: message.string for message in fresh if message.id} == {"Kept": "残る", "Kept as it was": ""}
    text = catalogue_text(fresh)
    assert "Date" not in text
    assert "#:" not in text
    path = tmp_path / "again.po"
    path.write_text(text)
    again = updated_catalogue(read_catalogue(CatalogueFile("ja", path)), template_of("Kept as it was", "Kept"), "ja")
    assert catalogue_text(again) == text


def test_templates_are_read_as_django_reads_them(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "config" / "templates"
    folder.mkdir(parents=True)
    (folder / "page.html").write_text(
        '<p title="{% translate "Plain" %}">{% translate "May" context "month" %}</p>\n'
        "  {% blocktranslate trimmed count n=n %}\n    100% of one\n  {% plural %}\n    {{ n }} of all\n"
        "  {% endblocktranslate %}\n{{ value|default:_('Nothing') }}"
    )
    (tmp_path / "config" / "code.py").write_text('x = gettext_lazy("In code") + not_this("Ignored")')
    found = {(message.id, message.context) for message in extract_template_catalogue() if message.id}
    assert found == {
        ("Plain", None),
        ("May", "month"),
        (("100%% of one", "%(n)s of all"), None),
        ("Nothing", None),
        ("In code", None),
    }


def test_only_what_changed_is_compiled(tmp_path: Path, settings: Any) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    file = write_catalogue(tmp_path, 'msgid "Starfish"\nmsgstr "ヒトデ"\n')
    assert compile_stale_catalogues() == [file]
    assert compile_stale_catalogues() == []
    call_command("compile_translations", "--all", verbosity=0)
    with translation.override("ja"):
        assert file.compiled.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "language"), [("ja,en;q=0.5", "ja"), ("en-GB", "en"), ("fr", "en"), ("ja-JP", "ja")]
)
def test_the_browser_chooses_the_language(wanted: str, language: str) -> None:
    response = Client().get("/no/such/page", headers={"accept-language": wanted})
    assert response.headers["Content-Language"] == language


@pytest.mark.django_db
def test_the_reader_chooses_otherwise_and_the_choice_lasts() -> None:
    reader = Client(headers={"accept-language": "ja"})
    assert reader.post("/language/setlang/", {"language": "en", "next": "/"}).status_code == 302
    assert reader.get("/no/such/page").headers["Content-Language"] == "en"
