"""Finds instructions that nobody could write a lasting output for: empty, only an address, in need of today's news, or aimed at
whoever writes instead of at the matter."""

import re
from collections import Counter

from collection.screening.findings import Finding, text_fold

VERSION = 2
# Shorter than this, and without an input to work on, there is no task in it. "要約して" has four.
SHORTEST_CHARACTERS = 4
_URL_ONLY = re.compile(r"\s*(?:https?://|www\.)\S+\s*", re.IGNORECASE)
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


# Orders about how the writer works, about the rules of the house, or to leave for another place.
_INJECTION = re.compile(
    r"(?:これまで|上記|以前|今まで|すべて)の?(?:指示|命令|ルール|規則|ガイドライン)(?:を|は)(?:すべて|全て|全部)?(?:無視|忘れ)"
    r"|(?:chat ?gpt|gpt-?[345]|claude|gemini|copilot|(?:生成|対話型) ?ai)(?:に|で|を使って)(?:聞|訊|尋|書か|作ら|回答さ|生成|出力|貼)"
    r"|(?:システム|system) ?(?:プロンプト|prompt)(?:を|の)?(?:表示|出力|教え|開示|内容)"
    r"|(?:ライター|書き手|作業者|アノテーター|検収者|レビュアー)(?:の方|さん)?(?:は|へ|に)[^。\n]{0,30}(?:連絡|送金|登録|クリック|アクセス|入力)"
    r"|(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:the |your )?(?:previous|prior|above|earlier) (?:instructions?|rules?|guidelines?)"
    r"|(?:use|ask|paste (?:this|it) into) (?:chat ?gpt|gpt-?[345]|claude|gemini|copilot)"
    r"|(?:reveal|print|show|repeat) (?:me )?(?:your|the) system prompt"
    r"|you are now (?:dan|in developer mode|jailbroken)",
    re.IGNORECASE,
)
_NOW_JA = r"(?:今日|本日|今朝|今夜|今週|今月|明日|昨日|現在|現時点|いま|今の|最新|直近|リアルタイム)"
_NEWS_JA = (
    r"(?:天気|気温|降水|株価|終値|為替|ドル円|(?:為替)?レート|相場|ニュース|出来事|順位|試合|スコア|値段|価格|運行|渋滞|混雑|在庫|占い|運勢"
    r"|何曜日|何日|何時|日付|総理|首相|大統領)"
)
_NOW_EN = r"(?:today|tonight|right now|currently|current|latest|live|this week|yesterday|tomorrow|as of now)"
_NEWS_EN = r"(?:weather|temperature|forecast|stock price|share price|exchange rate|news|headlines|scores?|standings|price of|what time|the date|traffic)"
_CURRENT = re.compile(
    rf"{_NOW_JA}[^。\n]{{0,12}}{_NEWS_JA}"
    rf"|(?<![A-Za-z]){_NOW_EN}(?:'s)?[^.\n]{{0,30}}(?<![A-Za-z]){_NEWS_EN}(?![A-Za-z])"
    rf"|(?<![A-Za-z]){_NEWS_EN}(?![A-Za-z])[^.\n]{{0,30}}(?<![A-Za-z]){_NOW_EN}(?![A-Za-z])",
    re.IGNORECASE,
)


def find(text: str, *, has_input: bool = False) -> list[Finding]:
    """What is wrong with the request as a whole, or else the passages that make it unfit for a writer.

    A text that was handed in to be worked on does not make a request for today's data.
    """
    stripped = text.strip()
    if not _LETTER_OR_DIGIT.search(stripped):
        return [Finding("quality.empty", "reject", 0, len(text))]
    if len(stripped) < SHORTEST_CHARACTERS and not has_input:
        return [Finding("quality.short", "reject", 0, len(text))]
    if _URL_ONLY.fullmatch(text):
        return [Finding("quality.url_only", "reject", 0, len(text))]
    if len(stripped) >= 20 and Counter(stripped).most_common(1)[0][1] > 0.8 * len(stripped):
        return [Finding("quality.repeated", "reject", 0, len(text))]
    found = _passages(text, _INJECTION, "quality.injection")
    return found if has_input else found + _passages(text, _CURRENT, "quality.current")


def find_in_input(text: str) -> list[Finding]:
    """A text to work on may say anything, but not give the writer orders."""
    return _passages(text, _INJECTION, "quality.injection")


def _passages(text: str, pattern: re.Pattern[str], check_id: str) -> list[Finding]:
    """A hold for each passage that the pattern finds in the folded text."""
    folded = text_fold(text)
    return [Finding(check_id, "hold", *folded.span(*match.span())) for match in pattern.finditer(folded.text)]
