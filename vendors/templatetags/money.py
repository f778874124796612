"""How amounts look on pages."""

from django import template

from vendors.wording import money_text

register = template.Library()


@register.filter
def money(amount: int, currency: str = "JPY") -> str:
    """`{{ amount|money:currency }}`: see `money_text`."""
    return money_text(amount, currency)
