"""A package in a folder or a zip, and what is taken for neither."""

from __future__ import annotations

import errno
import io
import os
import stat
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.packages import Limits, opened, opening, read_descriptor
from pipeline.packages.opening import Tell
from pipeline.problems import CannotDo
from tests.packages.conftest import contents

SMALL = Limits(largest=1_000_000, harmless=1_000, expansion=10)


def zipped(folder: Path, target: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, inside + path.relative_to(folder).as_posix())
    return target


def test_a_folder_is_used_where_it_lies(package: Path) -> None:
    with opened(package) as folder:
        assert folder == package
    with opened(str(package / "datapackage.json")) as folder:
        assert folder == package


@pytest.mark.parametrize("inside", ["", "sahel-attacks-1.0.0/"])
def test_a_zip_is_unpacked_flat_or_from_its_one_folder(package: Path, tmp_path: Path, inside: str) -> None:
    archive = zipped(package, tmp_path / "package.zip", inside)
    with opened(archive) as folder:
        assert contents(folder) == contents(package)
    assert not folder.exists()


def test_entries_for_folders_are_passed_over(package: Path, tmp_path: Path) -> None:
    archive = zipped(package, tmp_path / "package.zip", "top/")
    with zipfile.ZipFile(archive, "a") as more:
        more.mkdir("top/")
    with opened(archive) as folder:
        assert contents(folder) == contents(package)


def test_what_was_unpacked_is_gone_after_an_error_of_the_user(package: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyError), opened(zipped(package, tmp_path / "package.zip")):
        raise KeyError("of the user")


def test_an_error_of_the_user_is_not_taken_for_one_of_opening(package: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), opened(zipped(package, tmp_path / "package.zip")) as folder:
        (folder / "nothing").read_bytes()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../datapackage.json", "by plain names"),
        ("/etc/passwd", "by plain names"),
        ("a/../../b", "by plain names"),
        ("C:\\b", "by plain names"),
        ("..\\b", "by plain names"),
        ("sub/folder.csv", "by plain names"),
        ("figures/../../b", "by plain names"),
        ("figures/../b", "by plain names"),
        ("figures/deeper/b.svg", "by plain names"),
        ("figures/figures/b.svg", "by plain names"),
        ("figures//b.svg", "by plain names"),
        ("figures/.hidden", "by plain names"),
        ("figures\\b.svg", "by plain names"),
        ("Figures/b.svg", "by plain names"),
        ("/figures/b.svg", "by plain names"),
        ("figures/sites.svg", "twice"),
        (".hidden", "by plain names"),
        ("line\nbreak", "by plain names"),
        ("README.md", "twice"),
    ],
)
def test_a_zip_with_a_name_that_leads_elsewhere_is_refused(package: Path, tmp_path: Path, name: str, said: str) -> None:
    archive = zipped(package, tmp_path / "package.zip")
    with zipfile.ZipFile(archive, "a") as more, pytest.warns() if said == "twice" else no_warning():
        more.writestr(zipfile.ZipInfo(name), b"more")
    before = contents_below(tmp_path)
    with pytest.raises(CannotDo, match=said), opened(archive):
        pass
    assert contents_below(tmp_path) == before


@contextmanager
def no_warning() -> Iterator[None]:
    yield


