"""What of the public side may be seen, and by whom. Text of a model leaves here only towards the person who asked for it."""

from collection.selectors.feedback import feedback_counts, feedback_newest
from collection.selectors.imports import import_get, import_list, import_statuses
from collection.selectors.instructions import (
    SCREENING_ROLES,
    findings_current,
    instruction_get_for,
    instruction_held_next_for,
    instruction_list_for,
    instruction_status_counts_for,
    screening_queue_count,
)
from collection.selectors.own_data import own_data, own_instruction_get, own_instruction_list
from collection.selectors.partners import partner_key_list
from collection.selectors.progress import collected_tally, screened_tally
from collection.selectors.spending import cap_get, day_key, site_switch
from collection.selectors.terms import (
    consent_counts_by_terms,
    consent_in_force,
    consent_newest,
    participant_get,
    terms_draft,
    terms_in_force,
    terms_published_get,
    terms_published_list,
)
from collection.selectors.withdrawals import LICENCE_REVOKED, Tombstone, withdrawal_list

__all__ = [
    "LICENCE_REVOKED",
    "SCREENING_ROLES",
    "Tombstone",
    "cap_get",
    "collected_tally",
    "consent_counts_by_terms",
    "consent_in_force",
    "consent_newest",
    "day_key",
    "feedback_counts",
    "feedback_newest",
    "findings_current",
    "import_get",
    "import_list",
    "import_statuses",
    "instruction_get_for",
    "instruction_held_next_for",
    "instruction_list_for",
    "instruction_status_counts_for",
    "own_data",
    "own_instruction_get",
    "own_instruction_list",
    "participant_get",
    "partner_key_list",
    "screened_tally",
    "screening_queue_count",
    "site_switch",
    "terms_draft",
    "terms_in_force",
    "terms_published_get",
    "terms_published_list",
    "withdrawal_list",
]
