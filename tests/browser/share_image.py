"""Draws the images that other sites show beside a link to this one: `python -m tests.browser.share_image`."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import chromium_flags, ensure_chromium

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "config" / "static" / "config"
MARK = ROOT / "config" / "templates" / "parts" / "mark.svg"
SIZE = {"width": 1200, "height": 630}
WORDS = {
    "ja": ("GPT-4 を無料で", "機械に尋ねる。<br>人も、答える。", "人の手で書かれた、開かれた指示データをつくる"),
    "en": ("GPT-4, free of charge", "Ask a machine.<br>People will answer, too.", "An open dataset, written by hand"),
}
PAGE = """<!doctype html><html lang="{language}" data-theme="light"><meta charset="utf-8"><style>{tokens}
html {{ color-scheme: light; }}
body {{ display: grid; grid-template-columns: 1fr 300px; align-items: center; gap: 40px; box-sizing: border-box; width: 1200px;
  height: 630px; margin: 0; padding: 70px 80px; background: #f7f2ea; color: #24201b; font-family: var(--font-text, sans-serif); }}
.mark {{ width: 300px; color: #ad3a18; transform: rotate(-8deg); }}
p {{ margin: 0; }}
.eyebrow {{ color: #ad3a18; font-size: 30px; font-weight: 700; }}
h1 {{ margin: 22px 0 34px; font-family: var(--font-display, serif); font-size: {size}px; font-weight: 600; line-height: 1.28; }}
.foot {{ color: #5c544a; font-size: 28px; }}
.brand {{ margin-top: 44px; font-family: var(--font-display, serif); font-size: 34px; font-weight: 600; }}
.brand span {{ color: #6f665b; font-size: 26px; font-weight: 400; }}
</style><div><p class="eyebrow">{eyebrow}</p><h1>{title}</h1><p class="foot">{foot}</p>
<p class="brand">Hitode <span lang="ja">人手</span></p></div>{mark}</html>"""


def draw() -> list[Path]:
    """Write one image for each language and say where they are."""
    drawn = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=chromium_flags())
        page = browser.new_page(viewport=SIZE)
        for language, (eyebrow, title, foot) in WORDS.items():
            tokens = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
            size = 76 if language == "ja" else 56
            mark = MARK.read_text(encoding="utf-8")
            page.set_content(
                PAGE.format(
                    language=language, tokens=tokens, size=size, eyebrow=eyebrow, title=title, foot=foot, mark=mark
                )
            )
            path = STATIC / "img" / f"share-{language}.png"
            page.screenshot(path=path)
            drawn.append(path)
        browser.close()
    return drawn


if __name__ == "__main__":
    for path in draw():
        print(path.relative_to(ROOT))