def contents_below(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
@pytest.mark.parametrize("name", ["link.csv", "figures/link.svg"])
def test_a_zip_with_a_link_or_a_device_is_refused(package: Path, tmp_path: Path, kind: int, name: str) -> None:
    archive = zipped(package, tmp_path / "package.zip")
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr(entry, "/etc/passwd")
    with pytest.raises(CannotDo, match=rf"'{name}', which is a link or no file"), opened(archive):
        pass


def test_a_zip_bomb_is_refused_by_what_it_unpacks_to(package: Path, tmp_path: Path) -> None:
    (package / "zeros.csv").write_bytes(b"0" * 5_000_000)
    archive = zipped(package, tmp_path / "package.zip")
    assert archive.stat().st_size < 50_000
    with pytest.raises(CannotDo, match=r"unpacks to more than 10 times as much: .* zip bomb"), opened(archive, SMALL):
        pass


def test_a_zip_bomb_that_lies_about_its_size_is_refused_all_the_same(package: Path, tmp_path: Path) -> None:
    (package / "zeros.csv").write_bytes(b"0" * 5_000_000)
    archive = zipped(package, tmp_path / "package.zip")
    honest, lie = struct.pack("<L", 5_000_000), struct.pack("<L", 10)
    raw = archive.read_bytes()
    assert raw.count(honest) == 2  # in the entry and in the list of files
    archive.write_bytes(raw.replace(honest, lie))
    with pytest.raises(CannotDo, match=r"is no zip that can be read|zip bomb"), opened(archive, SMALL):
        pass


def test_a_zip_larger_than_the_limit_says_how_to_raise_it(package: Path, tmp_path: Path) -> None:
    (package / "noise.csv").write_bytes(os.urandom(2_000_000))
    archive = zipped(package, tmp_path / "package.zip")
    with pytest.raises(CannotDo, match=r"larger than 1 MB, .* SAHEL_LARGEST_MB=2 allows more"), opened(archive, SMALL):
        pass


def test_the_limit_is_raised_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHEL_LARGEST_MB", "9000")
    assert Limits.of_environment().largest == 9_000_000_000
    monkeypatch.setenv("SAHEL_LARGEST_MB", "much")
    with pytest.raises(CannotDo, match="SAHEL_LARGEST_MB is 'much'"):
        Limits.of_environment()


def test_a_zip_of_too_many_files_is_refused(package: Path, tmp_path: Path) -> None:
    archive = zipped(package, tmp_path / "package.zip")
    with zipfile.ZipFile(archive, "a") as more:
        for number in range(1_001):
            more.writestr(f"{number}.csv", b"")
    with pytest.raises(CannotDo, match="more than 1,000"), opened(archive):
        pass


def test_a_list_of_files_as_large_as_the_zip_says_is_not_read(package: Path, tmp_path: Path) -> None:
    archive = zipped(package, tmp_path / "package.zip")
    raw = bytearray(archive.read_bytes() + b"\0" * 5_000_000)
    end = raw.rindex(b"PK\5\6")
    tail = raw[end : end + 22]
    del raw[end : end + 22]
    struct.pack_into("<LL", tail, 12, 5_000_000, 0)
    archive.write_bytes(raw + tail)
    with pytest.raises(CannotDo, match="its list of files would have 5,000,000 bytes"), opened(archive):
        pass


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:-1],
        lambda raw: raw.replace(b"Sites.", b"Bytes."),
        lambda _raw: b"",
        lambda _raw: b"PK\3\4 and nothing",
        lambda _raw: b"{}",
    ],
    ids=["half", "all but a byte", "a changed byte", "empty", "begins as one", "json"],
)
def test_a_zip_cut_short_or_spoilt_is_refused(package: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as made:
        for path in package.iterdir():
            made.write(path, path.name)
    archive.write_bytes(spoil(archive.read_bytes()))
    with pytest.raises(CannotDo, match=r"package\.zip: is no zip that can be read"), opened(archive):
        pass


def test_an_encrypted_zip_is_refused(package: Path, tmp_path: Path) -> None:
    archive = zipped(package, tmp_path / "package.zip")
    raw = bytearray(archive.read_bytes())
    at = -1
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        while (at := raw.find(mark, at + 1)) >= 0:
            raw[at + offset] |= 1
    archive.write_bytes(raw)
    with pytest.raises(CannotDo, match="encrypted"), opened(archive):
        pass


def test_a_zip_without_a_descriptor_is_no_package(package: Path, tmp_path: Path) -> None:
    (package / "datapackage.json").unlink()
    archive = zipped(package, tmp_path / "package.zip")
    with pytest.raises(CannotDo, match=r"holds no datapackage\.json and is no package"), opened(archive):
        pass


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "there is no such folder or zip"),
        ("no\0where", "cannot be opened"),
        ("x" * 300, "cannot be opened: File name too long"),
        ("ftp://example.org/package", "only addresses that begin with http:// or https://"),
        ("file:///tmp", "only addresses"),
        ("/dev/null", "is neither a folder nor a zip"),
    ],
)
def test_what_is_no_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotDo, match=said), opened(name):
        pass


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_people_who_watch(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = zipped(package, tmp_path / "package.zip")
    with opened(archive):
        pass
    assert capsys.readouterr() == ("", "")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with opened(archive):
        pass
    assert "sites.csv" in terminal.getvalue()


@contextmanager
def without_rights(path: Path) -> Iterator[None]:
    """As somebody who may not read a path."""
    path.chmod(0)
    who = os.geteuid()
    if who == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(who)
        path.chmod(0o700)


def test_no_permission_to_read_a_zip_is_told(package: Path, tmp_path: Path, scratch: Path) -> None:
    archive = zipped(package, tmp_path / "package.zip")
    scratch.chmod(0o777)
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    with pytest.raises(CannotDo, match=r"package\.zip: cannot be opened: Permission denied"):  # noqa: SIM117
        with without_rights(archive), opened(archive):
            pass


def test_a_full_disk_is_told_and_nothing_is_left(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def disk_full() -> Iterator[Tell]:
        def fail(_name: str, _size: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        yield fail

    monkeypatch.setattr(opening, "_telling", disk_full)
    archive = zipped(package, tmp_path / "package.zip")
    with pytest.raises(CannotDo, match=r"could not be laid out in .*: No space left on device"), opened(archive):
        pass


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"{", "is not JSON"),
        (b"[" * 1_000_000, "is not JSON"),
        (b'{"resources": ' + b"9" * 10_000 + b"}", "is not JSON"),
        (b"\xff\xfe{}", "is not JSON"),
        (b'{"resources": 3}', "has no list of resources"),
        (b'{"resources": [3]}', "has no list of resources"),
        (b"[]", "has no list of resources"),
        (b'{"resources": [' + b"{}," * 1_000 + b"{}]}", "lists 1,001 resources, more than 1,000"),
    ],
)
def test_a_descriptor_that_is_none_is_refused(package: Path, held: bytes, said: str) -> None:
    (package / "datapackage.json").write_bytes(held)
    with pytest.raises(CannotDo, match=rf"package: datapackage\.json: {said}"):
        read_descriptor(package)


def test_a_descriptor_of_100_mb_is_not_read(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.truncate(package / "datapackage.json", 100_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("was read"))
    with pytest.raises(CannotDo, match=r"datapackage\.json: holds 100 MB, no descriptor is larger than 20"):
        read_descriptor(package)
