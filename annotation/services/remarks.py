"""Leaving a remark be, looking at all of them again, and what is kept of a pasted passage."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from annotation.models import Draft, PastedPassage, RemarkDismissal, Task
from annotation.proofreading.task_checks import COPIED_RUN
from annotation.services.drafts import text_clean, text_sha256
from config.errors import BadInput, NotFound
from vendors.models import User

KEY_MAX_CHARACTERS = 80
MOST_PASTED = 50
PASTED_MAX_CHARACTERS = 4000
SOURCE_MAX_CHARACTERS = 300


def remark_dismiss(*, writer: User, task: Task, key: str) -> None:
    """Do not show this remark on the writer's draft again while its passage stays as it is. Safe to run twice."""
    draft = _draft(writer, task)
    RemarkDismissal.objects.bulk_create(
        [RemarkDismissal(draft=draft, key=key[:KEY_MAX_CHARACTERS])], ignore_conflicts=True
    )


def remarks_restore(*, writer: User, task: Task) -> None:
    """Show every remark on the writer's draft again."""
    RemarkDismissal.objects.filter(draft=_draft(writer, task)).delete()


def pasted_keep(*, writer: User, task: Task, texts: Sequence[str]) -> None:
    """Keep what came into the draft from elsewhere: the first `MOST_PASTED` passages of it. Safe to run twice."""
    cleaned = [text_clean(text).strip()[:PASTED_MAX_CHARACTERS] for text in texts[:MOST_PASTED]]
    kept = [text for text in cleaned if len(text) >= COPIED_RUN]
    if not kept:
        return
    draft = _draft(writer, task)
    room = max(0, MOST_PASTED - PastedPassage.objects.filter(draft=draft).count())
    rows = [PastedPassage(draft=draft, text=text, text_sha256=text_sha256(text)) for text in kept[:room]]
    PastedPassage.objects.bulk_create(rows, ignore_conflicts=True)


def pasted_name(*, writer: User, task: Task, pasted: int, source: str) -> None:
    """Say where a passage comes from. Raises NotFound, or BadInput without a source."""
    named = text_clean(source).strip()[:SOURCE_MAX_CHARACTERS]
    if not named:
        raise BadInput(_("Say where the passage comes from: a title, an author or an address."), field="source")
    if not PastedPassage.objects.filter(pk=pasted, draft=_draft(writer, task)).update(source=named):
        raise NotFound()


def _draft(writer: User, task: Task) -> Draft:
    draft = Draft.objects.filter(task=task, writer=writer).first()
    if draft is None:
        raise NotFound()
    return draft
