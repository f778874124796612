"""The tables that the audit is made of: for each, which row says who did what to what, and which columns its digest covers.

A digest names its columns, so that a column added later changes none. A table that loses one of them gets a new code.
"""

from dataclasses import dataclass

from annotation.models import AuditAct


@dataclass(frozen=True, slots=True)
class Source:
    """One table `t`. `actor`, `subject` and `detail` are SQL over it and what `joins` brings; `actor` gives kind and id.

    `detail` is a JSON object with what the page says of the row: `from`, `to`, `why`, `what`.
    """

    code: str
    table: str
    columns: tuple[str, ...]
    act: str
    actor: tuple[str, str]
    subject_kind: str
    subject: str
    detail: str
    joins: str = ""

    @property
    def digest(self) -> str:
        """SQL for the digest of a row. The session's time zone must be UTC."""
        columns = ", ".join(f"t.{name}" for name in self.columns)
        return f"sha256(convert_to(jsonb_build_array({columns})::text, 'UTF8'))"


USER = "'user'"


def _user(column: str) -> tuple[str, str]:
    return USER, f"t.{column}::text"


def _named(column: str) -> tuple[str, str]:
    return "'named'", f"t.{column}"


def _moves(code: str, table: str, subject: str) -> Source:
    """A log of transitions, of which `subject` is the table that moves."""
    return Source(
        code=code,
        table=table,
        columns=("id", "subject_id", "from_status", "to_status", "actor_kind", "actor_id", "why", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=("t.actor_kind", "t.actor_id"),
        subject_kind=f"'{code}'",
        subject="s.public_id::text",
        detail="jsonb_build_object('from', t.from_status, 'to', t.to_status, 'why', t.why)",
        joins=f"JOIN {subject} s ON s.id = t.subject_id",
    )


_OF_TASK = "JOIN annotation_submission sub ON sub.id = t.submission_id JOIN annotation_task s ON s.id = sub.task_id"
_WHY = "jsonb_build_object('why', t.why)"

SOURCES = (
    _moves("task", "annotation_tasktransition", "annotation_task"),
    _moves("instruction", "collection_instructiontransition", "collection_instruction"),
    _moves("order", "vendors_workordertransition", "vendors_workorder"),
    _moves("statement", "vendors_statementtransition", "vendors_statement"),
    _moves("release", "annotation_releasetransition", "annotation_release"),
    Source(
        code="showing",
        table="annotation_showing",
        columns=("id", "reference_id", "instruction_id", "user_id", "task_id", "place", "why", "mark", "wording", "at"),
        act=f"'{AuditAct.SAW}'",
        actor=_user("user_id"),
        subject_kind="CASE WHEN s.id IS NULL THEN 'instruction' ELSE 'task' END",
        subject="COALESCE(s.public_id, i.public_id)::text",
        detail="jsonb_build_object('what', 'answer', 'place', t.place, 'why', t.why)",
        joins=(
            "JOIN collection_instruction i ON i.id = t.instruction_id LEFT JOIN annotation_task s ON s.id = t.task_id"
        ),
    ),
    Source(
        code="review",
        table="annotation_review",
        columns=("id", "submission_id", "reviewer_id", "verdict", "text_sha256", "reasons", "comment", "seconds", "at"),
        act=f"'{AuditAct.JUDGED}'",
        actor=_user("reviewer_id"),
        subject_kind="'task'",
        subject="s.public_id::text",
        detail="jsonb_build_object('verdict', t.verdict)",
        joins=_OF_TASK,
    ),
    Source(
        code="blind",
        table="annotation_blindverdict",
        columns=("id", "submission_id", "reviewer_id", "position", "verdict", "text_sha256", "form", "at"),
        act=f"'{AuditAct.JUDGED}'",
        actor=_user("reviewer_id"),
        subject_kind="'task'",
        subject="s.public_id::text",
        # What the first of two thought stays unsaid until the second has judged as well.
        detail="""CASE WHEN EXISTS (
            SELECT 1 FROM annotation_blindverdict other WHERE other.submission_id = t.submission_id AND other.id <> t.id
        ) THEN jsonb_build_object('verdict', t.verdict) ELSE '{}'::jsonb END""",
        joins=_OF_TASK,
    ),
    Source(
        code="flag",
        table="annotation_traceflagclearance",
        columns=("id", "trace_id", "flag", "reviewer_id", "why", "at"),
        act=f"'{AuditAct.JUDGED}'",
        actor=_user("reviewer_id"),
        subject_kind="'task'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'flag', 'flag', t.flag, 'why', t.why)",
        joins=(
            "JOIN annotation_writingtrace w ON w.id = t.trace_id JOIN annotation_submission sub ON sub.id = w.submission_id"
            " JOIN annotation_task s ON s.id = sub.task_id"
        ),
    ),
    Source(
        code="likeness",
        table="annotation_gateadjudication",
        columns=("id", "submission_id", "report_id", "reviewer_id", "why", "at"),
        act=f"'{AuditAct.JUDGED}'",
        actor=_user("reviewer_id"),
        subject_kind="'task'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'likeness', 'why', t.why)",
        joins=_OF_TASK,
    ),
    Source(
        code="redaction",
        table="collection_redaction",
        columns=("id", "instruction_id", "check_id", "field", "start", "places", "actor_id", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_user("actor_id"),
        subject_kind="'instruction'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'redaction')",
        joins="JOIN collection_instruction s ON s.id = t.instruction_id",
    ),
    Source(
        code="bar",
        table="collection_bardecision",
        columns=("id", "participant_id", "kind", "why", "decided_by", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_named("decided_by"),
        subject_kind="'participant'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', t.kind, 'why', t.why)",
        joins="JOIN collection_participant s ON s.id = t.participant_id",
    ),
    Source(
        code="consent",
        table="collection_consent",
        columns=("id", "participant_id", "terms_id", "kind", "language", "text_sha256", "at"),
        act=f"'{AuditAct.AGREED}'",
        actor=("'participant'", "s.public_id::text"),
        subject_kind="'participant'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'consent_' || t.kind)",
        joins="JOIN collection_participant s ON s.id = t.participant_id",
    ),
    Source(
        code="signature",
        table="vendors_signature",
        columns=(
            "id", "public_id", "user_id", "agreement_id", "language", "text_sha256", "name_as_signed", "address", "at",
        ),
        act=f"'{AuditAct.AGREED}'",
        actor=_user("user_id"),
        subject_kind="'person'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'signature')",
        joins="JOIN vendors_user s ON s.id = t.user_id",
    ),
    Source(
        code="revocation",
        table="vendors_signaturerevocation",
        columns=("id", "signature_id", "by_id", "why", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_user("by_id"),
        subject_kind="'person'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'revocation', 'why', t.why)",
        joins="JOIN vendors_signature g ON g.id = t.signature_id JOIN vendors_user s ON s.id = g.user_id",
    ),
    Source(
        code="bank",
        table="vendors_bankaccount",
        columns=("id", "organisation_id", "sealed", "by_id", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_user("by_id"),
        subject_kind="'vendor'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'bank_account')",
        joins="JOIN vendors_organisation s ON s.id = t.organisation_id",
    ),
    Source(
        code="gate",
        table="annotation_gatesettings",
        columns=("id", "version", "engine_version", "thresholds", "why", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=("'system'", "'gate'"),
        subject_kind="''",
        subject="''",
        detail="jsonb_build_object('what', 'gate_settings', 'why', t.why)",
    ),
    Source(
        code="order_rules",
        table="annotation_orderrules",
        columns=("id", "work_order_id", "terms", "blocking", "by_id", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_user("by_id"),
        subject_kind="'order'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'order_rules')",
        joins="JOIN vendors_workorder s ON s.id = t.work_order_id",
    ),
    Source(
        code="opening",
        table="annotation_commitmentaudit",
        columns=("id", "auditor", "seed", "size", "root", "positions", "at"),
        act=f"'{AuditAct.EXPORTED}'",
        actor=_named("auditor"),
        subject_kind="''",
        subject="''",
        detail="jsonb_build_object('what', 'commitments')",
    ),
    Source(
        code="question",
        table="annotation_outputcheck",
        columns=("id", "submission_id", "check_id", "check_version", "outcome", "decided_by_id", "why", "at"),
        act=f"'{AuditAct.JUDGED}'",
        actor=_user("decided_by_id"),
        subject_kind="'task'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'question', 'why', t.why)",
        joins=f"JOIN vendors_user decider ON decider.id = t.decided_by_id {_OF_TASK}",
    ),
    Source(
        code="correction",
        table="vendors_earning",
        columns=("id", "vendor_id", "submission_id", "kind", "amount", "currency", "month", "by_id", "why", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_user("by_id"),
        subject_kind="'vendor'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'correction', 'why', t.why)",
        joins="JOIN vendors_user corrector ON corrector.id = t.by_id JOIN vendors_organisation s ON s.id = t.vendor_id",
    ),
    Source(
        code="passed_on",
        table="annotation_skipanswer",
        columns=("id", "instruction_id", "by_id", "why", "at"),
        act=f"'{AuditAct.JUDGED}'",
        actor=_user("by_id"),
        subject_kind="'instruction'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'passed_on', 'why', t.why)",
        joins="JOIN collection_instruction s ON s.id = t.instruction_id",
    ),
    Source(
        code="recording",
        table="annotation_tracechoice",
        columns=("id", "writer_id", "is_recorded", "notice_version", "at"),
        act=f"'{AuditAct.AGREED}'",
        actor=_user("writer_id"),
        subject_kind="'person'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', CASE WHEN t.is_recorded THEN 'recorded' ELSE 'not_recorded' END)",
        joins="JOIN vendors_user s ON s.id = t.writer_id",
    ),
    Source(
        code="guideline_read",
        table="annotation_guidelinereading",
        columns=("id", "user_id", "version_id", "at"),
        act=f"'{AuditAct.AGREED}'",
        actor=_user("user_id"),
        subject_kind="'person'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'guideline_read')",
        joins="JOIN vendors_user s ON s.id = t.user_id",
    ),
    Source(
        code="quiz",
        table="vendors_quizattempt",
        columns=("id", "public_id", "user_id", "version_id", "answers", "right_count", "is_passed", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_user("user_id"),
        subject_kind="'person'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', CASE WHEN t.is_passed THEN 'quiz_passed' ELSE 'quiz_failed' END)",
        joins="JOIN vendors_user s ON s.id = t.user_id",
    ),
    Source(
        code="known",
        table="annotation_knownjudgement",
        columns=("id", "answer_id", "user_id", "work_order_id", "says_good", "is_right", "at"),
        act=f"'{AuditAct.JUDGED}'",
        actor=_user("user_id"),
        subject_kind="'order'",
        subject="s.public_id::text",
        detail="jsonb_build_object('what', 'known')",
        joins="JOIN vendors_workorder s ON s.id = t.work_order_id",
    ),
    Source(
        code="synthetic",
        table="annotation_syntheticmodel",
        columns=("id", "name", "version", "licence", "source", "is_training_allowed", "confirmed_by", "at"),
        act=f"'{AuditAct.CHANGED}'",
        actor=_named("confirmed_by"),
        subject_kind="''",
        subject="''",
        detail="jsonb_build_object('what', 'synthetic')",
    ),
    Source(
        code="note",
        table="annotation_auditnote",
        columns=("id", "user_id", "act", "subject_kind", "subject_id", "why", "details", "at"),
        act="t.act",
        actor=("CASE WHEN t.user_id IS NULL THEN 'system' ELSE 'user' END", "COALESCE(t.user_id::text, '')"),
        subject_kind="t.subject_kind",
        subject="t.subject_id",
        detail="t.details || " + _WHY,
    ),
)  # fmt: skip
SOURCE_OF = {source.code: source for source in SOURCES}
