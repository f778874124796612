"""The search: words of two characters and ids find instructions, records, people and orders, as far as each may see them."""

import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import Task
from annotation.services.search_index import waiting_sort_in
from annotation.views.search import passage_of
from collection.models import Instruction, Reference
from collection.services.withdrawal import instruction_withdraw
from config import text_search
from config.text_search import newest_having, words_of
from tests.cast import Cast, cast
from tests.clients import client_for, queries_of
from tests.factories.collection import make_instruction, make_participant, make_reference
from tests.factories.records import make_slots, make_submission, make_task
from vendors.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def found(user: User, text: str = "", **filters: str) -> dict[str, list[str]]:
    """The titles or texts that are found, by kind."""
    page = client_for(user).get("/ops/search/?" + urlencode({"q": text, **filters}))
    assert page.status_code == 200
    return {
        one.kind: [row.hit.title or row.hit.text for row in rows] for one, _label, rows, _url in page.context["found"]
    }


def test_a_word_of_two_characters_finds_instructions_and_what_people_wrote(people: Cast) -> None:
    asked = make_instruction(instruction="経済の仕組みを教えてください。", input="")
    make_instruction(instruction="経営と決済の違いは何ですか。")  # both characters, never side by side
    task = make_task(people)
    make_submission(
        task, people.wataru, text="朝の市では、まず魚の目を見る。ＰＤＦの案内も配っている。濁りのない目がよい。" * 3
    )
    assert found(people.ren, "経済") == {"instruction": [asked.instruction]}
    assert found(people.ren, "濁り") == {"record": [task.instruction.instruction]}
    assert list(found(people.ren, "pdf の案内")) == ["record"]
    assert found(people.ren, "経済 教えて") == found(people.ren, "「仕組みを教えて」") == found(people.ren, "経済")
    assert found(people.ren, "市では、魚の") == {}
    assert waiting_sort_in() > 0
    assert found(people.ren, "経済") == {"instruction": [asked.instruction]}


def test_ids_and_their_first_digits_find_what_has_them(people: Cast) -> None:
    task = make_task(people)
    make_submission(task, people.wataru)
    task.refresh_from_db()
    assert task.current_submission is not None
    title = task.instruction.instruction
    assert found(people.aoi, str(task.public_id)) == {"record": [title]}
    assert found(people.aoi, str(task.current_submission.public_id)[:8].upper()) == {"record": [title]}
    assert list(found(people.aoi, str(task.instruction.public_id)[:13])) == ["instruction", "record"]
    assert found(people.aoi, str(people.wataru.public_id)) == {"person": ["Wataru"]}
    participant = make_participant()
    assert found(people.aoi, participant.public_id.hex) == {"participant": [str(participant.public_id)]}
    order = found(people.aoi, task.work_order.number)
    assert list(order) == ["order"] and found(people.aoi, str(task.work_order.public_id)) == order


def test_nobody_finds_what_is_not_theirs_to_see(people: Cast) -> None:
    make_task(people, instruction=make_instruction(instruction="経済の仕組みを教えてください。"))
    assert list(found(people.aoi, "wataru")) == ["person"]
    assert found(people.ren, "wataru") == {}  # reviewers judge without names
    assert found(people.fumi, "経済") == {}  # finance has no door to the instructions
    assert list(found(people.ren, "経済")) == ["instruction"]
    for user in (people.luna, people.wataru, people.emi, people.rei):
        assert client_for(user).get("/ops/search/?q=経済").status_code == 403
    assert Client().get("/ops/search/").status_code == 302


def test_no_model_text_is_found(people: Cast) -> None:
    instruction = make_instruction(instruction="天気の話をしてください。")
    make_reference(instruction, text="積乱雲は夏の午後によく育ちます。")
    assert Reference.objects.filter(text__contains="積乱雲").exists()
    assert found(people.aoi, "積乱雲") == {}


def test_what_was_withdrawn_is_found_no_longer(people: Cast) -> None:
    participant = make_participant()
    instruction = make_instruction(instruction="経済の仕組みを教えてください。", participant=participant)
    assert found(people.ren, "経済")
    instruction_withdraw(participant=participant, public_id=instruction.public_id)
    assert found(people.ren, "経済") == {}


def test_filters_narrow_what_is_found_and_stand_in_the_address(people: Cast) -> None:
    tasks = make_slots(people, 2)
    make_submission(tasks[0], people.wataru)
    number = tasks[0].work_order.number
    assert found(people.ren, status="submitted", kind="record") == {"record": [tasks[0].instruction.instruction]}
    assert len(found(people.ren, order=number, kind="record")["record"]) == 2
    assert found(people.ren, order="nothing", kind="record") == {"record": []}
    assert found(people.ren, kind="nonsense", status="nonsense", language="xx") == {}
    page = client_for(people.ren).get(f"/ops/search/?order={number}&kind=record")
    assert f'value="{number}"' in page.content.decode()


