"""A browser by its name, where people look for their own among the places where they are signed in."""

import re

from django import template

register = template.Library()

# The first that is found counts: most browsers name the ones that they descend from as well.
BROWSERS = {
    "Edge": r"Edg(e|A|iOS)?/",
    "Opera": r"OPR/",
    "Samsung Internet": r"SamsungBrowser/",
    "Firefox": r"Firefox/|FxiOS/",
    "Chrome": r"Chrome/|CriOS/",
    "Safari": r"Version/.*Safari/",
}
SYSTEMS = {
    "Android": r"Android",
    "iPhone": r"iPhone",
    "iPad": r"iPad",
    "Windows": r"Windows",
    "macOS": r"Macintosh",
    "ChromeOS": r"CrOS",
    "Linux": r"Linux",
}


@register.filter
def browser_name(user_agent: str) -> str:
    """`{{ session.user_agent|browser_name }}`: browser and system, such as “Firefox · Windows”.

    A program that says something else is shown by what it says, 60 characters at most.
    """
    found = [_first(names, user_agent) for names in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) if found[0] else user_agent[:60] or "—"


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for name, sign in names.items() if re.search(sign, user_agent)), "")
