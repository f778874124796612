"""Migrating an empty database in a fraction of the time that Django takes by itself.

Nearly all of that time goes into drawing up models, not into the database: whenever a model, a column, an index, a constraint
or a trigger is added, Django draws up the model with everything that refers to it, and what refers to that. What is only
added needs the one model. A migration that runs Python gets all of them anew in either case, because Django gives it no
state of which a part was left as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState


@contextmanager
def quick_states() -> Iterator[None]:
    """Within this, Django draws up the one model to which something is added; what is altered or removed is as ever."""
    find = ProjectState._find_reload_model  # type: ignore[attr-defined]
    add_field = ProjectState.add_field
    is_adding = False

    def find_fewer(state: Any, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        is_new = model_name not in state.apps.all_models[app_label]
        if not (delay or is_adding or is_new):
            found: set[tuple[str, str]] = find(state, app_label, model_name)
            return found
        state.is_delayed = True
        return {(app_label, model_name)}

    def add_field_alone(state: ProjectState, *arguments: Any, **options: Any) -> None:
        nonlocal is_adding
        is_adding = True
        try:
            add_field(state, *arguments, **options)
        finally:
            is_adding = False

    ProjectState._find_reload_model = find_fewer  # type: ignore[attr-defined]
    ProjectState.add_field = add_field_alone  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        ProjectState._find_reload_model = find  # type: ignore[attr-defined]
        ProjectState.add_field = add_field  # type: ignore[method-assign]
