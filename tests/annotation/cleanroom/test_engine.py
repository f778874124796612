"""The whole gate on invented texts: what it must stop, what it must let through, what it must survive."""

import ast
import hashlib
import json
import sys
import time
from pathlib import Path

import pytest

from annotation.cleanroom import engine as module
from annotation.cleanroom.engine import ENGINE_VERSION, Candidate, Engine, Report, Settings
from annotation.cleanroom.index import MemoryIndex
from annotation.cleanroom.normalise import UnreadableText
from annotation.cleanroom.stopgrams import count_stop_grams

from . import texts

OWN_ID = 100
STORE = {**dict(enumerate(texts.OTHERS)), 50: texts.ENGLISH, OWN_ID: texts.REFERENCE}
ENGINE = Engine()
KANA = "かんようしょくぶつをながくたのしむためには、みずやりのひんどよりもつちのかわきぐあいをたしかめることがたいせつです。"


def make_index(store: dict[int, str]) -> MemoryIndex:
    index = MemoryIndex()
    for reference_id, text in store.items():
        index.add(reference_id, ENGINE.fingerprint(text))
    return index


INDEX = make_index(STORE)


def check(
    text: str, prompts: tuple[str, ...] = (texts.PROMPT,), own: int = OWN_ID, postdated: frozenset[int] = frozenset()
) -> Report:
    """Look up and compare, as the gate does; the own reference is always a candidate."""
    found = INDEX.candidates(ENGINE.fingerprint(text), limit=ENGINE.settings.candidates)
    candidates = [
        Candidate(id=number, text=STORE[number], is_own=number == own, is_postdated=number in postdated)
        for number in dict.fromkeys((own, *found))
    ]
    return ENGINE.compare(text, prompts, candidates)


def codes(report: Report) -> set[str]:
    return {reason.code.value for reason in report.reasons}


