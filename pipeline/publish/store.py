"""The store: a folder that any static server can serve, with every version that was published.

``<version>/`` holds the package and the DuckDB file, ``sahel-attacks-<version>.zip`` the package in one file beside
its checksum, ``index.json`` what there is, ``latest.json`` the newest version. Everything is written beside its place
and renamed; a version that is there is never written again.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.checksums import package_files, read_sums, sha256
from pipeline.compare.numbers import parts
from pipeline.config import DESCRIPTOR, PACKAGE_NAME, SEMANTIC_VERSION, SUMS
from pipeline.folders import sync
from pipeline.problems import CannotDo

INDEX, LATEST, LOCK, PARTIAL = "index.json", "latest.json", ".lock", ".partial-"
DAMAGED = ".index.json.damaged"
STATES = PUBLISHING, PUBLISHED, FAILED, REMOVED = "publishing", "published", "failed", "removed"
KEPT_OF_REMOVED = ("version", "tag", "schema_version", "release_date", "started", "published", "rebuilt", "content")
"""What the index goes on saying of a version that was taken down."""
OLDEST_ZIP = (1980, 1, 1, 0, 0, 0)
Entry = dict[str, Any]


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store; who comes at the same time waits. The lock ends with the process, however it ends.

    Raises:
        CannotDo: the store cannot be written.
    """
    try:
        store.mkdir(parents=True, exist_ok=True)
        handle = (store / LOCK).open("a")
    except OSError as error:
        raise CannotDo(f"{store}: cannot be written: {error.strerror}") from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        tidy(store)
        yield


def tidy(store: Path) -> None:
    """Delete what a publication that was cut off or failed left half written."""
    for path in store.glob(f"{PARTIAL}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def content(folder: Path) -> str:
    """What identifies the content of a package: the SHA-256 of its ``SHA256SUMS``."""
    return sha256(folder / SUMS)


def entries(store: Path) -> dict[str, Entry]:
    """The versions that ``index.json`` lists, by number.

    Raises:
        CannotDo: the index is damaged.
    """
    path = store / INDEX
    if not path.is_file():
        return {}
    try:
        listed = {entry["version"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))["versions"]}
        if all(SEMANTIC_VERSION.match(version) and entry["status"] in STATES for version, entry in listed.items()):
            return listed
        why = "a version is not three numbers, or its status is unknown"
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = repr(error)
    raise CannotDo(f"{path}: is not the index that was written here ({why})")


def mend_index(store: Path) -> list[str]:
    """Where the index is gone or damaged, write it again from the versions that stand in the store.

    A version whose files and zip are those of its checksums was published. When it was, and which attempts failed,
    nothing but the index knew: the new one does not say it, and says of itself that it was made again.

    Returns:
        What was done, one line each.

    Raises:
        CannotDo: a version is not as it was published. Nothing is changed.
    """
    index = store / INDEX
    folders = sorted(path for path in store.iterdir() if path.is_dir() and SEMANTIC_VERSION.match(path.name))
    if index.is_file():
        try:
            entries(store)
            return []
        except CannotDo:
            what = "was damaged"
    elif folders:
        what = "was gone"
    else:
        return []  # a new store
    made = {path.name: _as_it_stands(store, path.name) for path in folders}
    if index.is_file():
        index.replace(store / DAMAGED)
    for version, entry in made.items():
        record(store, version, **entry)
    set_latest(store)
    told = ", ".join(f"{version} ({entry['status']})" for version, entry in made.items())
    return [
        f"{index} {what} and is made again from what stands in the store: {told or 'no version'}; when a version was "
        "published, and which attempts failed, is not known any more"
    ]


