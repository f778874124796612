"""The facts behind each clean rule, and the whole record of a text: what a person can check against the database."""

import hashlib
from dataclasses import asdict
from typing import Any

from django.db.models import Q

from annotation.models import (
    Clearance,
    Commitment,
    GateAdjudication,
    GateReport,
    GateSettings,
    OutputCheck,
    Review,
    Submission,
    Task,
)
from annotation.selectors.lots import item_of
from annotation.selectors.review import traces_of
from annotation.selectors.showings import authors_sights, sight_list_of
from collection.models import Consent, Installation, Instruction
from vendors.models import Agreement, Membership, SignatureRevocation

Facts = dict[str, Any]
CHECKS = ("personal_data", "moderation")
NONE = "none"


def evidence_of(task: Task, submission: Submission) -> dict[str, Facts]:
    """Return for each rule, by its name in the view, the facts that it was decided by."""
    return {
        "is_consented": _consent(task.instruction),
        "is_screened": _screening(task.instruction),
        "is_signed": _signature(submission),
        "is_written_by_hand": _writing(task, submission),
        "is_accepted": _acceptance(task, submission),
        "is_gated": _gate(submission),
        "is_checked": _checks(submission),
        "is_unrevoked": {
            "task": task.status,
            "instruction": task.instruction.status,
            "work_order": task.work_order.status,
        },
        "is_allowed_here": {
            "is_practice": task.instruction.is_practice,
            "is_demonstration": Installation.objects.filter(is_demonstration=True).exists(),
        },
    }


def record_facts(task: Task) -> Facts:
    """Return what else is on record: every gate report, the last clearance, who saw the references, the commitments."""
    reports = GateReport.objects.filter(task=task).order_by("id")
    entries = Commitment.objects.filter(reference__instruction=task.instruction_id).select_related("salt")
    return {
        "gate_reports": [_report(report) for report in reports],
        "clearance": _clearance(),
        "showings": [asdict(sight) for sight in sight_list_of(task.instruction_id)],
        "commitments": [
            {
                "position": entry.position,
                "reference": entry.reference_id,
                "value": bytes(entry.value).hex(),
                "is_open": hasattr(entry, "salt"),
                "at": entry.at,
            }
            for entry in entries.order_by("position")
        ],
    }


def _consent(instruction: Instruction) -> Facts:
    batch, consent = instruction.import_batch, instruction.consent
    if batch is not None:
        return {"licence": batch.licence, "source": batch.source, "revoked_at": batch.revoked_at}
    if consent is None:
        return {}
    later = Consent.objects.filter(participant=instruction.participant_id, kind=Consent.Kind.WITHDRAWN)
    withdrawn = later.filter(pk__gt=consent.pk).order_by("pk").first()
    return {
        "terms": consent.terms.version,
        "allows_release": consent.terms.allows_release,
        "at": consent.at,
        "withdrawn_at": withdrawn.at if withdrawn else None,
    }


def _screening(instruction: Instruction) -> Facts:
    original = instruction.duplicate_of
    return {"status": instruction.status, "duplicate_of": str(original.public_id) if original else None}


def _signature(submission: Submission) -> Facts:
    signature, started_at = submission.signature, submission.started_at
    in_force = Agreement.objects.filter(published_at__lte=started_at).order_by("-version").first()
    revocation = SignatureRevocation.objects.filter(signature=signature).first()
    return {
        "agreement": signature.agreement.version,
        "agreement_in_force": in_force.version if in_force else None,
        "signed_by": signature.user.name,
        "written_by": submission.writer.name,
        "signed_at": signature.at,
        "started_at": started_at,
        "signature_revoked_at": revocation.at if revocation else None,
        "barred_at": submission.writer.barred_at,
    }


def _writing(task: Task, submission: Submission) -> Facts:
    """Of an edited text, also what is known of the writer's own version."""
    own = submission.edited_from
    traces = traces_of(submission)
    cleared = {flag for trace in traces for flag in trace.clearances.values_list("flag", flat=True)}
    raised = {flag for trace in traces for flag in trace.flags}
    sights = authors_sights(submission, sight_list_of(task.instruction_id))
    return {
        "origin": submission.origin,
        "own_version": own.version if own else None,
        "edited_by": submission.edited_by.name if submission.edited_by else None,
        "is_attested": submission.is_attested,
        "trace": "there" if len(traces) == (2 if own else 1) else NONE,
        "flags": sorted(raised),
        "cleared": sorted(raised & cleared),
        "reference_policy": task.work_order.reference_policy,
        "seen_by": sorted({sight.who for sight in sights}),
    }


def _acceptance(task: Task, submission: Submission) -> Facts:
    review = Review.objects.filter(submission=submission).select_related("reviewer").order_by("-id").first()
    facts: Facts = {"status": task.status, "verdict": review.verdict if review else NONE}
    item = item_of(task)
    if item is not None:
        facts |= {"lot": item.lot.number, "fate": item.fate}
    if review is None:
        return facts
    is_same = hashlib.sha256(submission.text.encode()).hexdigest() == submission.text_sha256 == review.text_sha256
    held = Membership.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=review.at), user=review.reviewer, started_at__lte=review.at
    ).select_related("organisation")
    return facts | {
        "reviewer": review.reviewer.name,
        "reviewed_at": review.at,
        "seats": sorted(f"{seat.get_role_display()}, {seat.organisation.name}" for seat in held) or [NONE],
        "is_same_text": is_same,
        "is_another_person": review.reviewer_id not in (submission.writer_id, submission.edited_by_id),
    }


def _gate(submission: Submission) -> Facts:
    report = GateReport.objects.filter(submission=submission).order_by("-id").first()
    settings = GateSettings.objects.order_by("-version").first()
    clearance = _clearance()
    facts: Facts = {
        "engine_in_force": settings.engine_version if settings else None,
        "settings_in_force": settings.version if settings else None,
        "cleared_up_to": clearance.get("watermark", NONE),
    }
    if report is None:
        return {"decision": NONE, **facts}
    judged = GateAdjudication.objects.filter(submission=submission, report__reasons_sha256=report.reasons_sha256)
    return {
        "decision": report.decision,
        "occasion": report.occasion,
        "reported_at": report.at,
        "engine": report.engine_version,
        "settings": report.settings_version,
        "watermark": report.watermark,
        "is_same_text": report.text_sha256 == submission.text_sha256,
        "judged": judged.values_list("why", flat=True).first(),
        **facts,
    }


def _checks(submission: Submission) -> Facts:
    newest = {
        check.check_id: check.outcome for check in OutputCheck.objects.filter(submission=submission).order_by("id")
    }
    return {name: newest.get(name, NONE) for name in CHECKS}


def _clearance() -> Facts:
    last = Clearance.objects.filter(finished_at__isnull=False).order_by("-id").first()
    if last is None:
        return {}
    return {"watermark": last.watermark, "engine": last.engine_version, "finished_at": last.finished_at}


def _report(report: GateReport) -> Facts:
    """A report without its passages: where they stand in a reference is for reviewers at the desk."""
    return {
        "id": str(report.public_id),
        "at": report.at,
        "occasion": report.occasion,
        "decision": report.decision,
        "is_kept": report.submission_id is not None,
        "engine": report.engine_version,
        "settings": report.settings_version,
        "watermark": report.watermark,
        "text_sha256": report.text_sha256,
        "reasons": [reason["code"] for reason in report.reasons],
        "scores": report.scores,
    }
