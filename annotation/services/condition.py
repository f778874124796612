"""What `manage.py doctor` looks at in the hall: the clean boundary, the gate's index, the clearance, the key of releases."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.cleanroom.engine import ENGINE_VERSION
from annotation.cleanroom.fingerprints import FINGERPRINT_VERSION
from annotation.cleanroom.segments import SegmentDamaged
from annotation.models import Checkpoint, Clearance, GateSettings, IndexSegment, ReferenceFingerprint, Task
from annotation.release.keys import ReleaseKeyMissing, key_in_force
from annotation.release.source import EXPORT, door_open
from annotation.services.gate import watermark_now
from annotation.services.reference_index import segment_open
from annotation.states import TaskStatus
from collection.models import Installation, Reference
from config.errors import DomainError
from config.examination import Part

CHECKPOINT_PATIENCE = timedelta(hours=3)
LEASE_PATIENCE = timedelta(minutes=10)


def hall_examine() -> Iterator[Part]:
    """What keeps releases clean, and what would hold one up."""
    yield _boundary()
    yield _index()
    yield from _engine()
    yield _clearance()
    yield _key()
    yield _log()
    yield _sweeps()
    if not settings.DEMONSTRATION and Installation.objects.filter(is_demonstration=True).exists():
        state = _("this database was made as a demonstration, and stays one")
        advice = _("Begin with an empty database: its releases can never be real, and its passwords are public.")
        yield Part(gettext_lazy("Installation"), "", "danger", state, advice)


def _boundary() -> Part:
    """The role of exports is tried as an export tries it: let in, and able to read the view alone."""
    name = gettext_lazy("The role of releases")
    try:
        with door_open(EXPORT):
            pass
    except DomainError as error:
        return Part(name, "", "danger", _("would not do"), str(error))
    return Part(name, "", "ok", _("reads clean records and nothing else"))


def _index() -> Part:
    """Every text has fingerprints of today's form, and the segment can be read. `verify_index` looks at every row."""
    name = gettext_lazy("The gate's index")
    segment = IndexSegment.objects.order_by("-id").first()
    if segment is not None:
        try:
            segment_open(segment.name)
        except (SegmentDamaged, OSError):
            return Part(
                name, "", "danger", _("cannot be read"), _("Run `manage.py rebuild_index`; until then texts wait.")
            )
    right = ReferenceFingerprint.objects.filter(reference=OuterRef("pk"), fingerprint_version=FINGERPRINT_VERSION)
    missing = Reference.objects.exclude(text="").filter(~Exists(right)).count()
    if missing:
        state = ngettext("%(count)s reference is missing", "%(count)s references are missing", missing)
        return Part(name, "", "danger", state % {"count": missing}, _("Run `manage.py verify_index --mend`."))
    return Part(name, "", "ok", _("has every reference"))


def _engine() -> Iterator[Part]:
    newest = GateSettings.objects.order_by("-version").first()
    if newest is not None and newest.engine_version != ENGINE_VERSION:
        state = _("settings are for another engine, %(version)s") % {"version": newest.engine_version}
        advice = _(
            "The next text puts the new engine's in force; every accepted text is checked again before a release."
        )
        yield Part(gettext_lazy("Gate"), "", "warn", state, advice)


def _clearance() -> Part:
    name = gettext_lazy("Clearance")
    newest = Clearance.objects.filter(finished_at__isnull=False).order_by("-id").first()
    if newest is None:
        return Part(name, "", "quiet", _("none yet"), _("`manage.py export_clean` makes one."))
    behind = watermark_now() - newest.watermark
    since = Task.objects.filter(status=TaskStatus.ACCEPTED, decided_at__gt=newest.started_at).count()
    if not behind and not since:
        return Part(name, "", "ok", _("of everything"))
    state = _("since the last: %(references)s references, %(texts)s accepted texts")
    advice = _("The next export makes one; nothing is wrong.")
    return Part(name, "", "quiet", state % {"references": behind, "texts": since}, advice)


def _key() -> Part:
    name = gettext_lazy("The key of releases")
    try:
        key = key_in_force()
    except ReleaseKeyMissing as error:
        return Part(name, "", "warn", _("none yet"), str(error))
    except DomainError as error:
        return Part(name, "", "danger", _("cannot be read"), str(error))
    folder = settings.RELEASE_KEYS
    if folder.stat().st_mode & 0o077 or (folder / f"{key.id}.pem").stat().st_mode & 0o077:
        state = _("others on this machine can read it")
        return Part(name, "", "danger", state, _("Run: chmod -R go= %(folder)s") % {"folder": folder})
    return Part(name, "", "ok", key.id)


def _log() -> Part:
    name = gettext_lazy("The log of commitments")
    newest = Checkpoint.objects.order_by("-size").first()
    if not Reference.objects.filter(position__isnull=False).exists():
        return Part(name, "", "quiet", _("empty"))
    if newest is None or (timezone.now() - newest.at > CHECKPOINT_PATIENCE and newest.size < watermark_now()):
        advice = _("Start the beat and a worker: a job writes one every hour.")
        return Part(name, "", "warn", _("its last root is hours old"), advice)
    return Part(name, "", "ok", _("%(count)s entries") % {"count": newest.size})


def _sweeps() -> Part:
    """Leases that ended and were not put back tell that no sweep runs, whatever the worker's sign says."""
    name = gettext_lazy("Sweeps")
    late = Task.objects.filter(status=TaskStatus.CLAIMED, lease_expires_at__lt=timezone.now() - LEASE_PATIENCE).count()
    if late:
        state = ngettext("%(count)s lease is long over", "%(count)s leases are long over", late) % {"count": late}
        return Part(name, "", "warn", state, _("Start the beat: nothing is queued by the clock now."))
    return Part(name, "", "ok", _("up to now"))
