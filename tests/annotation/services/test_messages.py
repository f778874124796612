"""Messages: who reads which thread, what is new, and that none carries a reference."""

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import Message, Submission, Task
from annotation.selectors.messages import order_thread_for, task_thread_for, thread_list_for, unread_count
from annotation.services.filling import instruction_tasks_end
from annotation.services.messages import MessageClose, MessageEmpty, message_send, messages_forget
from config.errors import NotFound, TooMany
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_review_held, make_submission, make_task
from vendors.models import Letter, User

ANSWER = (
    "市場で魚を選ぶときは、まず目の透明さを確かめてください。次に、えらの色が鮮やかな赤であるかを見ます。"
    "身を軽く押して弾力があれば新鮮です。最後に、においを確かめると失敗がありません。"
)


@pytest.fixture
def people(db: None) -> Cast:
    cache.clear()
    return cast()


@pytest.fixture
def sent(people: Cast) -> Submission:
    instruction = make_instruction(language="ja")
    make_reference(instruction=instruction, text=ANSWER)
    return make_submission(make_task(people, instruction=instruction), people.wataru)


@pytest.fixture
def task(sent: Submission) -> Task:
    return sent.task


def told() -> set[str]:
    found = {
        letter.person.name
        for letter in Letter.objects.filter(key__startswith="question_asked").select_related("person")
    }
    Letter.objects.all().delete()
    return found


def ask(by: User, task: Task, text: str) -> Message:
    return message_send(by=by, thread=task_thread_for(by, task.public_id), text=text)


def test_a_question_goes_to_the_other_side_and_comes_back(people: Cast, sent: Submission, task: Task) -> None:
    ask(people.wataru, task, "「初めて行く人」とは、大人のことですか。")
    assert told() == {"Minato"}  # who made the order, while nobody reviews the text
    make_review_held(sent, people.ren)
    ask(people.ren, task, "はい、大人と考えてください。")
    assert told() == {"Wataru"}
    ask(people.luna, task, "手引きの三章も見てください。")
    assert told() == {"Wataru", "Ren"}
    assert [unread_count(one) for one in (people.wataru, people.ren, people.luna, people.minato)] == [1, 1, 0, 1]
    assert [unread_count(one) for one in (people.wakana, people.rei, people.riku)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("person", "reads_task", "reads_order"),
    [("aoi", True, True), ("minato", True, True), ("ren", True, True), ("fumi", False, False), ("luna", True, True),
     ("wataru", True, True), ("wakana", False, True), ("riku", False, False), ("rei", False, False), ("emi", False, False)],
)  # fmt: skip
def test_who_reads_what(people: Cast, task: Task, person: str, reads_task: bool, reads_order: bool) -> None:
    user = getattr(people, person)
    ask(people.wataru, task, "質問があります。")
    found = []
    for get, key in ((task_thread_for, task.public_id), (order_thread_for, task.work_order.public_id)):
        try:
            get(user, key)
            found.append(True)
        except NotFound:
            found.append(False)
    assert found == [reads_task, reads_order]
    assert bool(thread_list_for(user)) == reads_task


@pytest.mark.parametrize(
    "text",
    [ANSWER, f"モデルの答えはこうです。{ANSWER[:60]}", ANSWER[5:45], ANSWER.replace("、", "").replace("。", " ")],
    ids=["whole", "quoted", "a passage alone", "without its signs"],
)
def test_no_message_carries_a_reference(people: Cast, task: Task, text: str) -> None:
    for thread in (
        task_thread_for(people.ren, task.public_id),
        order_thread_for(people.ren, task.work_order.public_id),
    ):
        cache.clear()
        with pytest.raises(MessageClose):
            message_send(by=people.ren, thread=thread, text=text)
    assert not Message.objects.exists()
    assert told() == set()
    with pytest.raises(TooMany):  # nobody feels their way to an answer
        ask(people.ren, task, "はい。")


def test_the_question_and_the_writers_own_words_may_be_quoted(people: Cast, sent: Submission, task: Task) -> None:
    ask(people.ren, task, f"「{task.instruction.instruction}」とあります。")
    ask(people.ren, task, f"「{sent.text[:60]}」は、もう少し短くしてください。")
    ask(people.wataru, task, "👍")
    with pytest.raises(MessageEmpty):
        ask(people.wataru, task, " \n")
    with pytest.raises(MessageEmpty):
        ask(people.wataru, task, "長" * 2001)


def test_words_stand_until_their_instruction_is_withdrawn(people: Cast, task: Task) -> None:
    ask(people.wataru, task, "質問があります。")
    with pytest.raises(DatabaseError), transaction.atomic():
        Message.objects.update(text="別の話")
    instruction_tasks_end(instruction=task.instruction, why="instruction_withdrawn")
    assert messages_forget(instruction=task.instruction) == 1


def test_a_thread_from_page_to_page(people: Cast, task: Task, client: Client) -> None:
    page, order_page = f"/messages/tasks/{task.public_id}/", f"/messages/orders/{task.work_order.public_id}/"
    client.force_login(people.wataru)
    assert page in client.get(f"/work/tasks/{task.public_id}/").content.decode()
    assert client.post(page, {"text": ""}).status_code == 422
    assert client.post(page, {"text": "どの市場のことですか。"}).status_code == 302
    assert client.get(order_page).status_code == 200
    client.force_login(people.minato)
    assert ">New<" in client.get("/messages/").content.decode()
    assert "Kaede Writing" in (shown := client.get(page).content.decode())
    assert "Wataru" not in shown
    assert ">New<" not in client.get("/messages/").content.decode()
    refused = client.post(page, {"text": ANSWER})
    assert refused.status_code == 422
    assert ANSWER in refused.content.decode()  # what was typed is not lost
    cache.clear()
    assert client.post(order_page, {"text": "単価は来月に見直します。"}).status_code == 302
    client.force_login(people.luna)
    assert unread_count(people.luna) == 2
    assert "Hitode" in client.get(order_page).content.decode()
    client.force_login(people.rei)
    assert client.get(page).status_code == 404
    assert client.post(page, {"text": "x"}).status_code == 404
    client.force_login(people.fumi)
    assert client.get("/messages/").status_code == 403


def test_the_list_costs_the_same_however_many_there_are(people: Cast, task: Task, client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/messages/").status_code == 200
        return len(found)

    client.force_login(people.minato)
    ask(people.wataru, task, "一つ目の質問です。")
    few = cost()
    for number in range(3):
        other = make_task(people)
        make_submission(other, people.wataru)
        ask(people.wataru, other, f"質問その{number}です。")
    assert cost() <= few
