"""How the sentences are put: one style throughout, no slip of a doubled word or particle, none too long to follow."""

import re
from collections.abc import Iterator

from annotation.proofreading.prose import BLANK, Sentence, sentences, without_quotations
from annotation.proofreading.remarks import Remark, remarks_of

VERSION = 1

LONGEST_SENTENCE_JA = 120  # characters
LONGEST_SENTENCE_EN = 45  # words

_TAIL = r"(?:よね|けれども|けれど|けど|から|ので|のに|[かねよがわなし]){0,2}[。．！？!?」』）)”\"…ー～〜 　]*$"
_POLITE = re.compile(
    r"(?:です|ます|ません|でした|ました|ませんでした|ましょう|でしょう|でしょうか|ください|下さい|くださいませ|なさい|ませ|ございます)"
    + _TAIL
)
_PLAIN = re.compile(
    r"(?:である|であった|だろう|ではない|じゃない|なかった|だった|んだ|だ|ない|たい|しい|らしい"
    r"|[いきしちにひみりえけせてねへめれげぜでべぺっ]た"
    r"|する|なる|ある|いる|[れせえけてめべげねじきみくえ]る|ゆく|いく|おく|[わかさまらなた思使行違言]う"
    r"|[書続聞]く|[示表話]す|[読含進]む|[呼選学]ぶ|[持立待]つ)" + _TAIL
)
_NEITHER = re.compile(r"(?:たい焼き|手伝い|お願い|違い|願い|思い|狙い|扱い|使い|味わい|問い|舞い|集い)[。．！？!?]*$")

# After what is no kana, so that a word that holds the same kana twice (ももの, ははは) is left alone.
_DOUBLED_PARTICLE = re.compile(
    r"(?<=[一-鿿々〆ァ-ヶーA-Za-z0-9０-９」』）)])(?:をを|がが|にに|はは|のの|でで|へへ|とと(?!も|の|き))(?![ぁ-ん]?[ぁ-ん]?[!！])"
)
_REPEATED_JA = re.compile(
    r"(?P<kanji>(?![一各])[一-鿿]{2,8}[はがをにのと]?)(?P=kanji)|(?P<katakana>[ァ-ヶー]{3,16})(?P=katakana)"
    r"|(?P<mixed>(?=[ぁ-ん]{0,7}[一-鿿])(?![一各])[ぁ-んァ-ヶ一-鿿ー]{4,16})(?P=mixed)"
    r"|(?P<kana>(?:という|について|として|ことが|ことを|ために|ました|ますが|ですが|ですので|している|された|されて|できる))(?P=kana)"
)
_REPEATED_EN = re.compile(
    r"(?<![A-Za-z'-])(?!(?:had|that|very|bye|no|ha|so|blah)\b)([A-Za-z]{2,20}) \1(?![A-Za-z'-])", re.IGNORECASE
)


def find(prose: str, language: str) -> Iterator[Remark]:
    """Yield what could be put better. `prose` is without code."""
    if language == "ja":
        yield from _mixed_styles(prose)
        yield from remarks_of("wording.doubled_particle", prose, _DOUBLED_PARTICLE)
        yield from remarks_of("wording.repeated", prose, _REPEATED_JA)
    else:
        yield from remarks_of("wording.repeated", prose, _REPEATED_EN)
    yield from _long_sentences(prose, language)


def _mixed_styles(prose: str) -> Iterator[Remark]:
    """Mark the sentences of the rarer style; of two that are as common, the plain ones."""
    styles: dict[bool, list[Sentence]] = {True: [], False: []}
    for sentence in sentences(without_quotations(prose)):
        style = _is_polite(sentence)
        if style is not None:
            styles[style].append(sentence)
    polite, plain = styles[True], styles[False]
    if not polite or not plain:
        return
    for sentence in polite if len(polite) < len(plain) else plain:
        yield Remark("wording.mixed_styles", sentence.start, sentence.end, {"polite": len(polite), "plain": len(plain)})


def _is_polite(sentence: Sentence) -> bool | None:
    """Whether the sentence is polite or plain; None for a heading, an item, or an ending that tells nothing."""
    if not sentence.is_closed or BLANK in sentence.text[-8:]:
        return None
    if _POLITE.search(sentence.text):
        return True
    if _PLAIN.search(sentence.text) and not _NEITHER.search(sentence.text):
        return False
    return None


def _long_sentences(prose: str, language: str) -> Iterator[Remark]:
    for sentence in sentences(prose):
        length = len(sentence.text) if language == "ja" else len(sentence.text.split())
        most = LONGEST_SENTENCE_JA if language == "ja" else LONGEST_SENTENCE_EN
        if length > most and "|" not in sentence.text:
            yield Remark("wording.long_sentence", sentence.start, sentence.end, {"length": length, "most": most})
