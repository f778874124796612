"""Sending a published release to a dataset repository of the Hugging Face Hub, by `huggingface_hub`.

What is there already is not sent again: neither files that the repository holds, nor large ones that an upload that was
interrupted had brought whole. The commit comes last, so that the repository holds the old release or the new one.
"""

import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from annotation.models import Release
from annotation.release.publish import ReleaseFolderChanged, release_file
from annotation.release.seal import MANIFEST_FILE
from annotation.states import ReleaseStatus
from config.audit import act_note
from config.errors import DomainError, NotFound

if TYPE_CHECKING:
    from huggingface_hub import HfApi

KIND = "dataset"
# What the hub puts into a new repository by itself.
OF_THE_HUB = {".gitattributes"}
# What somebody may have begun by hand before the first release.
HARMLESS = {*OF_THE_HUB, "README.md", "LICENSE"}
ANSWER_MAX_CHARACTERS = 300

# Told of each file: "sent" or "there", its path and its bytes.
Told = Callable[[str, str, int], Any]


class ReleaseNotPublished(DomainError):
    code = "release_not_published"
    status = 409
    message = _("Only a published release goes to the hub. Publish it on the releases page first.")


class ReleaseIsPractice(DomainError):
    code = "release_is_practice"
    status = 409
    message = _("This release is practice text. To send it all the same, for a rehearsal, add --practice.")


class HubTokenMissing(DomainError):
    code = "hub_token_missing"
    status = 400
    message = _("HF_TOKEN is not set. Put a token into it that may write to the repository.")


class HubNameWrong(DomainError):
    code = "hub_name_wrong"
    status = 400
    message = _("A repository is named ORG/NAME.")


class HubRefused(DomainError):
    code = "hub_refused"
    status = 403
    message = _("The hub refused. Check that the token in HF_TOKEN is valid and may write to the repository.")


class HubHoldsOther(DomainError):
    code = "hub_holds_other"
    status = 409
    message = _("The repository holds something that is not a release. Name another; nothing was changed there.")


class HubUnwilling(DomainError):
    code = "hub_unwilling"
    status = 502
    message = _("The hub did not take the release.")


class HubMissing(DomainError):
    code = "hub_missing"
    status = 501
    message = _("The package huggingface_hub is not installed. `make optional` installs it.")


class HubBroke(DomainError):
    code = "hub_broke"
    status = 502
    message = _("The upload was interrupted. Run the command again: what has arrived is not sent again.")


@dataclass
class Sent:
    """What became of each path: sent now, there already, or taken away because it is not of this release."""

    url: str
    commit: str = ""
    tag: str = ""
    sent: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def release_send(*, release: Release, repo: str, allow_practice: bool = False, told: Told | None = None) -> Sent:
    """Make the repository hold exactly this release, and tag it with its name.

    Reads every byte first: a changed file is never sent. Raises the errors of this module and `ReleaseFolderChanged`.
    """
    files = _files_checked(release, allow_practice)
    with hub_open(repo) as api:
        sent = _send(api, release, repo, files, told or (lambda *_facts: None))
    if sent.sent or sent.removed:
        act_note(by=None, act="exported", subject_kind="release", subject_id=release.public_id, what="hub", repo=repo)
    return sent


@contextmanager
def hub_open(repo: str) -> Iterator["HfApi"]:
    """Give what speaks with the hub; what goes wrong becomes an error of this module."""
    if find_spec("huggingface_hub") is None:
        raise HubMissing()
    api = _api(repo)
    from httpx2 import HTTPError
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield api
    except HfHubHTTPError as error:
        raise _plain_error(error.response.status_code, error.server_message) from error
    except ValueError as error:
        raise _unwilling(str(error)) from error
    except (HTTPError, RuntimeError, OSError) as error:  # the library wraps what went wrong with a large file
        raise HubBroke() from error


