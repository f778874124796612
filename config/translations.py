"""Message catalogues with Babel, because a bare machine has no gettext: what is in them, and turning them into .mo files."""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

DOMAIN = "django"  # scripts get their texts from the page, so there is no second one
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdfr]|%[sdfr]|\{(\w*)\}")


@dataclass(frozen=True)
class CatalogueFile:
    """One catalogue on disk."""

    locale: str
    path: Path

    @property
    def compiled(self) -> Path:
        """The file Django reads."""
        return self.path.with_suffix(".mo")

    @property
    def is_stale(self) -> bool:
        """Whether the compiled file is missing or older than its source."""
        return not self.compiled.exists() or self.compiled.stat().st_mtime_ns < self.path.stat().st_mtime_ns


def catalogue_files() -> Iterator[CatalogueFile]:
    """Every catalogue of the project."""
    for root in settings.LOCALE_PATHS:
        for path in sorted(Path(root).glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
            yield CatalogueFile(path.parent.parent.name, path)


def read_catalogue(file: CatalogueFile) -> Catalog:
    """Parse a catalogue; a syntax error names the line."""
    with file.path.open("rb") as stream:
        return read_po(stream, locale=file.locale, domain=DOMAIN, abort_invalid=True)


def compile_stale_catalogues(*, everything: bool = False) -> list[CatalogueFile]:
    """Write the .mo files that are missing or old; returns the catalogues compiled."""
    compiled = []
    for file in catalogue_files():
        if everything or file.is_stale:
            _write_compiled(file)
            compiled.append(file)
    return compiled


def _write_compiled(file: CatalogueFile) -> None:
    # Renamed into place, because a running server may read it at this moment.
    handle, name = tempfile.mkstemp(dir=file.path.parent, suffix=".new")
    with os.fdopen(handle, "wb") as stream:
        write_mo(stream, read_catalogue(file), use_fuzzy=False)
    fresh = Path(name)
    fresh.chmod(0o644)
    fresh.replace(file.compiled)


def catalogue_text(catalogue: Catalog) -> str:
    """The .po text: sorted, unwrapped, without locations and dates, so that a change shows as a change."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    churn = (
        '"POT-Creation-Date:',
        '"PO-Revision-Date:',
        '"Generated-By:',
        '"Report-Msgid',
        '"Last-Tr',
        '"Language-Team',
    )
    return "".join(line for line in lines if not line.startswith(churn))


def updated_catalogue(old: Catalog | None, template: Catalog, locale: str) -> Catalog:
    """The messages of `template` with the translations that `old` has for them; nothing is guessed."""
    comment = "# Written by `make messages`; translate here, the rest is rewritten."
    fresh = Catalog(locale=locale, domain=DOMAIN, project="Hitode", fuzzy=False, header_comment=comment)
    for message in template:
        if not message.id:
            continue
        kept = old.get(message.id, context=message.context) if old is not None else None
        string = kept.string if kept is not None and not kept.fuzzy else None
        fresh.add(
            message.id,
            string if string is not None else _empty(message, fresh),
            flags=message.flags - {"fuzzy"},
            auto_comments=message.auto_comments,
            user_comments=kept.user_comments if kept is not None else (),
            context=message.context,
        )
    return fresh


def _empty(message: Message, catalogue: Catalog) -> str | tuple[str, ...]:
    return ("",) * catalogue.num_plurals if message.pluralizable else ""


def placeholders(text: str) -> set[str]:
    """What a message has filled in at run time."""
    return {match.group(0) for match in PLACEHOLDER.finditer(text.replace("%%", ""))}


def gaps(file: CatalogueFile, template: Catalog) -> list[str]:
    """What is wrong with a catalogue: missing, untranslated, fuzzy, or with other placeholders than the original."""
    catalogue = read_catalogue(file)
    found = []
    for wanted in template:
        if not wanted.id:
            continue
        message = catalogue.get(wanted.id, context=wanted.context)
        original = wanted.id if isinstance(wanted.id, str) else wanted.id[0]
        if message is None:
            found.append(f"missing: {original!r}")
        elif message.fuzzy:
            found.append(f"fuzzy: {original!r}")
        else:
            found += _string_gaps(message)
    return found


def _string_gaps(message: Message) -> Iterator[str]:
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    allowed = set().union(*(placeholders(text) for text in originals))
    needed = placeholders(originals[-1])
    for string in strings:
        if not string:
            yield f"untranslated: {originals[0]!r}"
        elif not needed <= placeholders(string) <= allowed:
            yield f"placeholders differ: {originals[0]!r} / {string!r}"
