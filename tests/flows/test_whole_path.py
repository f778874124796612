"""The whole path in a browser: a visitor's question becomes a line of a release, and the model's answer does not."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.models import OutputCheck, Review
from collection.models import Installation, Instruction, Reference
from collection.services.terms import terms_ensure
from tests.browser.hands import await_answer, await_fact, compose, consent, sign_in
from tests.browser.pages import NewPage
from tests.cast import cast
from tests.factories.vendors import make_guideline, make_user
from tests.live import ROOT, Live
from tests.releases import lines_of
from vendors.models import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTION = "朝の散歩を続けるこつを、三つ教えてください。"
OTHER_QUESTION = "梅雨のあいだ、洗濯物を部屋で早く乾かすにはどうすればいいですか。"
TEXT_LINES = (
    "靴と上着を、寝る前に玄関へ出しておきます。",
    "歩く道は二つだけ決めて、晴れの日と雨の日で使い分けると、迷わずに済みます。",
    "帰ってから飲む一杯を楽しみにしておくのも、案外よく効きます。",
)
TEXT = "\n".join(TEXT_LINES)
TITLE = "暮らしの問い"
SHARED = 8  # characters; no piece of this length of a model's answer may be in the file


def test_a_visitors_question_becomes_a_clean_line_and_the_models_answer_does_not(
    live: Live, new_page: NewPage, tmp_path: Path
) -> None:
    Installation.objects.create(is_demonstration=True)  # its provider only practises
    terms_ensure()
    people = cast()
    guideline = make_guideline(name="執筆の手引き")
    nagi = make_user(name="Nagi", email="nagi@example.jp", organisation=people.kaede, role=Role.WRITER)

    visitor = new_page(locale="ja-JP", width=390)
    ask(visitor)
    await_fact(
        visitor, lambda: Instruction.objects.filter(status="eligible").count() == 2, "the worker let both questions in"
    )
    order(new_page(), people.minato.email, people.kaede.name, guideline.guideline.name)
    accept_order(new_page(), people.luna.email)
    writer = new_page()
    sign_agreement(writer, nagi.email, nagi.name)
    write(writer)
    await_fact(
        writer, lambda: OutputCheck.objects.filter(check_id="moderation", outcome="pass").exists(), "it was moderated"
    )
    accept_text(new_page(), people.ren.email)

    manifest = export(live, tmp_path / "release")
    assert_only_the_human_text(tmp_path / "release")
    assert (manifest["records"], manifest["is_demonstration"]) == (1, True)
    for listed in manifest["files"]:
        content = (tmp_path / "release" / listed["path"]).read_bytes()
        assert listed["sha256"] == hashlib.sha256(content).hexdigest()
    assert json.loads((tmp_path / "release" / "MANIFEST.json").read_bytes()) == manifest


def ask(page: Page) -> None:
    """Ask two questions: the first is answered to its end, the answer to the second is stopped."""
    page.goto("/")
    page.locator("#id_instruction").focus()
    compose(page, QUESTION)
    page.keyboard.press("Control+Enter")
    consent(page)
    expect(page.locator("#id_instruction")).to_have_value(QUESTION)
    page.click("[data-primary]")
    await_answer(page)
    first = Reference.objects.get()
    expect(page.locator("[data-answer-text]")).to_contain_text(first.text[:6])
    page.click("[data-new]")
    page.fill("#id_instruction", f"practice: hang\n{OTHER_QUESTION}")
    page.keyboard.press("Control+Enter")
    await_fact(page, lambda: Reference.objects.filter(status="streaming").exists(), "the second answer had begun")
    page.click("[data-stop]")
    expect(page.locator("[data-again]")).to_be_visible()
    await_fact(
        page, lambda: Reference.objects.filter(status="interrupted").exists(), "the stopped answer was kept as such"
    )


def order(page: Page, manager: str, vendor: str, guideline: str) -> None:
    """Order one output, the oldest question that is free, and issue the order."""
    sign_in(page, manager, to="/ops/instructions/")
    expect(page.locator("main")).to_contain_text(QUESTION[:12])
    page.goto("/orders/new/")
    page.select_option("#id_vendor", label=vendor)
    page.fill("#id_title", TITLE)
    page.select_option("#id_language", "ja")
    page.fill("#id_quantity", "1")
    page.select_option("#id_guideline_version", label=f"{guideline} (1)")
    page.fill("#id_min_characters", "30")
    page.fill("#id_max_characters", "400")
    page.fill("#id_unit_price", "480")
    page.fill("#id_due_on", "2099-12-31")
    page.click("main form [type=submit]")
    page.click("[data-opens=issue]")
    page.click("#issue [type=submit]")
    expect(page.locator(".messages")).to_contain_text("issued")


def accept_order(page: Page, lead: str) -> None:
    sign_in(page, lead, to="/orders/")
    page.click(f"text={TITLE}")
    page.click("[data-opens=accept]")
    page.click("#accept [type=submit]")
    expect(page.locator(".messages")).to_contain_text("You accepted the order")


def sign_agreement(page: Page, email: str, name: str) -> None:
    """The writer's room sends a newcomer to the agreement; after signing there is work."""
    sign_in(page, email)
    page.click("a:has-text('Read and sign')")
    page.fill("[name=name_as_signed]", name)
    page.check("[name=is_agreed]")
    page.click("main form [type=submit]")
    expect(page.locator(".messages")).to_contain_text("Signed")


