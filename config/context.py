"""What every template may know about this installation."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from config.access import seat_of
from config.doors import doors_of, footer_links, security_links

THEMES = ("light", "dark")


def house(request: HttpRequest) -> dict[str, object]:
    """`theme`: the paper the reader chose, or "" to follow the system; `demonstration`: data here is for trying out;
    `practice`: answers come from the practice provider; `doors`: the navigation, worked out when a page draws it;
    `footer_links`: what stands at its foot; `security_links`: the tabs beside those of signing in;
    `role_label`: the person's roles in words."""
    theme = request.COOKIES.get("hitode_theme")
    return {
        "theme": theme if theme in THEMES else "",
        "demonstration": settings.DEMONSTRATION,
        "practice": settings.IS_PRACTICE,
        "doors": SimpleLazyObject(lambda: doors_of(request)),
        "footer_links": SimpleLazyObject(footer_links),
        "security_links": SimpleLazyObject(lambda: security_links(request)),
        "role_label": SimpleLazyObject(lambda: _role_label(request)),
    }


def _role_label(request: HttpRequest) -> str:
    seat = seat_of(request) if hasattr(request, "user") else None
    return seat.role_label if seat else ""
