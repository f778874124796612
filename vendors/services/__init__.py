"""Everything that changes people, documents, orders and money."""

from vendors.services.agreements import (
    agreement_publish,
    agreement_sign,
    guideline_publish,
    signature_revoke,
    writer_bar,
)
from vendors.services.amendments import amendment_accept, amendment_decline, amendment_propose
from vendors.services.invitations import invitation_accept, invitation_join, invitation_revoke, invitation_send
from vendors.services.money import earning_correct, earning_record, earning_take_back
from vendors.services.orders import (
    work_order_accept,
    work_order_activate,
    work_order_cancel,
    work_order_close,
    work_order_complete,
    work_order_create,
    work_order_decline,
    work_order_issue,
)
from vendors.services.people import (
    hands_set,
    membership_end,
    membership_start,
    organisation_create,
    organisation_update,
    owner_create,
    user_create,
    user_restore,
    user_suspend,
)
from vendors.services.qualifications import holding_grant, holding_revoke, holding_suspend, qualification_publish
from vendors.services.qualifying import quiz_answer, trial_judge, trial_save
from vendors.services.statements import statement_approve, statement_pay, statement_prepare, statements_prepare
from vendors.services.transfers import (
    bank_account_enter,
    bank_account_open,
    transfer_confirm,
    transfer_discard,
    transfer_make,
    transfer_open,
)

__all__ = [
    "agreement_publish",
    "agreement_sign",
    "amendment_accept",
    "amendment_decline",
    "amendment_propose",
    "bank_account_enter",
    "bank_account_open",
    "earning_correct",
    "earning_record",
    "earning_take_back",
    "guideline_publish",
    "hands_set",
    "holding_grant",
    "holding_revoke",
    "holding_suspend",
    "invitation_accept",
    "invitation_join",
    "invitation_revoke",
    "invitation_send",
    "membership_end",
    "membership_start",
    "organisation_create",
    "organisation_update",
    "owner_create",
    "qualification_publish",
    "quiz_answer",
    "signature_revoke",
    "statement_approve",
    "statement_pay",
    "statement_prepare",
    "statements_prepare",
    "transfer_confirm",
    "transfer_discard",
    "transfer_make",
    "transfer_open",
    "trial_judge",
    "trial_save",
    "user_create",
    "user_restore",
    "user_suspend",
    "work_order_accept",
    "work_order_activate",
    "work_order_cancel",
    "work_order_close",
    "work_order_complete",
    "work_order_create",
    "work_order_decline",
    "work_order_issue",
    "writer_bar",
]
