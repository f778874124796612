"""Taking a retracted release off the hub: its files from the head of the repository, with the reason in their place, and its tag."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from annotation.models import Release
from annotation.release.hub import KIND, OF_THE_HUB, files_held, hub_open, tag_of
from annotation.selectors.releases import Retraction, retraction_of
from config.audit import act_note
from config.errors import DomainError

CARD_FILE = "README.md"
NOTICE = """---
license: other
tags:
- retracted
---

# {name}

**このリリースは {day} に取り下げられました。使わないでください。**

理由：{why}

**This release was taken off on {day}. Do not use it.**

Reason: {why}
"""


class ReleaseNotRetracted(DomainError):
    code = "release_not_retracted"
    status = 409
    message = _(
        "This release has not been retracted. Retract it on the releases page first; a reason is asked for there."
    )


class HubHoldsNoneOfIt(DomainError):
    code = "hub_holds_none_of_it"
    status = 409
    message = _("The repository has no tag of this release, so nothing was changed there.")


@dataclass(frozen=True)
class TakenOff:
    """What was done: the commit with the reason, if this release was the one that everybody got, and the tag."""

    commit: str
    tag: str


def release_take_off(*, release: Release, repo: str) -> TakenOff:
    """Take a retracted release off a repository. A newer one there stays; safe to run again after an interruption.

    Raises `ReleaseNotRetracted`, `HubHoldsNoneOfIt`, and what `hub_open` does.
    """
    retraction = retraction_of(release)
    if retraction is None:
        raise ReleaseNotRetracted()
    with hub_open(repo) as api:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        tag, commit = tag_of(release.name), ""
        tags = {one.name: one.target_commit for one in api.list_repo_refs(repo, repo_type=KIND).tags}
        if tag not in tags:
            raise HubHoldsNoneOfIt()
        if api.repo_info(repo, repo_type=KIND).sha == tags[tag]:
            gone = sorted(set(files_held(api, repo)) - OF_THE_HUB - {CARD_FILE})
            notice = CommitOperationAdd(path_in_repo=CARD_FILE, path_or_fileobj=_notice(release, retraction))
            done = api.create_commit(
                repo,
                [notice, *(CommitOperationDelete(path) for path in gone)],
                commit_message=f"Retract {release.name}",
                repo_type=KIND,
            )
            commit = str(done.oid)
        api.delete_tag(repo, tag=tag, repo_type=KIND)
    act_note(
        by=None, act="changed", subject_kind="release", subject_id=release.public_id, what="hub_retracted", repo=repo
    )
    return TakenOff(commit=commit, tag=tag)


def _notice(release: Release, retraction: Retraction) -> bytes:
    name, why = (" ".join(text.split()) for text in (release.name, retraction.why))
    return NOTICE.format(name=name, why=why, day=f"{retraction.at:%Y-%m-%d}").encode()
