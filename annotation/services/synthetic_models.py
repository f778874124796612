"""The register of models whose outputs may train others, and which models and servers can never be in it."""

import re
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from annotation.errors import (
    ModelNameUnreadable,
    ModelRefused,
    ModelUnknown,
    ModelUnvouched,
    ServerRefused,
    ServerUnusable,
)
from annotation.models import SyntheticModel
from annotation.models.synthetic import OPENAI_HOST, OPENAI_NAME
from config.errors import Conflict

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}")
_OPENAI_NAME = re.compile(OPENAI_NAME)
_OPENAI_HOST = re.compile(OPENAI_HOST)
# Others whose terms forbid to train competing models with what they return.
_FORBIDDING = re.compile(
    r"(^|\.)(anthropic\.com|claude\.ai|generativelanguage\.googleapis\.com|([a-z0-9-]+-)?aiplatform\.googleapis\.com|x\.ai)$"
)


def model_name_check(name: str) -> str:
    """Return the name, if a model of that name may be in the register. Raises `ModelNameUnreadable` or `ModelRefused`."""
    if not _PLAIN.fullmatch(name):
        raise ModelNameUnreadable()
    openai_refuse(name)
    return name


def openai_refuse(name: str) -> None:
    """Raise `ModelRefused` for a name of OpenAI's, such as a server says it of itself."""
    if _OPENAI_NAME.search(name.lower()):
        raise ModelRefused(ModelRefused.message % {"name": name})


def server_host(base_url: str) -> str:
    """Return the host of a server that may be asked. Raises `ServerUnusable` or `ServerRefused`."""
    try:
        parts = urlsplit(base_url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
        _ = parts.port
    except ValueError as error:  # UnicodeError is one
        raise ServerUnusable() from error
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password or parts.query:
        raise ServerUnusable()
    if _OPENAI_HOST.search(host) or _FORBIDDING.search(host):
        raise ServerRefused(ServerRefused.message % {"host": host})
    return host


def model_add(*, name: str, licence: str, source: str, confirmed_by: str, is_training_allowed: bool) -> SyntheticModel:
    """Enter a model, or a new word on it; the newest row is in force.

    Raises `ModelNameUnreadable`, `ModelRefused`, or `ModelUnvouched` where one of the facts or the confirmation is missing.
    """
    facts = {"licence": licence.strip(), "source": source.strip(), "confirmed_by": confirmed_by.strip()}
    if not all(facts.values()) or not is_training_allowed or urlsplit(facts["source"]).scheme not in ("http", "https"):
        raise ModelUnvouched()
    return _write(model_name_check(name), is_training_allowed=True, **facts)


def model_revoke(*, name: str, by: str) -> SyntheticModel:
    """Take back the word on a model: nothing more is generated with it, and nothing of it is released. Raises `ModelUnknown`."""
    if not by.strip():
        raise ModelUnvouched()
    known = model_in_force(name)
    return _write(name, is_training_allowed=False, licence=known.licence, source=known.source, confirmed_by=by.strip())


def model_in_force(name: str) -> SyntheticModel:
    """Return the newest row of a model with which training is allowed. Raises `ModelUnknown` or what `model_name_check` does."""
    newest = SyntheticModel.objects.filter(name=model_name_check(name)).order_by("-version").first()
    if newest is None or not newest.is_training_allowed:
        raise ModelUnknown(ModelUnknown.message % {"name": name})
    return newest


def _write(name: str, *, is_training_allowed: bool, licence: str, source: str, confirmed_by: str) -> SyntheticModel:
    newest = SyntheticModel.objects.filter(name=name).order_by("-version").first()
    try:
        with transaction.atomic():
            return SyntheticModel.objects.create(
                name=name,
                version=newest.version + 1 if newest else 1,
                licence=licence,
                source=source,
                is_training_allowed=is_training_allowed,
                confirmed_by=confirmed_by,
            )
    except IntegrityError as error:  # somebody else's word came first
        raise Conflict() from error
