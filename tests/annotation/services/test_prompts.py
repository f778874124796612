"""Instructions and inputs that hold an earlier model answer: held, and what people merely quote is not."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.cleanroom import stopgrams
from annotation.cleanroom.engine import Engine
from annotation.services.gate_settings import engine_in_force
from annotation.services.prompts import CLOSE, UNREADABLE, model_text_find, model_texts_find
from annotation.services.stop_grams import stop_grams_count
from tests.annotation.services.test_stop_grams import COMMON
from tests.factories.collection import make_instruction, make_reference
from tests.flows.twenty_texts import ASKED, OWN

pytestmark = pytest.mark.django_db

ANSWER = ASKED["kyoto"][1]


def test_a_passage_of_an_earlier_answer_is_found_in_the_middle_of_other_words() -> None:
    make_reference(make_instruction(), text=ANSWER)
    asked = make_instruction(instruction="直してください。")
    assert model_text_find(instruction=asked, text=f"下書きです。{ANSWER[60:130]}どう直せばよいですか。") == CLOSE
    assert model_text_find(instruction=asked, text=OWN["kyoto"]) is None


def test_texts_that_are_looked_up_together_are_each_compared_with_their_own() -> None:
    make_reference(own := make_instruction(instruction="京都を紹介して。"), text=ANSWER)
    other = make_instruction(instruction="直してください。")
    passage = f"下書きです。{ANSWER[60:130]}どう直せばよいですか。"
    asked = [(other, OWN["kyoto"]), (other, passage), (own, passage), (other, "読めない\u0378文字。"), (other, ANSWER)]
    assert model_texts_find(asked) == [None, CLOSE, None, UNREADABLE, CLOSE]
    assert model_texts_find([]) == []


def test_what_many_answers_share_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopgrams, "LEAST_INSTRUCTIONS", 3)
    for number in range(4):
        make_reference(make_instruction(instruction=f"第{number}の問い"), text=COMMON)
    stop_grams_count()
    asked = make_instruction(instruction="直してください。")
    model_text_find(instruction=asked, text=COMMON)  # whoever asks first learns what is in force
    with CaptureQueriesContext(connection) as queries:
        model_text_find(instruction=asked, text=COMMON)
    (sql,) = (query["sql"] for query in queries if "int8send(held.hash)" in query["sql"])
    before, now = (set(engine.fingerprint(COMMON).all().tolist()) for engine in (Engine(), engine_in_force()))
    assert before - now and not any(str(one) in sql for one in before - now)


def test_the_answer_to_the_question_itself_does_not_speak_against_it() -> None:
    asked = make_instruction(instruction="次の文章を要約してください。", input=OWN["kyoto"])
    make_reference(asked, text=f"ご提示の文章「{OWN['kyoto'][:120]}」の要約です。")
    assert model_text_find(instruction=asked, text=asked.input) is None


def test_two_people_may_ask_about_the_same_page() -> None:
    page = OWN["kyoto"]
    first = make_instruction(instruction="次の文章を英語にしてください。", input=page)
    make_reference(first, text=f"原文は「{page[:150]}」です。英訳は次のとおりです。")
    second = make_instruction(instruction="次の文章の誤字を直してください。", input=page)
    assert model_text_find(instruction=second, text=second.input) is None


def test_what_cannot_be_compared_is_held() -> None:
    asked = make_instruction()
    assert model_text_find(instruction=asked, text="読めない文字\u0378を含む文です。") == UNREADABLE


def test_code_numbers_and_kana_alone_are_nobodys() -> None:
    make_reference(make_instruction(), text=ANSWER)
    asked = make_instruction()
    for text in ("…！？", "def f(x):\n    return x + 1", "ひらがなだけでかかれたながいぶんしょうです。" * 8):
        assert model_text_find(instruction=asked, text=text) is None
