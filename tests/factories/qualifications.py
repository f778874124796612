"""Qualifications for tests, through the services."""

from typing import Any

from tests.factories.vendors import make_guideline
from vendors.models import Qualification, User
from vendors.services import qualification_publish

QUESTIONS = [
    {
        "text": "Whose words?",
        "choices": ["One's own", "A model's"],
        "right": [0],
        "explanation": "The guideline says so.",
    },
    {"text": "Which are named?", "choices": ["Sources", "Friends", "Quotes"], "right": [0, 2], "explanation": "Both."},
]
RIGHT = [[0], [2, 0]]
WRONG = [[1], [0]]


def make_qualification(by: User, **terms: Any) -> Qualification:
    """A qualification with a quiz of two questions, both of which have to be right."""
    made = qualification_publish(
        by=by,
        name=terms.pop("name", "Everyday questions"),
        guideline=make_guideline().guideline,
        **{"questions": QUESTIONS, "pass_percent": 100, **terms},
    )
    return made.qualification
