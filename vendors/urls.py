"""The addresses of the rooms for people, documents, orders and money."""

from django.urls import path

from vendors.views import documents, invitations, ledger, money, orders, organisations, people, transfers

app_name = "vendors"

urlpatterns = [
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", invitations.invite, name="invite"),
    path("people/invitations/<uuid:public_id>/revoke/", invitations.revoke, name="invitation_revoke"),
    path("people/<uuid:public_id>/", people.person, name="person"),
    path("people/<uuid:public_id>/suspend/", people.suspend, name="person_suspend"),
    path("people/<uuid:public_id>/restore/", people.restore, name="person_restore"),
    path("people/<uuid:public_id>/bar/", people.bar, name="person_bar"),
    path("people/<uuid:public_id>/roles/<int:pk>/end/", people.end_role, name="membership_end"),
    path("vendors/", organisations.vendors, name="vendors"),
    path("vendors/new/", organisations.vendor_create, name="vendor_create"),
    path("vendors/<uuid:public_id>/", organisations.vendor, name="vendor"),
    path("vendors/<uuid:public_id>/edit/", organisations.vendor_edit, name="vendor_edit"),
    path("agreements/", documents.agreements, name="agreements"),
    path("agreements/publish/", documents.agreement_new, name="agreement_publish"),
    path("agreements/<int:version>/", documents.agreement, name="agreement"),
    path("guidelines/", documents.guidelines, name="guidelines"),
    path("guidelines/publish/", documents.guideline_new, name="guideline_publish"),
    path("guidelines/<uuid:public_id>/", documents.guideline, name="guideline"),
    path("guidelines/<uuid:public_id>/publish/", documents.guideline_new, name="guideline_next"),
    path("guidelines/<uuid:public_id>/<int:version>/", documents.guideline, name="guideline_version"),
    path("orders/", orders.orders, name="orders"),
    path("orders/new/", orders.order_create, name="order_create"),
    path("orders/<uuid:public_id>/", orders.order, name="order"),
    path("orders/<uuid:public_id>/issue/", orders.issue, name="order_issue"),
    path("orders/<uuid:public_id>/accept/", orders.accept, name="order_accept"),
    path("orders/<uuid:public_id>/decline/", orders.decline, name="order_decline"),
    path("orders/<uuid:public_id>/cancel/", orders.cancel, name="order_cancel"),
    path("orders/<uuid:public_id>/complete/", orders.complete, name="order_complete"),
    path("orders/<uuid:public_id>/reopen/", orders.reopen, name="order_reopen"),
    path("orders/<uuid:public_id>/close/", orders.close, name="order_close"),
    path("earnings/", money.earnings, name="earnings"),
    path("statements/", money.statements, name="statements"),
    path("statements/prepare/", money.prepare_all, name="statements_prepare"),
    path("statements/<uuid:public_id>/<int:year>-<int:month>/lines/", ledger.lines, name="statement_lines"),
    path(
        "statements/<uuid:public_id>/<int:year>-<int:month>/lines/<int:pk>/correct/", ledger.correct, name="correction"
    ),
    path("statements/<uuid:public_id>/<int:year>-<int:month>/pdf/", ledger.pdf, name="statement_pdf"),
    path("statements/<uuid:public_id>/<int:year>-<int:month>/csv/", ledger.csv, name="statement_csv"),
    path("vendors/<uuid:public_id>/bank/", transfers.bank, name="bank"),
    path("payer/", transfers.payer, name="payer"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/<uuid:public_id>/file/", transfers.file, name="transfer_file"),
    path("transfers/<uuid:public_id>/confirm/", transfers.confirm, name="transfer_confirm"),
    path("transfers/<uuid:public_id>/discard/", transfers.discard, name="transfer_discard"),
    path("statements/<uuid:public_id>/<int:year>-<int:month>/", money.statement, name="statement"),
    path("statements/<uuid:public_id>/<int:year>-<int:month>/prepare/", money.prepare, name="statement_prepare"),
    path("statements/<uuid:public_id>/<int:year>-<int:month>/approve/", money.approve, name="statement_approve"),
    path("statements/<uuid:public_id>/<int:year>-<int:month>/pay/", money.pay, name="statement_pay"),
]
