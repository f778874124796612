"""The shapes of orders and money as the API gives them, and pages of any shape."""

from functools import cache
from typing import Any

from rest_framework import serializers

from vendors.models import Earning, Scope, Statement, WorkOrder
from vendors.prices import PriceKind
from vendors.states import StatementStatus, WorkOrderStatus

Shape = type[serializers.BaseSerializer[Any]]


@cache
def page_of(shape: Shape) -> Shape:
    """The shape of a page of a list."""
    fields: dict[str, Any] = {
        "results": shape(many=True),
        "next": serializers.URLField(allow_null=True, help_text="The address of the next page, or null."),
        "previous": serializers.URLField(allow_null=True, help_text="The address of the page before, or null."),
    }
    return type(f"{shape.__name__}Page", (serializers.Serializer,), fields)


class OrganisationName(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()


class Me(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="user.public_id")
    name = serializers.CharField(source="user.name")
    organisation = OrganisationName()
    roles = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    token = serializers.CharField(allow_null=True, help_text="The name of the token, or null for a session.")


class OrderProgress(serializers.Serializer[Any]):
    waiting = serializers.IntegerField()
    delivered = serializers.IntegerField()
    accepted = serializers.IntegerField()
    total = serializers.IntegerField()

    def get_attribute(self, order: WorkOrder) -> Any:
        return self.context["progress"][order.pk]


class Guideline(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="guideline.public_id")
    name = serializers.CharField(source="guideline.name")
    version = serializers.IntegerField()


class Price(serializers.Serializer[Any]):
    """Integer minor units of the currency."""

    kind = serializers.ChoiceField([PriceKind.OUTPUT, PriceKind.CHARACTER, PriceKind.CLASS], source="price_kind")
    unit = serializers.IntegerField(source="unit_price")
    floor = serializers.IntegerField(source="price_floor")
    cap = serializers.IntegerField(source="price_cap")
    currency = serializers.CharField()

    def get_attribute(self, order: WorkOrder) -> WorkOrder | None:
        return order if self.context["sees_price"] else None


class Order(serializers.ModelSerializer[WorkOrder]):
    """Needs `progress` (by key) and `sees_price` in its context."""

    id = serializers.UUIDField(source="public_id")
    status = serializers.ChoiceField(WorkOrderStatus.choices)
    vendor = OrganisationName()
    guideline = Guideline(source="guideline_version")
    price = Price(allow_null=True)
    progress = OrderProgress()
    reference_policy = serializers.CharField()

    class Meta:
        model = WorkOrder
        fields = (
            "id", "number", "title", "status", "vendor", "quantity", "language", "min_characters", "max_characters",
            "lease_seconds", "rework_rounds", "inspection_days", "reference_policy", "guideline", "due_on", "note",
            "price", "progress", "created_at", "issued_at", "answered_at",
        )  # fmt: skip


class Reason(serializers.Serializer[Any]):
    why = serializers.CharField(max_length=500, help_text="The other side reads it.")


class StatementShape(serializers.ModelSerializer[Statement]):
    id = serializers.UUIDField(source="public_id")
    number = serializers.CharField()
    vendor = OrganisationName()
    status = serializers.ChoiceField(StatementStatus.choices)

    class Meta:
        model = Statement
        fields = (
            "id", "number", "vendor", "month", "status", "currency", "line_count", "net_amount", "tax_amount",
            "total_amount", "pay_by", "created_at", "approved_at", "paid_at",
        )  # fmt: skip


class EarningLine(serializers.ModelSerializer[Earning]):
    order = serializers.CharField(source="work_order.number")
    vendor = OrganisationName()
    writer = serializers.CharField(source="writer.name")
    submission = serializers.UUIDField(source="submission_id")
    kind = serializers.ChoiceField(Earning.Kind.choices)

    class Meta:
        model = Earning
        fields = (
            "order",
            "vendor",
            "writer",
            "submission",
            "kind",
            "amount",
            "currency",
            "received_at",
            "month",
            "why",
            "at",
        )
