"""Tables of people and money: organisations, users, agreements, work orders, earnings, statements."""

from vendors.models.access import AccessToken, KeptAnswer, Scope
from vendors.models.agreements import Agreement, Guideline, GuidelineVersion, Signature, SignatureRevocation
from vendors.models.money import BankAccount, Earning, Statement, StatementTransition, Transfer
from vendors.models.orders import OrderVersion, WorkOrder, WorkOrderTransition
from vendors.models.people import Invitation, Membership, Organisation, Role, User

__all__ = [
    "AccessToken",
    "Agreement",
    "BankAccount",
    "Earning",
    "Guideline",
    "GuidelineVersion",
    "Invitation",
    "KeptAnswer",
    "Membership",
    "OrderVersion",
    "Organisation",
    "Role",
    "Scope",
    "Signature",
    "SignatureRevocation",
    "Statement",
    "StatementTransition",
    "Transfer",
    "User",
    "WorkOrder",
    "WorkOrderTransition",
]
