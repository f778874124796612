"""The door: a text and its task in, remarks out."""

from annotation.proofreading import markdown_checks, sign_checks, task_checks, wording_checks
from annotation.proofreading.prose import without_code
from annotation.proofreading.remarks import Assignment, Remark, first_of_each_kind

MOST_CHARACTERS = 50_000  # longer texts are looked at up to here: nobody waits for remarks on a pasted book


def proofread(text: str, task: Assignment) -> list[Remark]:
    """Return the remarks on a text, in its order; time linear in its length."""
    text = text[:MOST_CHARACTERS]
    prose = without_code(text)
    return first_of_each_kind(
        [
            *task_checks.find(text, prose, task),
            *wording_checks.find(prose, task.language),
            *sign_checks.find(text, prose, task.language),
            *markdown_checks.find(text, prose),
        ]
    )
