"""Who may enter which of the operator's rooms."""

from collection.selectors import SCREENING_ROLES
from config.access import role_required

screening_room = role_required(*SCREENING_ROLES)
terms_writers = role_required("owner", "manager")
status_readers = role_required("owner", "manager")
