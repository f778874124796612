"""Earlier versions of a draft: who looks through them, what putting one back does, and that the trace still fits."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Draft, DraftRevision, Task, WritingTrace
from annotation.services.drafts import draft_save
from annotation.services.submissions import submission_send
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import TEXT, make_claim, make_open_order
from tests.factories.records import make_buckets

pytestmark = pytest.mark.django_db


def written(people: Cast, *texts: str) -> Task:
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    for revision, text in enumerate(texts):
        draft_save(writer=people.wataru, task=task, text=text, base_revision=revision)
    return task


def address(task: Task) -> str:
    return f"/work/tasks/{task.public_id}/revisions/"


def test_the_newest_but_one_is_shown_with_what_changed_since() -> None:
    people = cast()
    task = written(people, "朝の市場は静かです。", "朝の市場はにぎやかです。")
    html = client_for(people.wataru).get(address(task)).content.decode()
    assert "朝の市場は静かです。" in html
    assert "<del>静</del>" in html and "<ins>にぎや</ins>" in html
    chosen = client_for(people.wataru).get(f"{address(task)}?revision=2").content.decode()
    assert "This is the text as it stands now." in chosen
    assert client_for(people.wataru).get(f"{address(task)}?revision=9").status_code == 404


def test_a_version_put_back_is_the_newest_text_and_the_trace_fits_it() -> None:
    people = cast()
    make_open_order(people, quantity=1)
    task = make_claim(people.wataru)
    first = draft_save(
        writer=people.wataru, task=task, text=TEXT, base_revision=0, buckets=make_buckets(TEXT, started_ms=0)
    )
    emptied = {"number": 2, "started_ms": 1, "deleted": len(TEXT) - 1, "length": 1}
    draft_save(writer=people.wataru, task=task, text=TEXT[:1], base_revision=first.revision, buckets=[emptied])
    client = client_for(people.wataru)
    assert client.post(f"{address(task)}1/").headers["Location"] == f"/work/tasks/{task.public_id}/"
    draft = Draft.objects.get()
    assert (draft.text, draft.revision) == (TEXT, 3)
    assert list(DraftRevision.objects.order_by("revision").values_list("text", flat=True)) == [TEXT, TEXT[:1], TEXT]
    submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=3, is_attested=True)
    flags = set(WritingTrace.objects.get().flags)
    assert not flags & {"sums_do_not_fit", "chain_broken", "trace_missing", "untrusted_input"}, flags


def test_without_the_task_in_hand_versions_are_read_and_not_put_back() -> None:
    people = cast()
    task = written(people, "一つ目。", TEXT)
    client = client_for(people.wataru)
    submission_send(writer=people.wataru, task=task, text=TEXT, base_revision=2, is_attested=True)
    html = client.get(address(task)).content.decode()
    assert "一つ目。" in html and "Put this version back" not in html
    assert client.post(f"{address(task)}1/").status_code == 409
    assert Draft.objects.get().text == TEXT


@pytest.mark.parametrize("who", ["wakana", "rei", "luna", "ren"])
def test_nobody_else_finds_them(who: str) -> None:
    people = cast()
    task = written(people, "一つ目。", "二つ目。")
    client = client_for(getattr(people, who))
    assert client.get(address(task)).status_code in {403, 404}
    assert client.post(f"{address(task)}1/").status_code in {403, 404}
    assert Draft.objects.get().text == "二つ目。"


def test_many_versions_cost_no_more_than_few_and_a_long_text_is_not_compared() -> None:
    people = cast()
    long = "長い文章です。" * 2000
    task = written(people, "一", "二", long)
    client = client_for(people.wataru)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(task)).status_code == 200
        return len(captured)

    few = cost()
    for revision in range(3, 60):
        draft_save(writer=people.wataru, task=task, text=f"{long}{revision}", base_revision=revision)
    assert cost() <= few + 1  # the count of pages
    assert "What changed since then" not in client.get(address(task)).content.decode()


def test_what_was_purged_is_not_offered() -> None:
    people = cast()
    task = written(people, "一つ目。", "二つ目。")
    DraftRevision.objects.update(text="")
    assert "No version is kept" in client_for(people.wataru).get(address(task)).content.decode()
