"""Files that are cut off, packed to deceive, in another encoding or too long in the line: refused in bounded memory."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Project
from pipeline.engine import connect
from pipeline.problems import EXIT_NOT_WELL, NotWell
from pipeline.sources.tabular.cells import load_excel
from tests.sources.tabular.rows import Reader, as_csv, columns, ged

SOURCE = "ucdp_candidate"
MEASURED = """
import sys
from pathlib import Path
from pipeline.cli.app import main
try:
    main()
finally:
    status = Path("/proc/self/status").read_text()
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


@pytest.fixture(scope="module")
def content(project: Project) -> bytes:
    return as_csv(columns(project, SOURCE), ged({}, {}))


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, held in members.items():
            archive.writestr(name, held)
    return out.getvalue()


def refusal(read: Reader, name: str, given: bytes) -> tuple[str, str]:
    with pytest.raises(NotWell) as refused:
        read(SOURCE, {name: given})
    [problem] = refused.value.problems
    assert problem.file == f"data/raw/external/{SOURCE}/{name}"
    return problem.rule, problem.message


def test_a_zip_with_one_table_is_read(read: Reader, content: bytes) -> None:
    found = read(
        SOURCE, {"ged.zip": packed({"readme.pdf": b"x", "__MACOSX/._GEDEvent.csv": b"x", "GEDEvent.csv": content})}
    )
    assert len(found.rows("records")) == 2
    assert {row["source_file"] for row in found.rows("records")} == {f"data/raw/external/{SOURCE}/ged.zip"}


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv"])
def test_a_name_that_leads_out_of_the_zip_is_refused(read: Reader, content: bytes, name: str, tmp_path: Path) -> None:
    rule, said = refusal(read, "ged.zip", packed({name: content}))
    assert rule == "tabular.zip"
    assert "leads out" in said
    assert not list(tmp_path.rglob("evil.csv"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(read: Reader, tmp_path: Path) -> None:
    rule, said = refusal(read, "ged.zip", packed({"bomb.csv": b"0" * 200_000_000}))
    assert rule == "tabular.zip"
    assert "more than a table does" in said
    assert not list(tmp_path.rglob("unpacked*"))


def test_a_zip_that_lies_about_its_size_is_cut_short(read: Reader, tmp_path: Path) -> None:
    honest = packed({"bomb.csv": b"0" * 200_000_000})
    small = (1000).to_bytes(4, "little")
    lying = honest.replace((200_000_000).to_bytes(4, "little"), small)
    assert lying != honest
    assert refusal(read, "ged.zip", lying)[0] == "tabular.zip"
    assert sum(path.stat().st_size for path in tmp_path.rglob("unpacked*")) <= 51_000_000


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_zip_that_is_cut_off_is_refused(read: Reader, content: bytes, share: float) -> None:
    whole = packed({"GEDEvent.csv": content * 50}, zipfile.ZIP_STORED)
    rule, said = refusal(read, "ged.zip", whole[: int(len(whole) * share)])
    assert rule == "tabular.zip"
    assert "get it again" in said


def test_a_zip_whose_content_is_spoiled_is_refused(read: Reader, content: bytes) -> None:
    whole = bytearray(packed({"GEDEvent.csv": content * 50}))
    whole[200] ^= 0xFF
    assert refusal(read, "ged.zip", bytes(whole))[0] == "tabular.zip"


@pytest.mark.parametrize("members", [{}, {"a.pdf": b"x"}, {"a.csv": b"x", "b.csv": b"x"}])
def test_a_zip_without_a_table_or_with_several_is_refused(read: Reader, members: dict[str, bytes]) -> None:
    rule, said = refusal(read, "ged.zip", packed(members))
    assert rule == "tabular.zip"
    assert "exactly one table" in said


def test_another_encoding_is_told(read: Reader, content: bytes) -> None:
    foreign = content.replace(b"Gao region", "Région de Gao".encode("latin-1"))
    found = read(SOURCE, {"latin.csv": foreign})
    assert [(row["line"], row["rule"]) for row in found.quarantine] == [
        (2, "tabular.row_encoding"),
        (3, "tabular.row_encoding"),
    ]
    assert all("CSV UTF-8 (it may be Windows-1252)" in row["message"] for row in found.quarantine)
    assert found.rows("records") == []
    header = content.replace(b"adm_1", "régi".encode("latin-1"), 1)
    assert refusal(read, "latin.csv", header)[0] == "tabular.encoding"
    assert "UTF-16" in refusal(read, "utf16.csv", content.decode().encode("utf-16"))[1]


@pytest.mark.shared_data
def test_an_encoding_for_which_rows_cannot_be_told_apart_is_named_with_its_line(
    read: Reader, shared_data: Path
) -> None:
    text = (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").read_text(encoding="utf-8")
    rule, said = refusal(read, "latin.csv", text.encode("cp1252", errors="replace"))
    assert rule == "tabular.encoding"
    assert "Windows-1252" in said
    assert len(said) < 120


@pytest.mark.parametrize(
    ("packing", "said"), [(gzip.compress, "gunzip"), (bz2.compress, "bzip2"), (lzma.compress, "xz")]
)
def test_a_file_packed_in_another_way_is_to_be_unpacked(
    read: Reader, content: bytes, packing: Callable[[bytes], bytes], said: str
) -> None:
    rule, message = refusal(read, "ged.csv.gz", packing(content))
    assert (rule, said in message) == ("tabular.packed", True)


def test_a_quote_that_is_never_closed_is_refused_with_its_line(read: Reader, content: bytes) -> None:
    rows = content.decode().split("\n")
    spoiled = "\n".join([*rows[:2], rows[2].replace("Bamba town", '"Bamba town'), *rows[1:2] * 30, ""])
    with pytest.raises(NotWell) as refused:
        read(SOURCE, {"quote.csv": spoiled.encode()})
    [problem] = refused.value.problems
    assert problem.rule == "tabular.quote"
    assert problem.line == 3


def test_a_line_of_a_gigabyte_is_refused_in_bounded_memory(project: Project, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as handle:
        handle.write(content)
        handle.seek(1_000_000_000, io.SEEK_CUR)  # a hole: no disk is filled, and no line end in it
        handle.write(b"\n" + content)
    command = ("source", "add", SOURCE, str(path), "--version", "26.0.2")
    added = subprocess.run(
        [sys.executable, "-c", MEASURED, *command], cwd=project.root, capture_output=True, text=True, check=False
    )
    assert added.stdout.splitlines()[0].startswith("long.csv:4: is longer than 2,000,000 bytes")
    assert added.returncode == EXIT_NOT_WELL
    assert int(added.stderr.splitlines()[-1]) < 250_000, "kilobytes at most, of a process that did nothing else"
    assert not project.external(SOURCE).exists()


def test_a_file_that_is_not_the_one_of_its_record_is_refused(read: Reader, content: bytes, tmp_path: Path) -> None:
    assert len(read(SOURCE, content).rows("records")) == 2
    path = tmp_path / "project" / "data" / "raw" / "external" / SOURCE / "invented.csv"
    path.write_bytes(content.replace(b",6,", b",7,"))
    with pytest.raises(NotWell) as refused:
        read(SOURCE, {})  # with the record that stands there
    assert [problem.rule for problem in refused.value.problems] == ["tabular.other_file"]


def test_a_spreadsheet_is_read_with_its_dates(read: Reader, project: Project, tmp_path: Path) -> None:
    names = columns(project, SOURCE)
    [row] = ged({})
    path = tmp_path / "made.xlsx"
    backend = connect("duckdb")
    load_excel(backend)
    cells = {name: row.get(name, "") for name in names} | {
        "date_start": "DATE '2026-02-10'",
        "date_end": "DATE '2026-02-10'",
    }
    numbers = {"id", "best", "low", "high", "latitude", "longitude", "deaths_a"}
    listed = ", ".join(
        (cell if cell.startswith("DATE") or name in numbers else "'" + cell.replace("'", "''") + "'") + f' AS "{name}"'
        for name, cell in cells.items()
    )
    backend.raw_sql(f"COPY (SELECT {listed}) TO '{path}' (FORMAT xlsx, HEADER true)")
    [record] = read(SOURCE, {"made.xlsx": path.read_bytes()}).rows("records")
    assert (str(record["date_start"]), record["killed_best"], record["latitude"]) == ("2026-02-10", 6, 17.0)
    assert record["record_id"] == f"{SOURCE}:1"


def test_a_spreadsheet_that_is_none_is_refused(read: Reader) -> None:
    assert refusal(read, "made.xlsx", b"PK\x03\x04 and then nothing")[0] == "tabular.zip"
    assert refusal(read, "other.xlsx", packed({"a.txt": b"no sheet"}))[0] == "tabular.zip"


def test_a_last_line_need_not_end(read: Reader, project: Project) -> None:
    content = as_csv(columns(project, "ucdp_candidate"), ged({})).rstrip(b"\n")
    assert len(read("ucdp_candidate", content).rows("records")) == 1
