"""Tables of people and money: organisations, users, agreements, work orders, earnings, statements."""

from vendors.models.agreements import Agreement, Guideline, GuidelineVersion, Signature, SignatureRevocation
from vendors.models.money import BankAccount, Earning, Statement, StatementTransition, Transfer
from vendors.models.orders import OrderVersion, WorkOrder, WorkOrderTransition
from vendors.models.people import Invitation, Membership, Organisation, Role, User

__all__ = [
    "Agreement",
    "BankAccount",
    "Earning",
    "Guideline",
    "GuidelineVersion",
    "Invitation",
    "Membership",
    "OrderVersion",
    "Organisation",
    "Role",
    "Signature",
    "SignatureRevocation",
    "Statement",
    "StatementTransition",
    "Transfer",
    "User",
    "WorkOrder",
    "WorkOrderTransition",
]
