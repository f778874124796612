"""The switch and the caps."""

from django.utils import timezone

from collection.models import Cap, SiteSwitch


def site_switch() -> SiteSwitch:
    """The switch as it stands; before its first use it is on."""
    return SiteSwitch.objects.filter(pk=1).first() or SiteSwitch(is_answering=True)


def cap_get(scope: str, key: str) -> Cap | None:
    return Cap.objects.filter(scope=scope, key=key).first()


def day_key() -> str:
    """Today, as the keys of the daily caps begin."""
    return timezone.localdate().isoformat()
