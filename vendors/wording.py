"""How amounts and days are said on pages and on paper. Amounts are integer minor units; nothing here makes a float of them."""

from datetime import date

SIGNS = {"JPY": "¥", "USD": "$", "EUR": "€"}
WITHOUT_MINOR = {"JPY", "KRW", "VND"}


def money_text(amount: int, currency: str = "JPY") -> str:
    """¥1,234 for yen, $12.34 for currencies with cents. A minus stands first."""
    sign = "−" if amount < 0 else ""
    mark = SIGNS.get(currency) or f"{currency} "
    if currency in WITHOUT_MINOR:
        return f"{sign}{mark}{abs(amount):,}"
    units, minor = divmod(abs(amount), 100)
    return f"{sign}{mark}{units:,}.{minor:02d}"


def day_text(day: date) -> str:
    """2026年4月1日"""
    return f"{day.year}年{day.month}月{day.day}日"
