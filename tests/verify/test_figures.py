"""The folder of figures in a package: its files are held to the checksums, and it is the only folder there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.checksums import write_sums
from pipeline.verify import verify_package

FIGURE = "figures/map_of_incidents.en.svg"


def altered(package: Path) -> None:
    (package / FIGURE).write_text("<svg/>", encoding="utf-8")


def missing(package: Path) -> None:
    (package / FIGURE).unlink()


def another(package: Path) -> None:
    (package / "figures" / "more.svg").write_text("<svg/>", encoding="utf-8")


def a_folder_in_it(package: Path) -> None:
    (package / "figures" / "deeper").mkdir()


def another_folder(package: Path) -> None:
    (package / "pictures").mkdir()


def a_link_to_another_folder(package: Path) -> None:
    (package / "figures").rename(package.parent / "elsewhere")
    (package / "figures").symlink_to(package.parent / "elsewhere")
    write_sums(package)


@pytest.mark.parametrize(
    ("spoil", "file", "rules_broken"),
    [
        (altered, FIGURE, {"package.checksum", "package.hash"}),
        (missing, FIGURE, {"package.checksum", "package.missing_file"}),
        (another, "figures/more.svg", {"package.checksum"}),
        (a_folder_in_it, "figures/deeper", {"package.not_a_file"}),
        (another_folder, "pictures", {"package.not_a_file"}),
        (a_link_to_another_folder, "figures", {"package.not_a_file"}),
    ],
)
def test_what_does_not_belong_there_is_found(
    package: Path, rules: Path, spoil: Callable[[Path], None], file: str, rules_broken: set[str]
) -> None:
    spoil(package)
    found = verify_package(package, rules).problems
    assert {problem.rule for problem in found if problem.file == file} == rules_broken
