"""Two ways to spell the same, in Japanese and English, where a reader minds neither. Data: canaries are made of it.

A rule is a pattern and what may stand in its place. A rule that is right in one direction alone stands there once.
"""

import re

_KANJI = "一-龠々"


def _both(one: str, other: str, before: str = "", after: str = "") -> tuple[tuple[str, str], ...]:
    """Either word for the other, between the same contexts."""
    return ((f"{before}{one}{after}", other), (f"{before}{other}{after}", one))


_NO_KANJI_BEFORE, _NO_KANJI_AFTER = f"(?<![{_KANJI}])", f"(?![{_KANJI}])"
_VERB_BEFORE = "(?<=[るたいなうくすつむぶぐぬ])"
_HEAD = r"(?:(?<=[。\n])|^)"

_JAPANESE: tuple[tuple[str, str], ...] = (
    *_both("ください", "下さい"),
    *_both("でき", "出来", after="(?=る|ま|な|た|れ)"),
    *_both("こと", "事", _VERB_BEFORE, "(?=[がをはもにでの])"),
    *_both("とき", "時", _VERB_BEFORE, "(?=[はにもの、])"),
    *_both("さまざま", "様々"),
    *_both("すべて", "全て", _NO_KANJI_BEFORE),
    *_both("たとえば", "例えば"),
    *_both("および", "及び"),
    *_both("または", "又は"),
    *_both("いただ", "頂", after="(?=[かきくけい])"),
    *_both("すでに", "既に"),
    *_both("とくに", "特に"),
    *_both("さらに", "更に"),
    *_both("ほか", "他", _NO_KANJI_BEFORE, "(?=の[^一])"),
    *_both("子ども", "子供"),
    *_both("わたしたち", "私たち"),
    *_both("ひとつ", "一つ", _NO_KANJI_BEFORE, _NO_KANJI_AFTER),
    *_both("気をつけ", "気を付け"),
    *_both("身につけ", "身に付け"),
    *_both("重要", "大切", _NO_KANJI_BEFORE, "(?=[なで])"),
    *_both("コンピューター", "コンピュータ", after="(?![ァ-ー])"),
    *_both("ユーザー", "ユーザ", after="(?![ァ-ー])"),
    *_both("サーバー", "サーバ", after="(?![ァ-ー])"),
    *_both("とおり", "通り", "(?<=の)", "(?=[にでの、])"),
    *_both("うえで", "上で", "(?<=[ただ])"),
    ("(?<=[がはもてば])よい(?=で|と|。)", "良い"),
    ("良い", "よい"),
    ("分か(?=[るりらっ])", "わか"),
    ("最も", "もっとも"),
    (f"(?<=[{_KANJI}ァ-ー])など(?=[をがのにはもで])", "等"),
    (f"大きな(?=[{_KANJI}ァ-ー])", "大きい"),
    (f"小さな(?=[{_KANJI}ァ-ー])", "小さい"),
    ("(?<=を)行(?=[うわいえ])", "おこな"),
    ("いろいろな", "さまざまな"),
    (f"(?<=[{_KANJI}ァ-ー])は、", "は"),
    ("(?<=[でに])は、", "は"),
    (f"(?<=[{_KANJI}ァ-ー])は(?=[{_KANJI}ァ-ー])", "は、"),
    ("(?<=[いきしちにびみりぎっ]て)、", ""),
    ("(?<=[るた]ので)、", ""),
    ("(?<=[すただる]が)、", ""),
    ("(?<=ため)、", ""),
    ("(?<=により)、", ""),
    ("(?<=場合)、", ""),
    (_HEAD + r"(また|しかし|さらに|つまり|そのため|まず|次に|最後に|一方で)、", r"\1"),
)

_ENGLISH: tuple[tuple[str, str], ...] = (
    *_both("do not", "don't", r"\b", r"\b"),
    *_both("does not", "doesn't", r"\b", r"\b"),
    *_both("did not", "didn't", r"\b", r"\b"),
    *_both("is not", "isn't", r"\b", r"\b"),
    *_both("are not", "aren't", r"\b", r"\b"),
    *_both("cannot", "can't", r"\b", r"\b"),
    *_both("will not", "won't", r"\b", r"\b"),
    *_both("it is", "it's", r"\b", r"(?= [a-z])"),
    *_both("It is", "It's", r"\b", r"(?= [a-z])"),
    *_both("you will", "you'll", r"\b", r"(?= [a-z])"),
    *_both("you are", "you're", r"\b", r"(?= [a-z])"),
    *_both("that is", "that's", r"(?<![,(] )\b", r"(?= [a-z])"),
    *_both("for example", "for instance", r"\b", r"\b"),
    *_both("For example", "For instance", r"\b", r"\b"),
    *_both("usually", "typically", r"\b", r"\b"),
    *_both("often", "frequently", r"\b", r"\b"),
    *_both("perhaps", "maybe", r"\b", r"\b"),
    *_both("Additionally", "Furthermore", r"\b", r"\b"),
    *_both("crucial", "vital", r"\b", r"\b"),
    *_both("need to", "have to", r"\b(?<=[Yy]ou )", r"\b"),
    *_both("ensure", "make sure", r"\b", r"(?= (?:that|the|you|your|it|all)\b)"),
    *_both("quickly", "rapidly", r"\b", r"\b"),
    *_both("many", "numerous", r"(?<! as )(?<! so )(?<! how )(?<! too )\b", r"(?= [a-z]+s\b)"),
    *_both("toward", "towards", r"\b", r"\b"),
    *_both("among", "amongst", r"\b", r"\b"),
    *_both("while", "whilst", r"(?<=, )", r"\b"),
    ("(?<=[a-z]), and (?=[a-z])", " and "),
    ("(?<=[a-z]), but (?=[a-z])", " but "),
    (r"\bin order to\b", "to"),
    (r"(?<=\b[Tt]here) are a lot of\b", " are lots of"),
    (r"\b(organ|real|recogn|summar|emphas|minim|maxim|optim|priorit|util|special|custom)iz(?=e|ing)", r"\1is"),
    (r"\b(organ|real|recogn|summar|emphas|minim|maxim|optim|priorit|util|special|custom)is(?=e[ds]?\b|ing\b)", r"\1iz"),
    *_both("color", "colour", r"\b", r"(?=s?\b)"),
    *_both("behavior", "behaviour", r"\b", r"(?=s?\b)"),
    *_both("center", "centre", r"\b", r"(?=s?\b)"),
    *_both("favorite", "favourite", r"\b", r"(?=s?\b)"),
)

RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), other) for pattern, other in (*_JAPANESE, *_ENGLISH)
)
