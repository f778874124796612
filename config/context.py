"""What every template may know about this installation."""

from django.conf import settings
from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, object]:
    """`theme`: the paper the visitor chose; `demonstration`: data here is for trying out; `practice`: answers come from the practice provider."""
    theme = request.COOKIES.get("hitode_theme", "")
    return {"theme": theme if theme in ("light", "dark") else "", "demonstration": settings.DEMONSTRATION, "practice": settings.IS_PRACTICE}