def _as_it_stands(store: Path, version: str) -> Entry:
    """The entry of a version of which only the files are known."""
    folder, archive = store / version, store / f"{PACKAGE_NAME}-{version}.zip"
    checksum = archive.with_name(archive.name + ".sha256")
    way_back = f"bring {folder} back from a copy of the store, or {store / INDEX}, and publish again"
    try:
        sums = read_sums(folder)
        wrong = [name for name, stated in sums.items() if sha256(folder / name) != stated]
        wrong += [] if DESCRIPTOR in sums else [SUMS]
        if not archive.is_file() or not checksum.is_file():  # its publication was cut off before the zip
            return {"status": PUBLISHING, "tag": f"v{version}", "rebuilt": now()}
        if checksum.read_text(encoding="utf-8").split()[:1] != [sha256(archive)]:
            wrong.append(archive.name)
        made = described(store, version) if not wrong else {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotDo(f"the index cannot be made again: {folder} is not whole ({error}); {way_back}") from error
    if wrong:
        raise CannotDo(
            f"the index cannot be made again: {', '.join(wrong)} of {version} is not as published; {way_back}"
        )
    return {**made, "status": PUBLISHED, "tag": f"v{version}", "rebuilt": now()}


def record(store: Path, version: str, **values: Any) -> None:
    """Write what is known of a version into ``index.json``, newest version first."""
    listed = entries(store)
    listed[version] = {"version": version, **listed.get(version, {}), **values}
    _write_index(store, listed)


def _write_index(store: Path, listed: Mapping[str, Entry]) -> None:
    ordered = sorted(listed.values(), key=lambda entry: parts(entry["version"]), reverse=True)
    _write_json(store / INDEX, {"name": PACKAGE_NAME, "versions": ordered})


def is_published(store: Path, version: str, wanted: str) -> bool:
    """Whether a version is published with a content: it stands in the store, and the index says so.

    Raises:
        CannotDo: it stands there with another content, or the index knows another one or that it was taken down.
    """
    folder, known = store / version, entries(store).get(version, {})
    if known.get("status") == REMOVED:
        raise CannotDo(
            f"version {version} was taken down from {store} on {known['removed'][:10]}, and its number is not used "
            "again: set a higher one in params.yaml (release.version)"
        )
    is_known = known.get("status") == PUBLISHED
    found = content(folder) if folder.exists() else known["content"] if is_known else wanted
    if found != wanted:
        raise CannotDo(
            f"{folder}: version {version} is published with other content (its {SUMS} is {found[:12]}…, not "
            f"{wanted[:12]}…); a published version is never changed. If somebody else published it, pull first"
        )
    return is_known and folder.exists()


def take_down(store: Path, version: str, reason: str) -> None:
    """Take a version out of the store because it puts a person in danger.

    The index goes on saying that there was one, with its dates and the checksum of its checksums, since when it is gone
    and why. Its number is never used again. Where a kill came in between, calling it again finishes it.

    Args:
        store: the folder, locked by the caller.
        version: one that was published, and not the newest.
        reason: for everybody to read.

    Raises:
        CannotDo: there is no such version, or none that is newer: the one without what does harm is published first.
    """
    listed = entries(store)
    known = listed.get(version, {})
    if known.get("status") not in (PUBLISHED, REMOVED):
        raise CannotDo(f"{store} holds no published version {version}; nothing was taken down")
    later = [name for name, entry in listed.items() if entry["status"] == PUBLISHED and parts(name) > parts(version)]
    if not later:
        raise CannotDo(
            f"{version} is the newest version of {store}: publish the one without what does harm first, so that "
            "whoever asks for the newest finds it; nothing was taken down"
        )
    if known["status"] == PUBLISHED:
        kept = {key: known[key] for key in KEPT_OF_REMOVED if key in known}
        _write_index(store, {**listed, version: {**kept, "status": REMOVED, "removed": now(), "reason": reason}})
    archive = store / f"{PACKAGE_NAME}-{version}.zip"
    for path in (archive, archive.with_name(archive.name + ".sha256")):
        path.unlink(missing_ok=True)
    if (store / version).exists():  # renamed first: a kill leaves no version that is there in part
        (store / version).rename(store / f"{PARTIAL}{version}")
    tidy(store)


def add(store: Path, version: str, package: Path, database: Path) -> None:
    """Put a version into the store, unless it is there.

    Args:
        store: the folder, locked by the caller.
        version: of the package.
        package: the released package.
        database: its DuckDB file.
    """
    partial = store / f"{PARTIAL}{version}"
    if not (store / version).exists():
        shutil.copytree(package, partial)
        shutil.copy2(database, partial / database.name)
        _as_stated(partial)
        sync(partial)
        partial.rename(store / version)
    archive = store / f"{PACKAGE_NAME}-{version}.zip"
    if not archive.is_file():
        _zip(store / version, read_sums(store / version), archive)
    checksum = archive.with_name(archive.name + ".sha256")
    if not checksum.is_file():
        _write(checksum, f"{sha256(archive)}  {archive.name}\n".encode())


def described(store: Path, version: str) -> Entry:
    """What the index says of a version: its files with checksums, sizes and rows, its schema version and dates."""
    folder = store / version
    descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    archive = store / f"{PACKAGE_NAME}-{version}.zip"
    rows = {resource["path"]: resource["rows"] for resource in descriptor["resources"] if "rows" in resource}
    files = [
        {"path": f"{version}/{name}", "bytes": path.stat().st_size, "sha256": sha256(path)}
        | ({"rows": rows[name]} if name in rows else {})
        for name, path in package_files(folder).items()
    ]
    return {
        "schema_version": descriptor["schema_version"],
        "release_date": descriptor["created"][:10],
        "content": content(folder),
        "zip": {"path": archive.name, "bytes": archive.stat().st_size, "sha256": sha256(archive)},
        "files": files,
    }


def set_latest(store: Path) -> None:
    """Let ``latest.json`` name the highest version that is published; the last thing that a publication writes."""
    published = [entry for entry in entries(store).values() if entry["status"] == PUBLISHED]
    if published:
        newest = max(published, key=lambda entry: parts(entry["version"]))
        keys = ("version", "schema_version", "release_date", "content", "zip")
        _write_json(store / LATEST, {"name": PACKAGE_NAME} | {key: newest[key] for key in keys})


def now() -> str:
    """The time, for the index; no package holds it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _as_stated(folder: Path) -> None:
    """The copy holds what ``SHA256SUMS`` states: a disk that lies is noticed before the version is there."""
    for name, stated in read_sums(folder).items():
        if sha256(folder / name) != stated:
            raise CannotDo(f"{folder / name}: was not copied whole; the version is not published")


def _zip(folder: Path, names: Mapping[str, str], target: Path) -> None:
    """The files of a package in one zip, in the order of their names and without times: the same bytes every time."""
    beside = target.with_name(f"{PARTIAL}{target.name}")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted([*names, SUMS]):
            info = zipfile.ZipInfo(f"{folder.name}/{name}", OLDEST_ZIP)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with (folder / name).open("rb") as source, archive.open(info, "w", force_zip64=True) as out:
                shutil.copyfileobj(source, out)
    _flush(beside)
    beside.replace(target)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    _write(path, (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode())


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{PARTIAL}{path.name}")
    try:
        beside.write_bytes(data)
        _flush(beside)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
