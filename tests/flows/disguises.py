"""Ways to disguise a copied text: each takes a text and returns it changed, the same way every time."""

import random
import re

from tests.flows.twenty_texts import PLAIN_FORMS, SYNONYMS

WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {"、": "，", "。": "．"})
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
FILLER = "ねえ"


def widths_and_marks(text: str) -> str:
    """Widths, commas, line breaks, zero-width spaces and Markdown, all mixed in."""
    pieces = [text.translate(WIDE)[at : at + 17] for at in range(0, len(text), 17)]
    return "\n".join("\u200b".join([piece[:5], f"**{piece[5:9]}**", piece[9:]]) for piece in pieces)


def partly_katakana(text: str, share: float = 0.3) -> str:
    """A share of the hiragana as katakana."""
    chance = random.Random(5)
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" and chance.random() < share else c for c in text)


def plain_style(text: str) -> str:
    """です・ます as だ・である."""
    for polite, plain in PLAIN_FORMS.items():
        text = text.replace(polite, plain)
    return text


def sentences(text: str) -> list[str]:
    return re.findall(r"[^。]+。", text)


def reordered(text: str) -> str:
    """The sentences in another order."""
    told = sentences(text)
    return "".join(told[1::2] + told[0::2])


def edited(text: str, share: float) -> str:
    """A share of the characters replaced, left out or put in, wherever it falls."""
    chance = random.Random(8)
    out = []
    for character in text:
        if chance.random() >= share:
            out.append(character)
            continue
        kind = chance.choice(("replace", "replace", "delete", "insert"))
        out += {"replace": [chance.choice(KANA)], "delete": [], "insert": [character, chance.choice(KANA)]}[kind]
    return "".join(out)


def with_synonyms(text: str) -> str:
    for word, other in SYNONYMS.items():
        text = text.replace(word, other)
    return text


def with_fillers(text: str, every: int = 7) -> str:
    """A filler after every few characters."""
    return FILLER.join(text[at : at + every] for at in range(0, len(text), every))