def write(page: Page) -> None:
    """Claim, write with an input method, see it saved, reload, and send with the keyboard."""
    page.goto("/work/")
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")
    expect(page.locator("#instruction")).to_have_text(QUESTION)
    page.click("button[value=recorded]")
    expect(page.locator("#text")).to_be_focused()
    for number, line in enumerate(TEXT_LINES):
        if number:
            page.keyboard.press("Enter")
        compose(page, line)
    expect(page.locator("[data-save-state]")).to_have_text(re.compile("^Saved"), timeout=8000)
    page.reload()
    expect(page.locator("#text")).to_have_value(TEXT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#check .check-vow")).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/work/")


def accept_text(page: Page, reviewer: str) -> None:
    """The reviewer reads it and accepts it with one key; the record then carries the seal and holds every rule."""
    sign_in(page, reviewer, to="/review/")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("/review/[0-9a-f-]{36}/"))
    expect(page.locator("main")).to_contain_text(TEXT_LINES[0])
    asked = page.locator("[name^=answer-]").evaluate_all("fields => fields.map(({name}) => name)")
    assert asked == []
    page.keyboard.press("a")
    page.wait_for_url("**/review/")
    expect(page.locator(".desk-undo .seal")).to_be_visible()
    await_fact(page, Review.objects.exists, "the verdict is entered", seconds=30)
    page.reload()
    page.click("tbody th a")
    expect(page.locator("main .seal")).to_be_visible()
    page.get_by_role("link", name="The whole record").click()
    expect(page.locator(".page-head .seal")).to_be_visible()


def export(live: Live, folder: Path) -> dict[str, Any]:
    """Run the command as an operator does, on the site's own database."""
    ran = subprocess.run(
        [sys.executable, "manage.py", "export_clean", "--out", os.fspath(folder), "--json"],
        cwd=ROOT, env=dict(live.environment), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    manifest: dict[str, Any] = json.loads(ran.stdout)
    return manifest


def assert_only_the_human_text(release: Path) -> None:
    lines = [line.decode() for line in lines_of(release)]
    assert len(lines) == 1
    record = json.loads(lines[0])
    assert (record["instruction"], record["output"]) == (QUESTION, TEXT)
    answers = [reference.text for reference in Reference.objects.all()]
    assert len(answers) == 2 and all(answers)
    for answer in answers:
        pieces = (answer[start : start + SHARED] for start in range(len(answer) - SHARED + 1))
        assert not [piece for piece in pieces if piece in record["output"] or piece in lines[0]]
