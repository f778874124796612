"""The databases that benchmarks start from: filled in bulk once, kept as templates, and copied for every round."""

import hashlib
import os
import random
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, connections, models
from django.utils import timezone

from tests.bench import place
from tests.bench.bench_cleanroom import Author
from tests.bench.multiplied import multiply

TASKS = 52_000
# What the operator's pages are measured over: BENCH_TASKS=520000 for ten times as much.
TIMES = max(1, int(os.environ.get("BENCH_TASKS", TASKS)) // TASKS)
WRITERS = 16


def stock_ready(*, references: int, is_accepted: bool = False, times: int = 1) -> str:
    """Return the name of the template with TASKS tasks and `references` references; fill it if it is not there.

    `is_accepted`: every task is written, accepted and clean, and everything is there so many `times`; else all are queued.
    """
    kind = f"stock_{references}_{'accepted' if is_accepted else 'queued'}_{f'{times}_times_' if times > 1 else ''}"
    name = kind + _digest()
    if place.has_database(name):
        return name
    place.databases_drop(kind)  # what was filled for other models
    connections.close_all()
    if times > 1:
        place.database_copy(stock_ready(references=references, is_accepted=is_accepted), place.DATABASE)
        multiply(times)
    elif is_accepted:
        place.database_copy(stock_ready(references=references), place.DATABASE)
        _accept_all()
    else:
        place.database_drop(place.DATABASE)
        with place.server() as server:
            server.execute(f'CREATE DATABASE "{place.DATABASE}"')
        call_command("migrate", interactive=False, verbosity=0)
        _fill(references)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connections.close_all()
    place.database_keep(name)
    return name


def stock_take(*, references: int, is_accepted: bool = False, times: int = 1) -> None:
    """Put a fresh copy of a template where the benchmark looks for its database."""
    name = stock_ready(references=references, is_accepted=is_accepted, times=times)
    connections.close_all()
    place.database_copy(name, place.DATABASE)


def references_ready(count: int) -> None:
    """Make the database of the benchmark anew: `count` instructions with a reference each, not indexed, and one task."""
    name = f"references_{count}_{_digest()}"
    if not place.has_database(name):
        place.databases_drop(f"references_{count}_")
        connections.close_all()
        place.database_drop(place.DATABASE)
        with place.server() as server:
            server.execute(f'CREATE DATABASE "{place.DATABASE}"')
        call_command("migrate", interactive=False, verbosity=0)
        _references_fill(count)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        connections.close_all()
        place.database_keep(name)
    connections.close_all()
    place.database_copy(name, place.DATABASE)


def copy_in(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """COPY rows into a model's table. What a row leaves out gets the field's default; `auto_now_add` gets now."""
    fields = [field for field in model._meta.concrete_fields if field.column]
    now = timezone.now()
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        with cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row([_value(field, row, now) for field in fields])
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


def _value(field: Any, row: Mapping[str, Any], now: Any) -> Any:
    if field.attname in row:
        value = row[field.attname]
    elif getattr(field, "auto_now_add", False):
        value = now
    else:
        value = field.get_default()
    return field.get_db_prep_save(value, connection)


@cache
def _digest() -> str:
    """Of everything a template depends on: this file, the texts, the models, the clean room."""
    from annotation.cleanroom.engine import ENGINE_VERSION

    files = [Path(__file__), Path(__file__).parent / "multiplied.py", *place.ROOT.glob("*/migrations/0*.py")]
    for name in ("fingerprints", "hashing", "normalise", "stopgrams", "surprise", "tally"):
        files.append(place.ROOT / "annotation" / "cleanroom" / f"{name}.py")
    content = b"".join(path.read_bytes() for path in sorted(files))
    return hashlib.sha256(ENGINE_VERSION.encode() + content).hexdigest()[:10]


def _fill(references: int) -> None:
    from annotation.services.commitments import commitments_mend
    from annotation.services.gate_settings import gate_settings_in_force
    from tests.factories.traces import make_trace_choice
    from tests.factories.vendors import make_active_order, make_agreement, make_organisation, make_signature, make_user

    house = make_organisation(kind="operator", name="Hitode")
    manager = make_user(organisation=house, role="manager", email="manager@example.org")
    make_user(organisation=house, role="reviewer", email="reviewer@example.org")
    vendor = make_organisation(name="Kaede Writing")
    lead = make_user(organisation=vendor, role="lead", email="lead@example.org")
    make_agreement()
    for number in range(WRITERS):
        writer = make_user(organisation=vendor, role="writer", email=f"writer{number}@example.org")
        make_signature(writer)
        make_trace_choice(writer)
    gate_settings_in_force()
    instructions_put(TASKS, references)
    commitments_mend()
    make_active_order(by=manager, lead=lead, vendor=vendor, quantity=TASKS)


def instructions_put(count: int, references: int) -> None:
    """COPY so many instructions, the first of them with a reference each, and index those, as an installation has them.

    The stop-grams are counted, as they are every night.
    """
    from annotation.services.index_repair import index_rebuild
    from annotation.services.stop_grams import stop_grams_count
    from collection.models import ImportBatch, Instruction, Reference

    author = Author(1)
    batch = ImportBatch.objects.create(name="bench", licence="CC-BY-4.0", imported_count=count)
    other = Author(2)
    asked = [other.write() for _ in range(500)]
    chance = random.Random(2)
    copy_in(
        Instruction,
        (_instruction(number, batch.pk, _slice(chance, asked, 40) + f"（{number}）") for number in range(1, count + 1)),
    )
    copy_in(Reference, (_reference(number, author.write()) for number in range(1, references + 1)))
    index_rebuild()
    stop_grams_count()


def _references_fill(count: int) -> None:
    """COPY so many instructions and references, and order one output."""
    from collection.models import ImportBatch, Instruction, Reference
    from tests.factories.vendors import make_active_order, make_organisation, make_user

    batch = ImportBatch.objects.create(name="bench", licence="CC-BY-4.0", imported_count=count)
    author = Author(1)
    copy_in(
        Instruction, (_instruction(number, batch.pk, f"書いてください（{number}）") for number in range(1, count + 1))
    )
    copy_in(Reference, (_reference(number, author.write()) for number in range(1, count + 1)))
    house, vendor = make_organisation(kind="operator", name="Hitode"), make_organisation(name="Kaede Writing")
    manager = make_user(organisation=house, role="manager", email="manager@example.org")
    lead = make_user(organisation=vendor, role="lead", email="lead@example.org")
    make_active_order(by=manager, lead=lead, vendor=vendor, quantity=1)


def _instruction(number: int, batch: int, text: str) -> dict[str, Any]:
    return {
        "id": number,
        "import_batch_id": batch,
        "status": "eligible",
        "instruction": text,
        "text_sha256": _sha256(str(number)),
        "category": "open_qa",
    }


def _reference(number: int, text: str) -> dict[str, Any]:
    return {
        "id": number,
        "instruction_id": number,
        "position": number,
        "status": "complete",
        "provider": "import",
        "model": "bench",
        "text": text,
        "text_sha256": _sha256(text),
    }


def _slice(chance: random.Random, texts: list[str], length: int) -> str:
    text = chance.choice(texts)
    start = chance.randrange(max(1, len(text) - length))
    return text[start : start + length]


def _accept_all() -> None:
    """Write, judge and accept every task, as the services would have left it. The triggers sleep meanwhile."""
    from vendors.models import User

    reviewer = User.objects.get(email="reviewer@example.org").pk
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    texts = _outputs()
    _submissions_put(texts)
    _judgements_put(texts, reviewer)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotation_task t SET status = 'accepted', writer_id = s.writer_id, current_submission_id = s.id,"
            " claimed_at = s.started_at, submitted_at = s.at, decided_at = s.at"
            " FROM annotation_submission s WHERE s.task_id = t.id"
        )
        cursor.execute(  # as the trigger that is off would have
            "INSERT INTO annotation_recordsalt (task_id, value)"
            " SELECT id, sha256(uuid_send(gen_random_uuid())) FROM annotation_task WHERE status = 'accepted'"
        )
        cursor.execute("SET session_replication_role = origin")


def _outputs() -> dict[int, str]:
    """A text for every task, by its key. Enough of them differ for the compression not to notice."""
    from annotation.models import Task

    author = Author(3)
    written = [author.write() for _ in range(5000)]
    keys = Task.objects.order_by("pk").values_list("pk", flat=True)
    return {pk: f"{written[number % len(written)]}その{number}。" for number, pk in enumerate(keys)}


def _submissions_put(texts: Mapping[int, str]) -> None:
    from annotation.models import Submission, WritingTrace
    from vendors.models import Signature

    signatures = list(Signature.objects.order_by("pk").values_list("pk", "user_id"))
    started_at = timezone.now()
    copy_in(
        Submission,
        (
            {
                "id": pk,
                "task_id": pk,
                "writer_id": signatures[pk % len(signatures)][1],
                "signature_id": signatures[pk % len(signatures)][0],
                "text": text,
                "text_sha256": _sha256(text),
                "character_count": len(text),
                "is_attested": True,
                "started_at": started_at,
            }
            for pk, text in texts.items()
        ),
    )
    copy_in(WritingTrace, ({"id": pk, "submission_id": pk, "is_complete": True} for pk in texts))


def _judgements_put(texts: Mapping[int, str], reviewer: int) -> None:
    from annotation.cleanroom.engine import ENGINE_VERSION
    from annotation.models import GateReport, OutputCheck, Review
    from annotation.services.gate import watermark_now
    from annotation.services.gate_settings import gate_settings_in_force

    of_gate = {
        "occasion": "submit",
        "decision": "pass",
        "engine_version": ENGINE_VERSION,
        "settings_version": gate_settings_in_force().version,
        "watermark": watermark_now(),
        "reasons_sha256": "0" * 64,
    }
    rows = [{"id": pk, "submission_id": pk, "text_sha256": _sha256(text)} for pk, text in texts.items()]
    copy_in(GateReport, ({**row, "task_id": row["id"], **of_gate} for row in rows))
    copy_in(Review, ({**row, "reviewer_id": reviewer, "verdict": "accept"} for row in rows))
    checks = [(pk, check) for pk in texts for check in ("personal_data", "moderation")]
    copy_in(
        OutputCheck,
        (
            {"id": number, "submission_id": pk, "check_id": check, "outcome": "pass"}
            for number, (pk, check) in enumerate(checks, 1)
        ),
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
