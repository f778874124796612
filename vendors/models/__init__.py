"""Tables of people and money: organisations, users, agreements, work orders, earnings, statements."""

from vendors.models.access import AccessToken, KeptAnswer, Scope
from vendors.models.agreements import Agreement, Guideline, GuidelineVersion, Signature, SignatureRevocation
from vendors.models.letters import Letter
from vendors.models.money import BankAccount, Earning, Statement, StatementTransition, Transfer
from vendors.models.orders import OrderVersion, WorkOrder, WorkOrderTransition
from vendors.models.people import Competence, Invitation, Membership, Organisation, Role, User
from vendors.models.qualifications import (
    Holding,
    HoldingTransition,
    Qualification,
    QualificationVersion,
    QuizAttempt,
    Trial,
)
from vendors.models.webhooks import Delivery, Event, Webhook

__all__ = [
    "AccessToken",
    "Agreement",
    "BankAccount",
    "Competence",
    "Delivery",
    "Earning",
    "Event",
    "Guideline",
    "GuidelineVersion",
    "Holding",
    "HoldingTransition",
    "Invitation",
    "KeptAnswer",
    "Letter",
    "Membership",
    "OrderVersion",
    "Organisation",
    "Qualification",
    "QualificationVersion",
    "QuizAttempt",
    "Role",
    "Scope",
    "Signature",
    "SignatureRevocation",
    "Statement",
    "StatementTransition",
    "Transfer",
    "Trial",
    "User",
    "Webhook",
    "WorkOrder",
    "WorkOrderTransition",
]
