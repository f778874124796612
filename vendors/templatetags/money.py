"""How amounts look. They are integer minor units; nothing here makes a float of them."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

register = template.Library()

SIGNS = {"JPY": "¥", "USD": "$", "EUR": "€"}
WITHOUT_MINOR = {"JPY", "KRW", "VND"}


@register.filter
def money(amount: int, currency: str = "JPY") -> str:
    """`{{ amount|money:currency }}`: ¥1,234 for yen, $12.34 for currencies with cents. A minus stands first."""
    sign = "−" if amount < 0 else ""
    mark = SIGNS.get(currency) or f"{currency} "
    if currency in WITHOUT_MINOR:
        return f"{sign}{mark}{intcomma(abs(amount), use_l10n=False)}"
    units, minor = divmod(abs(amount), 100)
    return f"{sign}{mark}{intcomma(units, use_l10n=False)}.{minor:02d}"
