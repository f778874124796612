"""One order from the wizard to a paid statement, in a real browser, as operator, lead, writer and finance."""

import re
from datetime import date, timedelta

import pgtrigger
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation.models import Submission
from tests.browser.hands import await_fact, compose, sign_in
from tests.browser.pages import NewPage
from tests.cast import cast
from tests.factories.annotation import make_instructions
from tests.factories.records import make_acceptance, make_moderation
from tests.factories.vendors import make_guideline
from vendors.models import Earning, Statement, WorkOrder
from vendors.selectors import month_of_receipt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

ACCOUNT = {
    "bank_code": "0310", "bank_name": "アオゾラ", "branch_code": "101", "branch_name": "ホウジン", "number": "7654321",
    "holder": "カ）カエデシツピツシヤ",
}  # fmt: skip


def account_enter(page: Page, **more: str) -> None:
    for name, value in {**ACCOUNT, **more}.items():
        page.fill(f"[name={name}]", value)
    page.click("main form [type=submit]")
    expect(page.get_by_text("The bank account is saved, encrypted.")).to_be_visible()


def two_months_pass() -> date:
    """Let what was received today have been received in the month before last; returns that month."""
    received_at = timezone.now() - timedelta(days=62)
    with pgtrigger.ignore("vendors.Earning:append_only"):
        Earning.objects.update(received_at=received_at, month=month_of_receipt(received_at))
    return month_of_receipt(received_at)


def weekday() -> str:
    day = timezone.localdate() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.isoformat()


def test_an_order_goes_from_the_wizard_to_a_paid_statement(new_page: NewPage) -> None:
    people = cast()
    make_guideline(name="Plain answers")
    make_instructions(3)

    operator = new_page()
    sign_in(operator, people.minato.email, to="/orders/new/")
    expect(operator.locator("[data-supply]")).to_have_text("3")  # before anything is filled in
    operator.select_option("[name=vendor]", str(people.kaede.pk))
    operator.fill("[name=title]", "Fish, and how to choose it")
    operator.select_option("[name=guideline_version]", label="Plain answers (1)")
    operator.fill("[name=quantity]", "1")
    operator.select_option("[name=price_kind]", "character")
    operator.fill("[name=unit_price]", "150")
    operator.fill("[name=price_floor]", "300")
    operator.fill("[name=price_cap]", "2000")
    operator.fill("[name=due_on]", (timezone.localdate() + timedelta(days=20)).isoformat())
    expect(operator.locator("[data-supply]")).to_have_text("3")
    expect(operator.locator("[data-cost]")).to_have_text("¥2,000")
    operator.get_by_role("button", name="Save the draft").click()
    operator.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}/$"))
    operator.get_by_role("button", name="Issue").first.click()
    operator.locator("dialog[open]").get_by_role("button", name="Issue").click()
    expect(operator.get_by_role("link", name="Order document")).to_be_visible()
    order = WorkOrder.objects.get()

    lead = new_page()
    sign_in(lead, people.luna.email, to="/orders/")
    lead.get_by_role("link", name=re.compile("Fish")).click()
    lead.get_by_role("link", name="Order document").click()
    expect(lead.get_by_text("報酬の額", exact=True)).to_be_visible()
    pdf = lead.request.get(f"{lead.url}pdf/")
    assert pdf.ok and pdf.body().startswith(b"%PDF")
    lead.goto(f"/orders/{order.public_id}/")
    lead.get_by_role("button", name="Accept the order").first.click()
    lead.locator("dialog[open]").get_by_role("button", name="Accept the order").click()
    expect(lead.get_by_text("You accepted the order.")).to_be_visible()
    lead.goto("/statements/")
    lead.get_by_role("link", name="Bank account").click()
    account_enter(lead)

    writer = new_page()
    sign_in(writer, people.wataru.email)
    writer.keyboard.press("n")
    writer.wait_for_url("**/work/tasks/**")
    expect(writer.locator("#text")).to_be_focused()
    compose(writer, "朝の市場では、まず魚の目を見ます。澄んでいれば、その日の昼まで味が落ちません。")
    expect(writer.locator("[data-save-state]")).to_have_text(re.compile("^Saved"), timeout=8000)
    writer.keyboard.press("Control+Enter")
    expect(writer.locator("#check")).to_be_visible()
    writer.keyboard.press("Control+Enter")
    await_fact(writer, Submission.objects.exists, "the text was sent")
    writer.wait_for_url("**/work/")
    submission = Submission.objects.get()
    make_moderation(submission)
    make_acceptance(submission, people.ren)
    assert Earning.objects.get().amount == 300  # the floor: it is a short text
    writer.goto("/earnings/")
    expect(writer.locator("main").get_by_text("¥300").first).to_be_visible()
    month = two_months_pass()

    finance = new_page()
    sign_in(finance, people.fumi.email, to="/transfers/")
    finance.get_by_role("link", name="Our bank account").click()
    account_enter(finance, client_code="0123456789")
    finance.goto("/statements/")
    expect(finance.get_by_text("To be paid soon")).to_be_visible()
    finance.goto(f"/statements/{people.kaede.public_id}/{month.year}-{month.month}/")
    finance.get_by_role("button", name="Make the statement").click()
    finance.get_by_role("button", name="Approve").click()
    expect(finance.get_by_role("link", name="PDF")).to_be_visible()
    finance.goto("/transfers/")
    finance.fill("[name=pay_on]", weekday())
    finance.get_by_role("button", name="Make the file").click()
    with finance.expect_download() as download:
        finance.get_by_role("link", name="Download").click()
    assert b"0000000330" in download.value.path().read_bytes()  # 300 and ten per cent
    finance.get_by_role("button", name="The bank paid").click()
    expect(finance.get_by_text("The transfer is confirmed")).to_be_visible()

    lead.goto(f"/statements/{people.kaede.public_id}/{month.year}-{month.month}/")
    expect(lead.locator(".page-head").get_by_text("Paid")).to_be_visible()
    assert lead.request.get(f"{lead.url}pdf/").body().startswith(b"%PDF")
    assert Statement.objects.get().total_amount == 330
