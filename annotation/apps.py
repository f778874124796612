"""The hall as a Django application, and what it listens to."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Annotation(AppConfig):
    name = "annotation"
    verbose_name = _("Annotation")

    def ready(self) -> None:
        from annotation import jobs
        from annotation.selectors import waiting
        from annotation.selectors.orders import task_counts_by_order
        from annotation.selectors.progress import accepted_tally, published_releases, written_tally
        from annotation.selectors.supply import supply_of
        from annotation.services.condition import hall_examine
        from collection import progress
        from collection.screening import model_text, neighbours
        from collection.signals import (
            instruction_redacted,
            instruction_withdrawn,
            instructions_unfit,
            references_stored,
        )
        from collection.texts import CATEGORY_LABELS
        from config import examination, metrics
        from config.audit import act_done
        from vendors.progress import register
        from vendors.signals import work_order_amended, work_order_moved
        from vendors.supply import register as register_supply

        work_order_moved.connect(_work_order_moved, dispatch_uid="annotation.filling")
        work_order_amended.connect(_work_order_amended, dispatch_uid="annotation.filling")
        register_supply(supply_of, CATEGORY_LABELS)
        instructions_unfit.connect(_instructions_unfit, dispatch_uid="annotation.filling")
        instruction_withdrawn.connect(_instruction_withdrawn, dispatch_uid="annotation.filling")
        instruction_redacted.connect(_instruction_redacted, dispatch_uid="annotation.neighbours")
        references_stored.connect(_references_stored, dispatch_uid="annotation.gate")
        act_done.connect(_act_done, dispatch_uid="annotation.audit")
        jobs.listen()
        neighbours.register(_neighbours_find)
        model_text.register(_model_texts_find)
        register(task_counts_by_order)
        progress.register("written", written_tally)
        progress.register("accepted", accepted_tally)
        progress.register_releases(published_releases)
        examination.register(hall_examine)
        metrics.register("hitode_queue_length", waiting.queue_lengths)
        metrics.register("hitode_queue_seconds", waiting.queue_ages)


def _act_done(*, by: Any, act: str, subject_kind: str, subject_id: str, why: str, details: Any, **_rest: Any) -> None:
    from annotation.services.audit import note_write

    note_write(by=by, act=act, subject_kind=subject_kind, subject_id=subject_id, why=why, details=details)


def _work_order_moved(*, order: Any, new: str, by: Any = None, **_details: Any) -> None:
    from annotation.services.filling import work_order_follow

    work_order_follow(order=order, new=new, by=by)


def _work_order_amended(*, order: Any, by: Any = None, **_details: Any) -> None:
    from annotation.services.filling import order_amended

    order_amended(order=order, by=by)


def _instructions_unfit(*, instruction_ids: Any, status: str, by: Any, **_details: Any) -> None:
    from annotation.services.filling import instruction_tasks_leave

    instruction_tasks_leave(instruction_ids=instruction_ids, by=by, why=f"instruction_{status}")


def _instruction_withdrawn(*, instruction: Any, **_details: Any) -> None:
    from annotation.services.commitments import salts_destroy
    from annotation.services.filling import instruction_tasks_end
    from annotation.services.messages import messages_forget
    from annotation.services.neighbours import neighbour_forget

    instruction_tasks_end(instruction=instruction, why="instruction_withdrawn")
    neighbour_forget(instruction=instruction)
    salts_destroy(instruction=instruction)
    messages_forget(instruction=instruction)


def _instruction_redacted(*, instruction: Any, **_details: Any) -> None:
    from annotation.services.commitments import commitments_renew
    from annotation.services.neighbours import neighbour_reindex

    neighbour_reindex(instruction=instruction)
    commitments_renew(instruction=instruction)


def _neighbours_find(instructions: Any) -> Any:
    from annotation.services.neighbours import neighbours_find

    return neighbours_find(instructions=instructions)


def _model_texts_find(asked: Any) -> Any:
    from annotation.services.prompts import model_texts_find

    return model_texts_find(asked)


def _references_stored(*, references: Any, **_details: Any) -> None:
    from annotation.services.commitments import commitment_enter
    from annotation.services.reference_index import references_index

    references_index(references=references)
    commitment_enter(references=[(reference.pk, reference.text) for reference in references])
