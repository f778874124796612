"""The words in which a participant reads what became of a question; the operator's words are with the statuses."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# To a participant a rejection is no reproach: most are repeats, or need today's data.
_OWN_STATUSES: dict[str, tuple[str, Promise]] = {
    "received": ("received", _("not looked over yet")),
    "screened": ("received", _("being looked over")),
    "held": ("received", _("being looked over")),
    "eligible": ("eligible", _("may join the dataset")),
    "rejected": ("plain", _("will not be used")),
    "withdrawn": ("withdrawn", _("taken back")),
}


def own_status(status: str) -> tuple[str, Promise]:
    """The tone and the words."""
    return _OWN_STATUSES[status]
