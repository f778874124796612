"""The index of references: what a look-up finds at one moment, and what is told to be missing."""

import pytest

from annotation.cleanroom.fingerprints import fingerprint
from annotation.cleanroom.normalise import normalise
from annotation.models import ReferenceFingerprint, ReferenceHash
from annotation.services.reference_index import index_look_up, index_verify, reference_index
from collection.models import Reference
from tests.annotation.cleanroom.texts import OTHERS, REFERENCE
from tests.factories.collection import make_instruction, make_reference

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def references() -> None:
    for text in (REFERENCE, *OTHERS):
        make_reference(make_instruction(), text=text)


def test_an_index_that_holds_every_reference_agrees() -> None:
    state = index_verify()
    assert state.agrees
    assert (state.references, state.indexed) == (1 + len(OTHERS), 1 + len(OTHERS))


def test_what_the_index_lacks_is_told() -> None:
    unknown, short, other = Reference.objects.order_by("pk")[:3]
    ReferenceFingerprint.objects.filter(reference=unknown).delete()
    ReferenceHash.objects.filter(pk=ReferenceHash.objects.filter(reference=short).first().pk).delete()
    ReferenceFingerprint.objects.filter(reference=other).update(fingerprint_version="0")
    state = index_verify()
    assert not state.agrees
    assert (state.references, state.indexed) == (1 + len(OTHERS), len(OTHERS) - 1)
    assert state.missing == [unknown.pk, short.pk, other.pk]


def test_a_reference_that_is_indexed_twice_is_there_once() -> None:
    before = ReferenceHash.objects.count()
    reference_index(reference=Reference.objects.get(text=OTHERS[0]))
    assert ReferenceHash.objects.count() == before
    assert index_verify().agrees


def test_a_look_up_gives_the_rows_the_erased_and_the_watermark_of_one_moment() -> None:
    reference = Reference.objects.get(text=OTHERS[0])
    hashes = fingerprint(normalise(OTHERS[0])).all()
    found = index_look_up(hashes)
    assert sorted(found.hashes.tolist()) == hashes.tolist()
    assert set(found.references.tolist()) == {reference.pk}
    assert (found.watermark, found.erased.tolist()) == (1 + len(OTHERS), [])
    Reference.objects.filter(pk=reference.pk).update(text="")
    assert index_look_up(hashes).erased.tolist() == [reference.pk]
    assert index_look_up(hashes[:0]).hashes.tolist() == []
