"""What every template may know about this installation."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("light", "dark")


def house(request: HttpRequest) -> dict[str, object]:
    """`theme`: the paper the reader chose, or "" to follow the system; `demonstration`: data here is for trying out;
    `practice`: answers come from the practice provider."""
    theme = request.COOKIES.get("hitode_theme")
    return {
        "theme": theme if theme in THEMES else "",
        "demonstration": settings.DEMONSTRATION,
        "practice": settings.IS_PRACTICE,
    }
