"""The server's own copies of a draft, as its writer looks through them."""

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import Draft, DraftRevision
from config.errors import NotFound


@dataclass(frozen=True, slots=True)
class Earlier:
    """One copy, and the draft as it is now."""

    copy: DraftRevision
    draft: Draft

    @property
    def is_present(self) -> bool:
        """Whether it is what the draft says now."""
        return self.copy.text == self.draft.text


def revision_list_of(draft: Draft) -> QuerySet[DraftRevision]:
    """Return the copies that still have their text, newest first, without it."""
    return DraftRevision.objects.filter(draft=draft).exclude(text="").defer("text").order_by("-revision")


def revision_get_of(draft: Draft, revision: int) -> Earlier:
    """Return one of them with its text. Raises NotFound."""
    found = DraftRevision.objects.filter(draft=draft, revision=revision).exclude(text="").first()
    if found is None:
        raise NotFound()
    return Earlier(found, draft)
