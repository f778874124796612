"""Tables of the hall: the queue, the writing, the judging, the releasing."""

from annotation.models.audit import AuditAct, AuditEntry, AuditNote
from annotation.models.bulk import BulkItem, BulkJob
from annotation.models.calibration import CalibrationItem, CalibrationReading
from annotation.models.commitments import Checkpoint, Commitment, CommitmentAudit, CommitmentSalt
from annotation.models.desk import PendingVerdict, ReviewPass
from annotation.models.figures import DayVerdicts, FiguresState, HourFigure, NotClean
from annotation.models.gate import (
    Clearance,
    GateAdjudication,
    GateReport,
    GateSettings,
    IndexSegment,
    InstructionHash,
    OutputHash,
    ReferenceFingerprint,
    ReferenceHash,
    StopGrams,
)
from annotation.models.guidance import Example, GuidelineReading, OrderRules
from annotation.models.imports import ImportedOutput, OutputBatch
from annotation.models.known import KnownAnswer, KnownJudgement
from annotation.models.lots import Lot, LotItem
from annotation.models.messages import Message, MessageMark
from annotation.models.releases import CleanRecord, CleanRule, RecordSalt, Release, ReleaseTransition
from annotation.models.remarks import PastedPassage, RemarkDismissal
from annotation.models.reviews import BlindVerdict, OutputCheck, Review, ReviewPlace, ReviewReason, ReviewReasonVersion
from annotation.models.saved import SavedView
from annotation.models.showings import Showing
from annotation.models.synthetic import CleanInstruction, SyntheticModel, SyntheticOutput, SyntheticRecord
from annotation.models.tasks import InstructionSkip, SkipAnswer, Task, TaskTransition
from annotation.models.writing import (
    Draft,
    DraftRevision,
    Submission,
    TraceBucket,
    TraceChoice,
    TraceFlagClearance,
    WritingTrace,
)

__all__ = [
    "AuditAct",
    "AuditEntry",
    "AuditNote",
    "BlindVerdict",
    "BulkItem",
    "BulkJob",
    "CalibrationItem",
    "CalibrationReading",
    "Checkpoint",
    "CleanInstruction",
    "CleanRecord",
    "CleanRule",
    "Clearance",
    "Commitment",
    "CommitmentAudit",
    "CommitmentSalt",
    "DayVerdicts",
    "Draft",
    "DraftRevision",
    "Example",
    "FiguresState",
    "GateAdjudication",
    "GateReport",
    "GateSettings",
    "GuidelineReading",
    "HourFigure",
    "ImportedOutput",
    "IndexSegment",
    "InstructionHash",
    "InstructionSkip",
    "KnownAnswer",
    "KnownJudgement",
    "Lot",
    "LotItem",
    "Message",
    "MessageMark",
    "NotClean",
    "OrderRules",
    "OutputBatch",
    "OutputCheck",
    "OutputHash",
    "PastedPassage",
    "PendingVerdict",
    "RecordSalt",
    "ReferenceFingerprint",
    "ReferenceHash",
    "Release",
    "ReleaseTransition",
    "RemarkDismissal",
    "Review",
    "ReviewPass",
    "ReviewPlace",
    "ReviewReason",
    "ReviewReasonVersion",
    "SavedView",
    "Showing",
    "SkipAnswer",
    "StopGrams",
    "Submission",
    "SyntheticModel",
    "SyntheticOutput",
    "SyntheticRecord",
    "Task",
    "TaskTransition",
    "TraceBucket",
    "TraceChoice",
    "TraceFlagClearance",
    "WritingTrace",
]