MUST_BE_BLOCKED = {
    "the whole own reference": texts.REFERENCE,
    "half of it": texts.REFERENCE[: len(texts.REFERENCE) // 2],
    "30 characters of it within 300": texts.INDEPENDENT[:140] + texts.REFERENCE[45:75] + texts.INDEPENDENT[140:],
    "60 characters of it within 300": texts.INDEPENDENT[:140] + texts.REFERENCE[130:190] + texts.INDEPENDENT[140:],
    "60 characters of another": texts.INDEPENDENT[:140] + texts.OTHERS[1][20:80] + texts.INDEPENDENT[140:],
    "widths, line breaks, invisible characters and marks": texts.with_disguises(texts.REFERENCE),
    "30% of the kana in katakana": texts.in_katakana(texts.REFERENCE, 0.3),
    "all kana in katakana": texts.in_katakana(texts.REFERENCE, 1.0),
    "plain style throughout": texts.as_plain_style(texts.REFERENCE),
    "sentences in another order": texts.in_another_order(texts.REFERENCE),
    "plain style, reordered, 5% edited": texts.with_edits(
        texts.as_plain_style(texts.in_another_order(texts.REFERENCE)), 0.05
    ),
    "10% edited": texts.with_edits(texts.REFERENCE, 0.10),
    "20% edited": texts.with_edits(texts.REFERENCE, 0.20),
    "five references, one sentence each": "".join(text.split("。")[1] + "。" for text in texts.OTHERS),
    "a kana filler every seven characters": texts.with_fillers(texts.REFERENCE, 7, "ねさよ"),
    "a kana filler after every second character": texts.with_fillers(texts.REFERENCE, 2, "ねさよ"),
    "a kanji filler every seven characters": texts.with_fillers(texts.REFERENCE, 7, "亜唖娃阿哀"),
    "English, whole": texts.ENGLISH,
    "English, half in capitals": texts.ENGLISH[120:].upper(),
}


@pytest.mark.parametrize("text", MUST_BE_BLOCKED.values(), ids=MUST_BE_BLOCKED)
def test_copies_are_blocked(text: str) -> None:
    assert check(text).outcome == "block"


MUST_WAIT = {
    "all kanji opened to kana": KANA + KANA,
    "a passage of 18 to 23": texts.INDEPENDENT[:140] + texts.REFERENCE[:20] + texts.INDEPENDENT[140:],
    "nothing": "",
    "spaces and marks": " \n**——**",
    "emoji alone": "👍🏽🇯🇵" * 50,
    "NUL alone": "\0" * 10,
}


@pytest.mark.parametrize("text", MUST_WAIT.values(), ids=MUST_WAIT)
def test_what_cannot_be_decided_goes_to_review(text: str) -> None:
    assert check(text).outcome == "review"


MUST_PASS = {
    "an independent answer": texts.INDEPENDENT,
    "the question quoted within it": f"「{texts.PROMPT}」とのことですが、{texts.INDEPENDENT}",
    "the question and nothing else": texts.PROMPT,
    "one character": "あ",
    "a short answer": "42です。",
    "another language": "Полить растение можно утром, пока солнце не поднялось высоко над горизонтом.",
    "right to left": "\u202eيمكنك سقي النبات في الصباح الباكر\u202c قبل أن ترتفع الشمس",
    "code": "def water(plant):\n    if plant.soil.is_dry():\n        plant.pour(200)\n    return plant",
    "a table": "| 植物 | 頻度 |\n|---|---|\n| サボテン | 月1回 |\n| シダ | 毎日 |",
    "mathematics": "∫₀¹ x² dx = 1/3、したがって Σ k² = n(n+1)(2n+1)/6 となる。",
}


@pytest.mark.parametrize("text", MUST_PASS.values(), ids=MUST_PASS)
def test_what_a_person_wrote_passes(text: str) -> None:
    report = check(text)
    assert report.outcome == "pass", report.reasons
    assert report.reasons == ()
    assert report.passages == ()


def test_a_quote_of_eighty_from_the_question_passes_and_without_the_question_does_not() -> None:
    quoted = texts.REFERENCE[:80]
    text = f"ご質問の「{quoted}」について。{texts.INDEPENDENT}"
    assert check(text, prompts=("次の文を批評してください。", quoted)).outcome == "pass"
    assert check(text).outcome == "block"


def test_the_list_of_prefectures_passes_though_a_reference_has_it() -> None:
    prefectures = (
        "北海道、青森県、岩手県、宮城県、秋田県、山形県、福島県、茨城県、栃木県、群馬県、埼玉県、千葉県、東京都、"
        "神奈川県、新潟県、富山県、石川県、福井県、山梨県、長野県、岐阜県、静岡県、愛知県、三重県、滋賀県、京都府、大阪府、"
        "兵庫県、奈良県、和歌山県、鳥取県、島根県、岡山県、広島県、山口県、徳島県、香川県、愛媛県、高知県、福岡県、佐賀県、"
        "長崎県、熊本県、大分県、宮崎県、鹿児島県、沖縄県"
    )
    candidate = Candidate(id=1, text="北から順に挙げます。" + prefectures, is_own=True)
    assert ENGINE.compare(prefectures, ["都道府県を北から列挙してください。"], [candidate]).outcome == "review"
    # A list does not carry a copy through.
    copied = texts.REFERENCE[:120] + prefectures
    sources = [candidate, Candidate(id=2, text=texts.REFERENCE)]
    assert ENGINE.compare(copied, [], sources).outcome == "block"


def test_stock_phrases_of_many_instructions_stop_counting() -> None:
    stock = "ご質問をいただきありがとうございます。以下に詳しくご説明いたしますので、参考になさってください。"
    candidate = Candidate(id=1, text=stock + texts.REFERENCE)
    assert ENGINE.compare(stock + texts.INDEPENDENT, [], [candidate]).outcome == "block"
    engine = Engine(stops=count_stop_grams(lambda: [(f"指示{number}", [stock]) for number in range(60)]))
    assert engine.compare(stock + texts.INDEPENDENT, [], [candidate]).outcome == "pass"
    assert engine.stops.version != ENGINE.stops.version


def test_a_short_right_answer_is_reviewed_and_never_blocked() -> None:
    answer = "日本で一番高い山は富士山で、標高は三七七六メートルです。"
    assert ENGINE.compare(answer, [], [Candidate(id=1, text=answer)]).outcome == "review"
    assert codes(ENGINE.compare("富士山", [], [Candidate(id=1, text="富士山。", is_own=True)])) == {"equal"}


def test_a_text_frozen_before_an_identical_reference_came_is_reviewed() -> None:
    report = check(texts.REFERENCE, postdated=frozenset({OWN_ID}))
    assert report.outcome == "review"
    assert "postdated" in codes(report)


def test_passages_point_at_equal_text_in_both_originals() -> None:
    text = "🎍\n" + texts.INDEPENDENT[:100] + texts.with_disguises(texts.REFERENCE[45:110]) + texts.INDEPENDENT[100:]
    report = check(text)
    assert report.passages
    for passage in report.passages:
        mine = module.normalise(text[passage.start : passage.end]).text
        theirs = module.normalise(STORE[passage.candidate_id][passage.reference_start : passage.reference_end]).text
        assert mine == theirs


@pytest.mark.parametrize(
    ("text", "code"),
    [("前\ud800後", "lone_surrogate"), ("前\u0378後", "unassigned_code_point"), ("あ" * 200_001, "too_long")],
)
def test_unreadable_texts_are_refused_clearly(text: str, code: str) -> None:
    with pytest.raises(UnreadableText) as refused:
        check(text)
    assert refused.value.code == code


def test_unreadable_references_and_questions_are_still_compared() -> None:
    candidate = Candidate(id=1, text="\U0001fae8" + texts.REFERENCE + "\ud800")
    assert ENGINE.compare(texts.REFERENCE, ["\udfff"], [candidate]).outcome == "block"


@pytest.mark.parametrize(
    "text",
    ["あ" * 100_000, "あい" * 100_000, texts.REFERENCE * 600, "か\u3099" * 100_000, "𠮷" * 100_000],
    ids=["same", "by turns", "the reference over and over", "combining", "astral"],
)
def test_giant_texts_are_answered_in_time(text: str) -> None:
    started = time.process_time()
    candidates = [Candidate(id=number, text=(text + texts.REFERENCE)[:3000]) for number in range(20)]
    ENGINE.compare(text[:200_000], [texts.PROMPT], candidates)
    ENGINE.fingerprint(text[:200_000])
    assert time.process_time() - started < 10


def test_a_report_can_be_stored_and_says_by_what_it_was_made() -> None:
    report = check(texts.REFERENCE)
    stored = json.loads(json.dumps(report.to_dict()))
    assert stored["outcome"] == "block"
    assert stored["engine_version"] == ENGINE_VERSION
    assert stored["settings_version"] == Settings().version
    assert stored["stops_version"] == ENGINE.stops.version
    assert stored["text_sha256"] == hashlib.sha256(texts.REFERENCE.encode()).hexdigest()
    assert stored["reasons"][0] == {
        "code": "run",
        "outcome": "block",
        "numbers": {"characters": stored["scores"]["run"], "written": stored["scores"]["written"]},
        "candidate_id": OWN_ID,
    }
    assert stored["candidate_ids"][0] == OWN_ID


def test_the_same_text_gets_the_same_report() -> None:
    text = MUST_BE_BLOCKED["five references, one sentence each"]
    again = Engine(Settings(), ENGINE.stops)
    candidates = [Candidate(id=number, text=reference) for number, reference in STORE.items()]
    assert again.compare(text, [], candidates).to_dict() == ENGINE.compare(text, [], candidates).to_dict()


def test_other_settings_give_other_answers_under_another_version() -> None:
    lenient = Engine(Settings(block_run=200, block_run_uncounted=200, block_coverage=0.9, block_skeleton=0.9))
    text = MUST_BE_BLOCKED["30 characters of it within 300"]
    report = lenient.compare(text, [], [Candidate(id=1, text=texts.REFERENCE)])
    assert report.outcome == "review"
    assert report.settings_version != ENGINE.settings.version


ANSWERING = (
    "automaton",
    "decide",
    "engine",
    "fingerprints",
    "hashing",
    "index",
    "mask",
    "match",
    "normalise",
    "probe",
    "segments",
    "stopgrams",
    "surprise",
    "tally",
    "unicode_table",
    "weights",
    "written",
)
RECORD = Path(__file__).with_name("engine_record.json")


def digest_of_what_answers() -> str:
    """Of the code without comments and docstrings, and of the data beside it."""
    folder = Path(module.__file__).parent
    digest = hashlib.sha256()
    for name in ANSWERING:
        tree = ast.parse(folder.joinpath(f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        digest.update(ast.dump(tree).encode())
    for name in ("unicode_table.json", "commonplaces.txt"):
        digest.update(folder.joinpath(name).read_bytes())
    return digest.hexdigest()


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="another Python writes syntax trees otherwise")
def test_the_engine_version_was_thought_of_when_its_code_changed() -> None:
    """If this fails: raise ENGINE_VERSION if any answer can have changed. Then record: see the assertion's message."""
    recorded = {"engine_version": ENGINE_VERSION, "digest": digest_of_what_answers()}
    assert json.loads(RECORD.read_text()) == recorded, f"write to {RECORD.name}: {json.dumps(recorded)}"
