"""Which 8-grams too many references share to mean anything: counted over all of them, and put in force."""

from collections.abc import Iterator
from itertools import count

from django.db import transaction

from annotation.cleanroom import stopgrams
from annotation.cleanroom.normalise import normalise
from annotation.models import StopGrams
from annotation.services.gate_settings import gate_settings_in_force, settings_write
from annotation.services.index_repair import Watch, unwatched
from collection.models import Instruction, Reference

COUNTED_AT_ONCE = 100_000  # instructions for whose grams there is memory; for more, the texts are read several times
_CHUNK = 500


def stop_grams_count(*, watch: Watch = unwatched) -> StopGrams | None:
    """Count the 8-grams of all references, an instruction one vote, and put the list in force; None if it is in force already.

    With a new list the settings have a new version: every text is checked again before the next release.
    """
    alike = _instructions_alike()
    partitions = 1 + len(alike) // COUNTED_AT_ONCE
    total = (partitions + 1) * len(alike)
    passed = count()

    def read() -> Iterator[tuple[str, list[str]]]:
        for pair in _references_of(alike):
            done = next(passed) + 1
            if done % _CHUNK == 0 or done == total:
                watch("count", done, total)
            yield pair

    return _put_in_force(stopgrams.count_stop_grams(read, partitions=partitions))


def _instructions_alike() -> list[list[int]]:
    """The instructions that have a reference; those that differ in nothing that counts are together."""
    with_text = Instruction.objects.filter(pk__in=Reference.objects.exclude(text="").values("instruction"))
    alike: dict[str, list[int]] = {}
    for pk, text in with_text.order_by("pk").values_list("pk", "instruction").iterator(_CHUNK):
        alike.setdefault(normalise(text, lenient=True).text, []).append(pk)
    return list(alike.values())


def _references_of(alike: list[list[int]]) -> Iterator[tuple[str, list[str]]]:
    for first in range(0, len(alike), _CHUNK):
        groups = alike[first : first + _CHUNK]
        wanted = [pk for group in groups for pk in group]
        instructions = dict(Instruction.objects.filter(pk__in=wanted).values_list("pk", "instruction"))
        texts: dict[int, list[str]] = {}
        found = Reference.objects.filter(instruction__in=wanted).exclude(text="").values_list("instruction", "text")
        for instruction, text in found:
            texts.setdefault(instruction, []).append(text)
        for group in groups:
            yield instructions[group[0]], [text for pk in group for text in texts.get(pk, [])]


@transaction.atomic
def _put_in_force(stops: stopgrams.StopGrams) -> StopGrams | None:
    newest = StopGrams.objects.order_by("-version").first()
    if newest is not None and newest.digest == stops.version:
        return None
    settings = gate_settings_in_force()
    settings_write(thresholds=settings.thresholds, why="a new list of stop-grams", after=settings.version)
    return StopGrams.objects.create(
        version=(newest.version if newest else 0) + 1,
        digest=stops.version,
        grams=stops.dump(),
        instruction_count=stops.instructions,
    )
