import pytest
from playwright.sync_api import Page, expect

from collection.models import AnswerFeedback, Instruction, Reference
from collection.services.terms import terms_ensure
from collection.texts import example_list
from tests.browser.hands import consent
from tests.browser.pages import NewPage

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "Pythonで単語を数えるコードを書いてください。"


@pytest.fixture
def visitor(new_page: NewPage) -> Page:
    """A Japanese visitor on a narrow screen, at the front page."""
    terms_ensure()
    page = new_page(locale="ja-JP", width=360, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    return page


def ask(page: Page, question: str) -> None:
    page.fill("#id_instruction", question)
    page.click("[data-primary]")
    consent(page)
    page.click("[data-primary]")
    expect(page.locator("[data-new]")).to_be_visible(timeout=20_000)


def test_a_thumb_and_a_reason_are_given_without_leaving_the_page(visitor: Page) -> None:
    ask(visitor, "空はなぜ青いのですか。")
    visitor.click("[data-verdict=down]")
    visitor.click("[data-reason=incomplete]")
    expect(visitor.locator("[data-reason=incomplete]")).to_have_attribute("aria-pressed", "true")
    assert [(one.verdict, one.reason) for one in AnswerFeedback.objects.order_by("pk")] == [
        ("down", ""),
        ("down", "incomplete"),
    ]
    visitor.click("[data-verdict=down]")
    expect(visitor.locator("[data-reasons=down]")).to_be_hidden()
    assert AnswerFeedback.objects.order_by("pk").last().verdict == "none"  # type: ignore[union-attr]
    expect(visitor.locator("[data-answer-text]")).to_be_visible()


def pasted(page: Page) -> str:
    """What a person would paste elsewhere: the site itself may write to the clipboard, and not read it."""
    elsewhere = page.context.new_page()
    elsewhere.set_content("<textarea></textarea>")
    elsewhere.focus("textarea")
    elsewhere.keyboard.press("Control+V")
    text = elsewhere.input_value("textarea")
    elsewhere.close()
    page.bring_to_front()
    return text


def test_the_answer_and_its_code_can_be_copied(visitor: Page) -> None:
    ask(visitor, CODE)
    reference = Reference.objects.get()
    visitor.click("[data-copy]")
    expect(visitor.locator(".toast").first).to_be_visible()
    assert pasted(visitor) == reference.text
    visitor.click(".code-copy")
    expect(visitor.locator(".toast")).to_have_count(2)
    code = pasted(visitor)
    assert code
    assert code in reference.text
    assert code != reference.text


def test_what_streams_is_text_and_only_what_the_server_cleaned_is_html(visitor: Page) -> None:
    visitor.fill("#id_instruction", CODE)
    visitor.press("#id_instruction", "Control+Enter")
    consent(visitor)
    visitor.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
            const output = document.querySelector("[data-answer-text]");
            if (output.classList.contains("is-plain")) window.seen.push(output.children.length);
        }).observe(document.querySelector("[data-answer]"), {subtree: true, childList: true}); }"""
    )
    visitor.press("#id_instruction", "Control+Enter")
    expect(visitor.locator("[data-answer-text] pre.highlight")).to_be_visible(timeout=20_000)
    seen = visitor.evaluate("window.seen")
    assert seen
    assert set(seen) == {0}


def test_an_example_fills_the_form_and_gives_back_what_was_typed(visitor: Page) -> None:
    example = next(one for one in example_list("ja") if one.input)
    visitor.fill("#id_instruction", "書きかけの質問")
    visitor.click(f"[href$='example={example.id}']")
    expect(visitor.locator("#id_instruction")).to_have_value(example.instruction)
    expect(visitor.locator("#id_input")).to_have_value(example.input)
    visitor.click("[data-ask-bring-back]")
    expect(visitor.locator("#id_instruction")).to_have_value("書きかけの質問")
    expect(visitor.locator("#id_input")).to_have_value("")
    visitor.reload()
    expect(visitor.locator("#id_instruction")).to_have_value("書きかけの質問")
    assert not Instruction.objects.exists()


def test_escape_stops_the_answer(visitor: Page) -> None:
    ask(visitor, "空はなぜ青いのですか。")
    visitor.click("[data-new]")
    visitor.fill("#id_instruction", "practice: slow\n海はなぜ青いのですか。")
    visitor.press("#id_instruction", "Control+Enter")
    expect(visitor.locator("[data-stop]")).to_be_visible()
    visitor.wait_for_timeout(300)
    visitor.keyboard.press("Escape")
    expect(visitor.locator("[data-again]")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/progress/"])
@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_nothing_stands_out_sideways_on_a_narrow_screen(new_page: NewPage, path: str, locale: str) -> None:
    terms_ensure()
    page = new_page(locale=locale, width=360)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
