"""The API of those who run the operation: imports of instructions, and how releases stand."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext_noop as _
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.shapes import Imported, ImportSent, ImportShape, ReleaseShape
from annotation.selectors.operations import release_get_for, release_list_for
from collection.models import ImportBatch
from collection.selectors import import_get, import_list, import_statuses
from collection.services.imports import instructions_import
from config.api_operations import operation
from vendors.api.base import ApiView
from vendors.api.shapes import page_of
from vendors.models import Scope, User


class ImportsView(ApiView):
    @operation(
        "listImports", _("List the imports"), scope=Scope.IMPORTS, answers={200: page_of(ImportShape)}, is_paged=True
    )
    def get(self, request: Request) -> Response:
        return self.paged(import_list(), ImportShape, "-created_at", _counted)

    @operation(
        "importInstructions",
        _("Import instructions, with the licence that allows their use"),
        description=_(
            "Up to a thousand at once. A line that is refused is named, and keeps none of the others out; one that came "
            "before under the same licence is counted. Screening follows within minutes."
        ),
        scope=Scope.IMPORTS,
        takes=ImportSent,
        answers={201: Imported},
        example={
            "name": "Questions from our readers, May",
            "licence": "CC-BY-4.0",
            "source": "https://example.jp/questions",
            "lines": [{"instruction": "梅干しの作り方を教えてください。", "language": "ja"}],
        },
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(ImportSent)
        with TemporaryDirectory(prefix="hitode-import-") as folder:
            path = Path(folder) / "lines.jsonl"
            path.write_text(
                "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in sent["lines"]), encoding="utf-8"
            )
            result = instructions_import(
                path=path,
                licence=sent["licence"],
                source=sent["source"],
                name=sent["name"],
                format="jsonl",
                imported_by=f"api:{cast(User, request.user).public_id}",
                screens=False,
            )
        facts = {
            "id": result.batch.public_id if result.batch else None,
            "read": result.read,
            "imported": result.imported,
            "duplicates": result.duplicates,
            "references": result.references,
            "refused": result.refused,
        }
        return Response(Imported(facts).data, status=201)


class ImportView(ApiView):
    @operation("getImport", _("See how an import stands"), scope=Scope.IMPORTS, answers={200: ImportShape})
    def get(self, request: Request, public_id: UUID) -> Response:
        batch = import_get(public_id)
        return Response(ImportShape(batch, context=_counted([batch])).data)


class ReleasesView(ApiView):
    @operation(
        "listReleases",
        _("List the releases and how far each is"),
        description=_("A release is a draft, then built, then published; it may be retracted."),
        scope=Scope.RELEASES,
        answers={200: page_of(ReleaseShape)},
        is_paged=True,
    )
    def get(self, request: Request) -> Response:
        return self.paged(release_list_for(request.user), ReleaseShape, "-created_at")


class ReleaseView(ApiView):
    @operation("getRelease", _("See how a release stands"), scope=Scope.RELEASES, answers={200: ReleaseShape})
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(ReleaseShape(release_get_for(request.user, public_id)).data)


def _counted(batches: list[ImportBatch]) -> dict[str, Any]:
    """What became of the instructions of these imports, in one query."""
    return {"statuses": import_statuses([batch.pk for batch in batches])}