def _files_checked(release: Release, allow_practice: bool) -> dict[str, Path]:
    """The files of the release on the disk, by path, each as it was published."""
    if release.status != ReleaseStatus.PUBLISHED:
        raise ReleaseNotPublished()
    if release.is_demonstration and not allow_practice:
        raise ReleaseIsPractice()
    try:
        return {file["path"]: release_file(release, file["path"]) for file in release.files}
    except NotFound as error:
        raise ReleaseFolderChanged() from error


def _api(repo: str) -> "HfApi":
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import disable_progress_bars, validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise HubNameWrong() from error
    if "/" not in repo:
        raise HubNameWrong()
    if not settings.HF_TOKEN:
        raise HubTokenMissing()
    constants.HF_HUB_DISABLE_XET = True  # large files go by the Git LFS protocol, which our tests speak too
    if not sys.stderr.isatty():
        disable_progress_bars()
    return HfApi(endpoint=settings.HF_ENDPOINT, token=settings.HF_TOKEN)


def _send(api: "HfApi", release: Release, repo: str, files: dict[str, Path], told: Told) -> Sent:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    result = Sent(url=str(api.create_repo(repo, repo_type=KIND, exist_ok=True)), tag=tag_of(release.name))
    held = files_held(api, repo)
    if not (set(held) <= HARMLESS or MANIFEST_FILE in held):
        raise HubHoldsOther()
    additions = []
    for listed in release.files:
        path, size = listed["path"], listed["bytes"]
        if _is_same(held.get(path), listed["sha256"], files[path]):
            result.there.append(path)
            told("there", path, size)
            continue
        addition = CommitOperationAdd(path_in_repo=path, path_or_fileobj=files[path])
        api.preupload_lfs_files(repo, additions=[addition], repo_type=KIND, free_memory=False)
        additions.append(addition)
        result.sent.append(path)
        told("sent", path, size)
    result.removed = sorted(set(held) - set(files) - OF_THE_HUB)
    if additions or result.removed:
        done = api.create_commit(
            repo,
            [*additions, *(CommitOperationDelete(path) for path in result.removed)],
            commit_message=release.name,
            commit_description=f"Merkle root {release.manifest['merkle_root']}",
            repo_type=KIND,
        )
        result.commit = str(done.oid)
    else:
        result.commit = str(api.repo_info(repo, repo_type=KIND).sha)
    if result.tag:
        api.create_tag(repo, tag=result.tag, revision=result.commit, repo_type=KIND, exist_ok=True)
    return result


def files_held(api: "HfApi", repo: str) -> dict[str, Any]:
    """Every file of the repository, by path."""
    from huggingface_hub.hf_api import RepoFile

    listed = api.list_repo_tree(repo, recursive=True, repo_type=KIND)
    return {entry.path: entry for entry in listed if isinstance(entry, RepoFile)}


def _is_same(held: Any, sha256: str, file: Path) -> bool:
    """Whether the repository's file has these bytes: a large one is known by its SHA-256, a small one by Git's own hash."""
    if held is None:
        return False
    if held.lfs is not None:
        return bool(held.lfs.sha256 == sha256)
    if held.size != file.stat().st_size:
        return False
    content = file.read_bytes()
    return bool(held.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest())


def tag_of(name: str) -> str:
    """The release's name as Git allows it; none when nothing of it is left."""
    return re.sub(r"\.{2,}", ".", re.sub(r"[^\w.-]+", "-", name)).strip(".-").removesuffix(".lock")


def _plain_error(status: int, answer: str | None) -> DomainError:
    if status in (401, 403, 404):
        return HubRefused()
    return HubBroke() if status >= 500 or status in (408, 429) else _unwilling(answer or str(status))


def _unwilling(answer: str) -> DomainError:
    said = " ".join(answer.split())[:ANSWER_MAX_CHARACTERS]
    return HubUnwilling(_("The hub did not take the release. It said: %(answer)s") % {"answer": said})
