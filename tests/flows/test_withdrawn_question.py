"""What a visitor takes back is gone: from the operator's rooms, from the writers' queue, and from the next release."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from annotation.services.filling import tasks_fill
from annotation.services.queue import task_claim
from collection.models import Installation, Instruction, Reference
from collection.services.terms import terms_ensure
from tests.browser.hands import await_answer, await_fact, consent, sign_in
from tests.browser.pages import NewPage
from tests.cast import Cast, cast
from tests.factories.records import make_acceptance, make_submission
from tests.factories.vendors import make_work_order
from tests.releases import records_of
from vendors.services import work_order_accept, work_order_issue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STOPPED = "梅干しを上手に干すこつを、三つ教えてください。"
KEPT = "朝の散歩を続けるには、どんな工夫がありますか。"


def test_a_stopped_question_that_is_withdrawn_is_gone_from_every_room_and_the_next_release(
    new_page: NewPage, tmp_path: Path
) -> None:
    Installation.objects.create(is_demonstration=True)  # its provider only practises
    terms_ensure()
    people = cast()
    visitor = new_page(locale="ja-JP", width=360)
    ask_and_stop(visitor)
    ask_another(visitor)
    eligible = Instruction.objects.filter(status="eligible")
    await_fact(visitor, lambda: eligible.count() == 2, "the worker let both questions in")
    stopped = Instruction.objects.get(instruction__contains=STOPPED)
    assert Reference.objects.get(instruction=stopped).status == "interrupted"

    write_one_of_each(people)
    assert any(STOPPED in record["instruction"] for record in released(tmp_path / "first"))
    screener, writer = new_page(locale="ja-JP"), new_page(locale="ja-JP")
    sign_in(screener, people.ren.email, to="/ops/instructions/")
    expect(screener.locator("main")).to_contain_text(STOPPED)
    sign_in(writer, people.wakana.email)
    writer.keyboard.press("n")
    writer.wait_for_url("**/work/tasks/**")
    expect(writer.locator("#instruction")).to_contain_text(STOPPED)

    withdraw(visitor)

    assert_gone_for_the_operator(screener, stopped)
    writer.reload()
    expect(writer.locator("body")).not_to_contain_text(STOPPED)
    following = task_claim(writer=people.wakana)
    assert following is not None and following.instruction.instruction == KEPT
    assert task_claim(writer=people.rei) is None
    records = released(tmp_path / "second")
    assert [record["instruction"] for record in records] == [KEPT]
    files = [file.read_bytes() for file in (tmp_path / "second").rglob("*") if file.is_file()]
    assert not any(STOPPED.encode() in content for content in files)
    told = io.StringIO()
    call_command("export_withdrawals", "--json", stdout=told)
    assert [json.loads(line)["id"] for line in told.getvalue().splitlines()] == [str(stopped.public_id)]


def ask_and_stop(page: Page) -> None:
    """Ask for an answer that never ends, read its beginning, and stop it."""
    page.goto("/")
    page.fill("#id_instruction", f"practice: hang\n{STOPPED}")
    page.click("[data-primary]")
    consent(page)
    page.click("[data-primary]")
    expect(page.locator("[data-answer-text]")).not_to_be_empty()
    page.click("[data-stop]")
    expect(page.locator("[data-answer-state]")).to_contain_text("止めました")
    expect(page.locator("[data-again]")).to_be_visible()


def ask_another(page: Page) -> None:
    page.click("[data-new]")
    page.fill("#id_instruction", KEPT)
    page.press("#id_instruction", "Control+Enter")
    await_answer(page)


def write_one_of_each(people: Cast) -> None:
    """Order two outputs of each question; one of each is written and accepted, the other waits in the queue."""
    order = make_work_order(by=people.minato, vendor=people.kaede, quantity=4)
    tasks_fill(order=order, instructions=Instruction.objects.order_by("pk"), outputs_each=2)
    work_order_accept(order=work_order_issue(order=order, by=people.minato), by=people.luna)
    for _ in range(2):
        task = task_claim(writer=people.wataru)
        assert task is not None
        make_acceptance(make_submission(task, people.wataru), people.ren)


def withdraw(page: Page) -> None:
    """Take the older question back under "my data"."""
    page.goto("/my-data/")
    own = page.locator(".own", has_text=STOPPED)
    own.locator("summary").click()
    own.locator("[type=submit]").click()
    expect(page.locator("[role=status]").first).to_contain_text("撤回")
    expect(page.locator("main")).not_to_contain_text(STOPPED)
    expect(page.locator("main")).to_contain_text(KEPT)


def assert_gone_for_the_operator(page: Page, stopped: Instruction) -> None:
    page.reload()
    expect(page.locator("main")).to_contain_text(KEPT)
    expect(page.locator("main")).not_to_contain_text(STOPPED)
    page.goto(f"/ops/instructions/?text={STOPPED}")
    expect(page.locator(".instruction-cell")).to_have_count(0)
    page.goto(f"/ops/instructions/{stopped.public_id}/")
    expect(page.locator("main")).not_to_contain_text(STOPPED)
    assert not Instruction.objects.filter(instruction__contains=STOPPED).exists()
    assert not Reference.objects.filter(instruction=stopped).exclude(text="").exists()


def released(folder: Path) -> list[dict[str, Any]]:
    """What the next release holds."""
    call_command("export_clean", "--out", str(folder), "--json")
    return records_of(folder)
