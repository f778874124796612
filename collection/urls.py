"""Addresses of the public site and of the operator's screening room."""

from django.urls import path

from collection.views import ask, check, consent, embed, feedback, home, my_data, pages, progress, recovery
from collection.views.api import questions
from collection.views.operator import budget, participants, screening, status
from collection.views.operator import terms as terms_room

app_name = "collection"

urlpatterns = [
    path("", home.home, name="home"),
    path("ask/", ask.ask, name="ask"),
    path("ask/stream", ask.ask_stream, name="ask_stream"),
    path("ask/challenge", ask.challenge, name="ask_challenge"),
    path("ask/check/", check.ask_check, name="ask_check"),
    path("welcome/", consent.welcome, name="welcome"),
    path("terms/", pages.terms, name="terms"),
    path("terms/<int:version>/", pages.terms, name="terms_version"),
    path("cookies/", pages.cookies, name="cookies"),
    path("progress/", progress.progress, name="progress"),
    path("my-data/", my_data.overview, name="my_data"),
    path("my-data/download/", my_data.download, name="my_data_download"),
    path("my-data/withdraw/", my_data.withdraw_all, name="withdraw_all"),
    path("my-data/code/", recovery.code, name="recovery_code"),
    path("my-data/recover/", recovery.recover, name="recover"),
    path("my-data/<uuid:public_id>/", my_data.detail, name="my_instruction"),
    path("my-data/<uuid:public_id>/feedback/", feedback.feedback, name="feedback"),
    path("my-data/<uuid:public_id>/withdraw/", my_data.withdraw, name="withdraw"),
    path("embed/", embed.embed, name="embed"),
    path("api/v1/terms", questions.terms, name="api_terms"),
    path("api/v1/consents", questions.consents, name="api_consents"),
    path("api/v1/ask", questions.ask, name="api_ask"),
    path("api/v1/questions/<uuid:public_id>", questions.question, name="api_question"),
    path("api/v1/questions/<uuid:public_id>/withdraw", questions.withdraw, name="api_withdraw"),
    path("ops/instructions/", screening.instructions, name="instructions"),
    path("ops/instructions/queue/", screening.queue, name="screening_queue"),
    path("ops/instructions/<uuid:public_id>/", screening.instruction, name="instruction"),
    path("ops/instructions/<uuid:public_id>/decide/", screening.decide, name="decide"),
    path("ops/instructions/<uuid:public_id>/redact/", screening.redact, name="redact"),
    path("ops/instructions/<uuid:public_id>/category/", screening.categorise, name="categorise"),
    path("ops/instructions/participants/", participants.participants, name="participants"),
    path("ops/instructions/participants/<uuid:public_id>/", participants.participant, name="participant"),
    path("ops/instructions/participants/<uuid:public_id>/bar/", participants.bar, name="participant_bar"),
    path("ops/instructions/participants/<uuid:public_id>/readmit/", participants.readmit, name="participant_readmit"),
    path("ops/terms/", terms_room.overview, name="terms_room"),
    path("ops/terms/draft/", terms_room.draft, name="terms_draft"),
    path("ops/terms/draft/publish/", terms_room.publish, name="terms_publish"),
    path("ops/terms/draft/discard/", terms_room.discard, name="terms_discard"),
    path("ops/status/", status.status, name="status"),
    path("ops/budget/", budget.budget, name="budget"),
    path("ops/budget/switch/", budget.switch, name="switch"),
    path("ops/budget/reconcile/", budget.reconcile, name="reconcile"),
    path("ops/budget/limits/", budget.limits, name="limits"),
]
