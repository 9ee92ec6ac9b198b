"""The seven steps of a publication; each can be repeated, and one that was cut off goes on where it stopped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pipeline.commands import build, dvc, git, git_succeeds
from pipeline.compare.numbers import UNCHANGED, parts
from pipeline.config import CHANGELOGS, DESCRIPTOR, SUMS, Project, built_version, load_params
from pipeline.database import database
from pipeline.folders import beside, put_in_place
from pipeline.interrupted import put_right
from pipeline.packages import read_descriptor
from pipeline.problems import CannotDo, NotWell, Problem
from pipeline.publish import store as stores

LOCK_FILE = "dvc.lock"
CONTENT = "content: "
"""What the message of a tag says before the SHA-256 of the package's SHA256SUMS."""
Say = Callable[[str], None]


def publish(project: Project, store: Path, wanted: str | None, say: Say) -> str:
    """Publish what the checkout holds as the version that is due.

    1. Uncommitted changes other than of ``dvc.lock`` are refused.
    2. ``dvc repro``; when nothing changed since the last publication, that is said and all is well.
    3. The version is the one that is due, or the higher one of ``params.yaml``.
    4. ``dvc.lock`` is committed where it changed; the annotated tag ``v<version>`` states the content.
    5. ``dvc push``, where a data remote is configured.
    6. The store is written, ``latest.json`` last.
    7. The package becomes the baseline of the next one; ``dvc repro``; both are committed.

    Args:
        project: the checkout.
        store: the folder that a server shows.
        wanted: the version that the caller expects, or None.
        say: told what is done.

    Returns:
        The version that is published now.

    Raises:
        NotWell: the build or the version is not well, or the version is published with other content.
        CannotDo: git, DVC or the disk failed. The store holds the version whole or not at all, and the index says that
            it failed.
    """
    if store.resolve().is_relative_to(project.root.resolve()):
        raise CannotDo(f"{store} lies in the checkout: a store is a folder of its own, elsewhere")
    try:
        with stores.locked(store):
            return _publish(project, store, wanted, say)
    except OSError as error:
        raise CannotDo(f"{_told(error, store)}; run it again when that is put right") from error


def _publish(project: Project, store: Path, wanted: str | None, say: Say) -> str:
    for line in [*stores.mend_index(store), *put_right(project.root)]:
        say(line)
    _finish_baseline(project, store, say)
    _refuse_uncommitted(project)
    say("building")
    build(project)
    version = built_version(project)
    if version.endswith(UNCHANGED):
        return _unchanged(project, store, version.removesuffix(UNCHANGED), wanted, say)
    _refuse_other(wanted, version)
    _refuse_newer(project, store, version)
    try:
        _publish_version(project, store, version, say)
    except (CannotDo, OSError) as error:
        why = _told(error, store) if isinstance(error, OSError) else str(error)
        _record_failure(store, version, why, say)
        raise
    _replace_baseline(project, store, version, say)
    return version


def _unchanged(project: Project, store: Path, last: str, wanted: str | None, say: Say) -> str:
    """Nothing is to be published; what the build wrote is committed."""
    _refuse_other(wanted, last)
    if not stores.is_published(store, last, stores.content(project.baseline)):
        raise CannotDo(
            f"nothing changed since version {last}, which {store} does not hold: it was published into another "
            f"store. A store is filled from another one by copying its files, latest.json last"
        )
    _commit(project, [LOCK_FILE], f"Lock of the build after {last}")
    say(f"nothing changed since version {last}")
    return last


def _refuse_other(wanted: str | None, version: str) -> None:
    if wanted is not None and wanted != version:
        message = f"{version} is due, not {wanted}; a higher one is set in params.yaml (release.version)"
        raise NotWell(
            [Problem("params.yaml", 0, "release.version", message, "publish.version")], "nothing was published"
        )


def _publish_version(project: Project, store: Path, version: str, say: Say) -> None:
    digest = stores.content(project.release)
    _refuse_other_tag(project, version, digest)
    is_published = stores.is_published(store, version, digest)
    say(f"tagging v{version}")
    _commit(project, [LOCK_FILE], f"Lock of version {version}")
    _tag(project, version, digest)
    _push(project, say)
    say(f"writing {store / version}")
    if not is_published:
        stores.record(store, version, status=stores.PUBLISHING, started=stores.now(), tag=f"v{version}")
    database(project, load_params(project))
    stores.add(store, version, project.release, project.database)
    if not is_published:
        made = stores.described(store, version)
        stores.record(store, version, **made, status=stores.PUBLISHED, published=stores.now(), failure=None)
    stores.set_latest(store)


def _push(project: Project, say: Say) -> None:
    if dvc(project.root, "remote", "list").strip():
        say("pushing to the data remote")
        dvc(project.root, "push")
    else:
        say("no data remote is configured: dvc get will not find this version (dvc remote add -d NAME URL)")


def _record_failure(store: Path, version: str, why: str, say: Say) -> None:
    """Say in the index that a publication failed, unless the version stands there whole."""
    try:
        stores.tidy(store)  # on a full disk this makes the room
        if stores.entries(store).get(version, {}).get("status") != stores.PUBLISHED:
            stores.record(store, version, status=stores.FAILED, failure=why, failed=stores.now())
    except (CannotDo, OSError) as error:
        say(f"the index cannot say that it failed: {_told(error, store) if isinstance(error, OSError) else error}")