def test_a_page_costs_as_many_queries_however_much_is_found(people: Cast) -> None:
    client = client_for(people.aoi)

    make_slots(people, 2)
    addresses = ("/ops/search/?q=example", "/ops/search/?kind=record&status=queued", "/ops/instructions/?text=example")
    few = [queries_of(lambda address=address: client.get(address)) for address in addresses]  # type: ignore[misc]
    make_slots(people, 30)
    assert [queries_of(lambda address=address: client.get(address)) for address in addresses] == few  # type: ignore[misc]
    assert Task.objects.count() == 32
    first, second = (
        [
            row.hit.url
            for row in client.get(f"/ops/search/?kind=record&status=queued&page={page}").context["found"][0][2]
        ]
        for page in (1, 2)
    )
    assert len(first) == 25 and len(second) == 7 and not {*first} & {*second}


def test_the_passage_marks_the_words_as_they_stand_in_the_text() -> None:
    pieces = passage_of("前" * 100 + "ＰＤＦと経済" + "後" * 300, ["pdf", "経済"])
    assert [piece.text for piece in pieces if piece.is_close] == ["ＰＤＦ", "経済"]
    assert pieces[0].text == pieces[-1].text == "…"
    assert [piece.text for piece in passage_of("㌔㌔", ["キロ"])] == ["㌔", "㌔"]
    assert passage_of("", ["経済"]) == []


def test_a_word_that_is_everywhere_is_found_among_the_newest_without_the_index(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_search, "FIRST_LOOK", 3)
    asked = [make_instruction(instruction=f"ＰＤＦの話、その{number}。") for number in range(3)]
    asked += [make_instruction(instruction=f"pdfの話、その{number}。") for number in range(3, 6)]
    rows = Instruction.objects.filter(status="eligible")

    def newest(word: str, wanted: int) -> tuple[list[int], bool]:
        with CaptureQueriesContext(connection) as seen:
            found = newest_having(rows, words_of(word), ["instruction"], wanted=wanted, of=(Instruction, "pk"))
        return [one.pk for one in found], any("_having_since(" in query["sql"] for query in seen)

    keys = [one.pk for one in reversed(asked)]
    assert newest("pdf", 2) == (keys[:2], False)
    assert newest("pdf", 4) == (keys[:4], True)  # more than the newest have
    assert newest("ＰＤＦ その1", 1) == ([asked[1].pk], True)  # and what only older ones have
    rows = rows.exclude(pk=keys[0])
    assert newest("その", 3) == (keys[1:4], True)


def test_of_a_word_that_many_have_the_index_is_asked_among_the_newer_first(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_search, "FIRST_LOOK", 2)
    asked = [
        make_instruction(instruction=f"{'経済' if number % 2 else '漁業'}の話を{number}つ。") for number in range(16)
    ]
    keys = [one.pk for one in reversed(asked) if "経済" in one.instruction]

    def newest(rows: QuerySet[Instruction], wanted: int) -> tuple[list[int], list[int]]:
        """The keys, and from which on the index was asked each time."""
        with CaptureQueriesContext(connection) as seen:
            found = newest_having(rows, ["経済"], ["instruction"], wanted=wanted, of=(Instruction, "pk"))
        since = [re.search(r"_having_since\(.*, (\d+)\)", query["sql"]) for query in seen]
        return [one.pk for one in found], [int(one[1]) for one in since if one]

    every = Instruction.objects.all()
    found, since = newest(every, 2)
    assert found == keys[:2] and len(since) == 1 and asked[0].pk < since[0] <= keys[1]
    assert newest(every, 7) == (keys[:7], [0])  # there are not as many as that would take
    older = every.exclude(pk__in=keys[1:5])
    found, since = newest(older, 2)  # what is narrowed otherwise may not be among the newer ones
    assert found == [keys[0], keys[5]] and len(since) == 2 and since[1] == 0
    monkeypatch.setattr(text_search, "FIRST_LOOK", 1)
    monkeypatch.setattr(text_search, "RARE", 2)
    found, since = newest(every.exclude(pk=keys[0]), 1)  # the newest does not have it
    assert found == [keys[1]] and len(since) == 1 and since[0] == asked[-5].pk
    found, since = newest(every.exclude(pk__in=keys[:3]), 1)  # nor have the newer ones
    assert found == [keys[3]] and len(since) == 2 and since[1] == 0
