"""Care before sending, coming back with a code, and the screening queue by keys, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from collection.models import Instruction, Redaction
from collection.services.terms import terms_ensure
from collection.states import InstructionStatus
from tests.browser.hands import await_answer, await_fact, consent, sign_in
from tests.browser.pages import NewPage
from tests.cast import cast
from tests.factories.collection import make_finding, make_instruction, make_reference

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "090-1234-5678"
PERSONAL = f"電話は{PHONE}です。お礼の文章を書いてください。"
ALLOWED_COOKIES = {"hitode_participant", "csrftoken"}


def held(text: str = PERSONAL) -> Instruction:
    row = make_instruction(instruction=text, status=InstructionStatus.HELD)
    if PHONE in text:
        start = text.index(PHONE)
        make_finding(row, check_id="personal.phone", field="instruction", start=start, end=start + len(PHONE))
    make_finding(row, check_id="moderation.passed", severity="note")
    return row


@pytest.fixture
def screener(new_page: NewPage) -> Page:
    """A reviewer of the operator, signed in."""
    terms_ensure()
    people = cast()
    page = new_page()
    sign_in(page, people.ren.email, to="/ops/instructions/")
    return page


def test_a_visitor_is_asked_before_personal_data_is_sent(new_page: NewPage) -> None:
    terms_ensure()
    page = new_page(locale="ja-JP", width=360)
    page.goto("/")
    page.fill("#id_instruction", PERSONAL)
    page.click("[data-primary]")
    box = page.locator("[data-care]")
    expect(box).to_contain_text(PHONE)
    page.click("[data-care-change]")
    expect(box).to_be_hidden()
    page.click("[data-primary]")
    page.click("[data-care-send]")
    consent(page)
    expect(page.locator("#id_instruction")).to_have_value(PERSONAL)
    page.fill("#id_instruction", "お礼の文章を書いてください。")
    page.click("[data-primary]")
    await_answer(page)
    assert Instruction.objects.get().instruction == "お礼の文章を書いてください。"


def test_a_question_that_was_looked_at_while_it_was_typed_is_sent_by_one_click(new_page: NewPage) -> None:
    """The look is answered before the click: then nothing is to be waited for, and the click must not be lost."""
    terms_ensure()
    page = new_page(locale="ja-JP", width=360)
    page.goto("/welcome/")
    consent(page)
    with page.expect_response("**/ask/check/"):
        page.fill("#id_instruction", "お礼の文章を書いてください。")
    page.wait_for_load_state("networkidle")
    page.click("[data-primary]")
    await_answer(page)


def test_the_question_about_personal_data_moves_nothing_and_takes_no_second_click(new_page: NewPage) -> None:
    """The second click of a double click must not send what was just asked about."""
    terms_ensure()
    page = new_page(locale="ja-JP", width=360)
    page.goto("/welcome/")
    consent(page)
    page.fill("#id_instruction", PERSONAL)
    button = page.locator("[data-primary]")
    button.scroll_into_view_if_needed()
    before = button.bounding_box()
    page.evaluate(
        """() => {
            const box = document.querySelector("[data-care]");
            const second = () => box.querySelector("[data-care-send]").dispatchEvent(
                new MouseEvent("click", {bubbles: true, detail: 2}));
            new MutationObserver(() => box.open && second()).observe(box, {attributes: true});
        }"""
    )
    button.click()
    expect(page.locator("[data-care]")).to_be_visible()
    assert button.bounding_box() == before
    page.keyboard.press("Escape")
    expect(page.locator("[data-care]")).to_be_hidden()
    expect(page.locator("#id_instruction")).to_be_focused()
    assert not Instruction.objects.exists()


def test_a_code_opens_ones_data_in_another_browser_and_no_other_cookie_is_set(new_page: NewPage) -> None:
    terms_ensure()
    first, second = new_page(locale="ja-JP", width=360), new_page()
    first.goto("/welcome/")
    consent(first)
    first.fill("#id_instruction", "私だけの質問です。")
    first.click("[data-primary]")
    await_answer(first)
    first.goto("/my-data/")
    first.click("details.confirm summary >> nth=0")
    first.click("form[action$='/code/'] [type=submit]")
    code = first.locator(".recovery-code").inner_text()
    second.goto("/my-data/recover/")
    second.fill("[name=code]", code.lower().replace("-", " "))
    second.click("main [type=submit]")
    expect(second.locator("main")).to_contain_text("私だけの質問です。")
    second.click(".own-list summary")
    second.click(".own-list [type=submit]")
    expect(second.locator("[role=status]").first).to_be_visible()
    first.goto("/my-data/")
    expect(first.locator("main")).not_to_contain_text("私だけの質問です。")
    for page in (first, second):
        assert {cookie["name"] for cookie in page.context.cookies()} <= ALLOWED_COOKIES  # type: ignore[typeddict-item]


def test_a_held_text_is_redacted_and_let_through_by_keys_and_the_next_is_there(screener: Page) -> None:
    first, second = held(), held("二つ目の文章です。判断をお願いします。")
    answer = make_reference(first, text=f"{PHONE} へのお礼ですね。")
    screener.goto("/ops/instructions/queue/")
    expect(screener.locator("mark")).to_have_text(PHONE)
    screener.keyboard.press("x")
    expect(screener.locator("[data-text=instruction]")).to_contain_text("〔電話番号〕")
    answer.refresh_from_db()
    assert PHONE not in answer.text
    screener.keyboard.press("a")
    expect(screener.locator("[data-text=instruction]")).to_contain_text("二つ目の文章です。")
    assert screener.url.endswith(f"/{second.public_id}/")
    await_fact(screener, lambda: Instruction.objects.get(pk=first.pk).status == "eligible", "the first was let through")
    screener.keyboard.press("r")
    screener.keyboard.type("誰かの名前がある")
    screener.click("[data-decide] [value=reject]")
    await_fact(screener, lambda: Instruction.objects.get(pk=second.pk).status == "rejected", "the second was rejected")


def test_any_passage_that_is_marked_in_the_text_can_be_redacted(screener: Page) -> None:
    row = held("𠮷野家の太郎さんの癖について書いてください。")
    screener.goto(f"/ops/instructions/{row.public_id}/")
    screener.evaluate(
        """() => {
            const text = document.querySelector("[data-text=instruction]").firstChild;
            const at = text.data.indexOf("太郎さん");
            getSelection().setBaseAndExtent(text, at, text, at + 4);
        }"""
    )
    expect(screener.locator("[data-redact-selection]")).to_be_visible()
    screener.keyboard.press("x")
    expect(screener.locator("[data-text=instruction]")).to_contain_text("𠮷野家の〔伏せ字〕の癖について")
    assert Redaction.objects.get().start == 4


def test_a_refused_decision_says_why_and_stays(screener: Page) -> None:
    row = make_instruction(instruction="まだ判定されていない文章です。", status=InstructionStatus.HELD)
    screener.goto(f"/ops/instructions/{row.public_id}/")
    screener.keyboard.press("a")
    expect(screener.locator("[data-refused]")).to_contain_text("Moderation has not passed this text yet")