def _told(error: OSError, store: Path) -> str:
    """Which file, and what is the matter with it."""
    if isinstance(error, shutil.Error):  # of a folder that was copied: a list of files
        _, target, why = error.args[0][0]
        return f"{target}: {why}"
    return f"{error.filename or store}: {error.strerror or error}"


def _finish_baseline(project: Project, store: Path, say: Say) -> None:
    """Where a kill came between the new baseline and its commit, commit it."""
    changed = _uncommitted(project)
    in_baseline = [path for path in changed if path.startswith(f"{project.relative(project.baseline)}/")]
    if not in_baseline or set(changed) - set(in_baseline) - {LOCK_FILE}:
        return
    if not all((project.baseline / name).is_file() for name in (DESCRIPTOR, SUMS)):
        return
    version = str(read_descriptor(project.baseline)["version"])
    if (store / version).is_dir() and stores.content(project.baseline) == stores.content(store / version):
        _commit_baseline(project, version, say)


def _replace_baseline(project: Project, store: Path, version: str, say: Say) -> None:
    """What the next release is compared with: the tables as Parquet, their description, the change log."""
    new = beside(project.baseline)
    kept = (DESCRIPTOR, SUMS, *CHANGELOGS.values())
    for path in sorted((store / version).iterdir()):
        if path.suffixes == [".parquet"] or path.name in kept:
            shutil.copy2(path, new)
    shutil.copy2(project.baseline / "README.md", new)
    put_in_place(new, project.baseline)
    _commit_baseline(project, version, say)


def _commit_baseline(project: Project, version: str, say: Say) -> None:
    say("the next release will be compared with this one")
    build(project)
    _commit(project, [project.relative(project.baseline), LOCK_FILE], f"Baseline: version {version}")


def _refuse_uncommitted(project: Project) -> None:
    changed = [path for path in _uncommitted(project) if path != LOCK_FILE]
    if changed:
        problems = [Problem(path, 0, "", "is not committed", "publish.uncommitted") for path in changed]
        raise NotWell(
            problems, "nothing was published: what is published can be built again from a commit, so commit first"
        )


def _refuse_newer(project: Project, store: Path, version: str) -> None:
    """What was compared with an older baseline would take back, unsaid, what the store has published since."""
    last = read_descriptor(project.baseline)["version"] if (project.baseline / DESCRIPTOR).is_file() else "0.0.0"
    published = [name for name, entry in stores.entries(store).items() if entry["status"] == stores.PUBLISHED]
    newer = [name for name in published if name != version and parts(name) > parts(last)]
    if newer:
        raise CannotDo(
            f"{store} holds version {max(newer, key=parts)}, and the baseline of this checkout is older: "
            "pull the commits of that publication first; nothing was published"
        )


def _uncommitted(project: Project) -> list[str]:
    """The files that differ from the last commit or are not in it."""
    listed = git(project.root, "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z")
    return [line[3:] for line in listed.split("\0") if line]


def _commit(project: Project, paths: list[str], message: str) -> None:
    git(project.root, "add", "--all", "--", *paths)
    if not git_succeeds(project.root, "diff", "--cached", "--quiet"):
        git(project.root, "commit", "--quiet", "--no-verify", "--message", message)


def _is_tagged(project: Project, version: str) -> bool:
    return git_succeeds(project.root, "rev-parse", "--verify", "--quiet", f"refs/tags/v{version}")


def _refuse_other_tag(project: Project, version: str, digest: str) -> None:
    """A tag that is there states the same content; on which commit it is, does not matter for that."""
    name = f"v{version}"
    if _is_tagged(project, version) and tagged_content(project.root, version) != digest:
        raise CannotDo(
            f"the tag {name} states other content than this build. If its publication was cut off and other data were "
            f"committed since, check out the tag and publish that first:\n"
            f"  git restore {LOCK_FILE} && git switch --create finish-{name} {name}\n"
            f"  sahel publish with the same --store\n"
            f"  git switch - && git merge -X ours finish-{name}\n"
            f"If that version was published elsewhere, pull its baseline; if it never was and is not to be, delete the "
            f"tag (git tag --delete {name}). Then publish again"
        )


def _tag(project: Project, version: str, digest: str) -> None:
    """Tag the commit, unless a run that was cut off has done so."""
    if not _is_tagged(project, version):
        message = f"Version {version}\n\n{CONTENT}{digest}"
        git(project.root, "tag", "--annotate", f"v{version}", "--message", message)


def tagged_content(folder: Path, version: str) -> str | None:
    """The SHA-256 of the package's SHA256SUMS that the tag of a version states; None where it states none.

    Raises:
        CannotDo: there is no such tag.
    """
    message = git(folder, "tag", "--list", f"v{version}", "--format=%(contents)")
    if not message:
        raise CannotDo(f"there is no tag v{version} in this repository: git fetch --tags brings those of the others")
    lines = [line.removeprefix(CONTENT) for line in message.splitlines() if line.startswith(CONTENT)]
    return lines[0] if lines else None
