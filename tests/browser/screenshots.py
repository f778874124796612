"""Takes the pictures of the README from a demonstration of its own: `python -m tests.browser.screenshots`."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from config.engines import ensure_engines
from tests.browser.chromium import chromium_flags, ensure_chromium

IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
SIZE = {"width": 1440, "height": 900}
LANGUAGES = {"en": "", "ja": ".ja"}
# Questions to which the practice provider has a fitting answer.
QUESTIONS = {
    "en": "How does parallel processing work? Please explain it to a cook.",
    "ja": "地球の海に満潮と干潮があるのはなぜか、科学の言葉で短く教えてください。",
}


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demonstration_site() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=chromium_flags())
        for language, suffix in LANGUAGES.items():
            for name, arrive in SCENES.items():
                context = browser.new_context(base_url=url, locale=language, viewport=SIZE, reduced_motion="reduce")  # type: ignore[arg-type]
                page = context.new_page()
                context.add_cookies([{"name": "django_language", "value": language, "url": url}])
                arrive(page, language)
                page.wait_for_load_state("networkidle")
                file = IMAGES / f"{name}{suffix}.png"
                page.screenshot(path=file)
                print(f"{file.relative_to(IMAGES.parent.parent)}: {file.stat().st_size // 1000} kB")
                context.close()
        browser.close()


@contextmanager
def demonstration_site() -> Iterator[str]:
    """The address of a site with the demonstration on a database of its own, which is gone afterwards."""
    var = Path(tempfile.mkdtemp(prefix="hitode-pictures."))
    os.environ.update(
        HITODE_VAR=str(var), HITODE_ENV_FILE=os.devnull, HITODE_ENGINE_FAST="1", DJANGO_SETTINGS_MODULE="tests.settings"
    )
    for name in ("DATABASE_URL", "EXPORT_DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    ensure_engines()

    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tests.live import live_stack

    try:
        call_command("migrate", verbosity=0)
        call_command("compile_translations", verbosity=0)
        call_command("seed_demo", verbosity=0)
        with live_stack(database=settings.DATABASES["default"]["NAME"]) as live:
            yield live.url
    finally:
        shutil.rmtree(var, ignore_errors=True)


def sign_in(page: Page, email: str, room: str) -> None:
    from annotation.demonstration import PASSWORD
    from tests.browser import hands

    hands.sign_in(page, email, to=room, password=PASSWORD)


def public(page: Page, language: str) -> None:
    """A question and its whole answer."""
    from tests.browser.hands import await_answer, consent

    page.goto("/")
    page.fill("#id_instruction", QUESTIONS[language])
    page.click("[data-primary]")
    consent(page)
    page.click("[data-primary]")
    await_answer(page)


def editor(page: Page, language: str) -> None:
    """A text half written."""
    sign_in(page, "saso@yunagi.example", "/work/")
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")


def review_desk(page: Page, language: str) -> None:
    """The oldest text that waits."""
    sign_in(page, "orihara@hitode.example", "/review/")
    page.keyboard.press("n")
    page.wait_for_url("**/review/*-*/")


def dashboard(page: Page, language: str) -> None:
    sign_in(page, "arima@hitode.example", "/ops/")


SCENES: dict[str, Callable[[Page, str], None]] = {
    "public": public,
    "editor": editor,
    "review-desk": review_desk,
    "dashboard": dashboard,
}

if __name__ == "__main__":
    sys.exit(main())
