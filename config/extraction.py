"""Finds every translatable text in the code and the templates. Catalogues themselves: `config/translations.py`."""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.conf import settings
from django.utils.translation.template import templatize

from config.translations import DOMAIN

SOURCES = ("config", "collection", "vendors", "annotation")
TEMPLATE_SUFFIXES = {".html", ".txt", ".svg", ".md"}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def extract_template_catalogue() -> Catalog:
    """All messages of the project, as a catalogue without translations."""
    catalogue = Catalog(domain=DOMAIN, project="Hitode", charset="utf-8")
    for path in _source_files():
        for _line, message, comments, context in _messages(path):
            catalogue.add(message, auto_comments=comments, context=context)
    return catalogue


def _source_files() -> Iterator[Path]:
    for folder in SOURCES:
        root = Path(settings.BASE_DIR) / folder
        for path in sorted(root.rglob("*")):
            in_templates = "templates" in path.relative_to(root).parts
            if path.suffix in TEMPLATE_SUFFIXES if in_templates else path.suffix == ".py":
                yield path


def _messages(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    if path.suffix != ".py":
        # Django turns a template into Python calls, as for gettext; only the indentation is not Python's.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    options = {"encoding": "utf-8"}
    yield from extract(
        "python", io.BytesIO(text.encode()), KEYWORDS, ["Translators:"], options, strip_comment_tags=True
    )
