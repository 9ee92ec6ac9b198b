"""`sahel source add`, `list` and `remove` in a checkout, with DVC: a file goes in whole or not at all."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from pipeline.config import Bounds, Project, load_local_params, load_params
from pipeline.problems import CannotDo
from pipeline.sources.stored import stored_files, version_order
from pipeline.sources.switch import bounds_of, with_bounds, with_source, without_bounds, without_source
from tests.checkout import fresh_clone, git, run
from tests.conftest import ROOT
from tests.sources.tabular.rows import as_csv, columns, ged, record_of
from tests.sources.tabular.test_own_source import block

NAME = "ucdp_candidate"
PARAMS = """\
engine: duckdb
sources:      # which ones, and where
  curated: data/raw/curated   # our own
# a remark that stays
limits:
  quarantine_share: 0.02
  rows:    # how many
    curated: {minimum: 700}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(fresh_clone(ROOT, tmp_path_factory.mktemp("catalogue") / "clone"))


@pytest.fixture(scope="module")
def content(project: Project) -> bytes:
    return as_csv(columns(project, NAME), ged({}, {}, {"country": "Mexico"}))


@pytest.fixture(scope="module")
def server(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "GEDEvent_v26_0_3.csv").write_bytes(content.replace(b"2026-02-1", b"2026-03-1"))
    (folder / "untold.csv").write_bytes(content)

    class Quiet(SimpleHTTPRequestHandler):
        def send_header(self, keyword: str, value: str) -> None:
            if keyword != "Content-Length" or "untold" not in self.path:
                super().send_header(keyword, value)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.shutdown()
    thread.join()
    made.server_close()


def sahel(checkout: Project, *arguments: str) -> tuple[int, str, str]:
    done = run(checkout.root, ".venv/bin/python", "-m", "pipeline.cli", *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_file_is_added_listed_built_and_removed(
    checkout: Project, content: bytes, server: str, tmp_path: Path
) -> None:
    given = tmp_path / "GEDEvent v26.csv"
    given.write_bytes(content)
    before = (checkout.root / "params.yaml").read_text(encoding="utf-8")
    assert sahel(checkout, "source", "add", NAME, str(given), "--version", "26.0.2", "--area", "MLI")[0] == 0
    folder = checkout.external(NAME)
    [stored] = stored_files(folder)
    assert (stored.file, stored.source_version, stored.url) == ("GEDEvent_v26.csv", "26.0.2", None)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (folder / stored.file).read_bytes() == content
    tracked = git(checkout.root, "status", "--porcelain", "--untracked-files=all")
    assert f"{stored.file}.dvc" in tracked
    assert f"{stored.file}.source.yaml" in tracked
    assert f"{stored.file}\n" not in tracked
    assert load_params(checkout).sources == ("curated", NAME)
    assert load_params(checkout).rows[NAME] == Bounds(minimum=2, maximum=6)  # of three rows

    address = f"{server}/GEDEvent_v26_0_3.csv"
    assert sahel(checkout, "source", "add", NAME, address, "--version", "26.0.3", "--area", "MLI")[0] == 0
    assert [found.url for found in stored_files(folder)] == [None, address]
    code, out, _ = sahel(checkout, "source", "list", "--json")
    assert code == 0
    shown = {row["source"]: row for row in json.loads(out)}
    assert load_params(checkout).rows[NAME] == Bounds(minimum=4, maximum=12)
    assert [file["source_version"] for file in shown[NAME]["files"]] == ["26.0.2", "26.0.3"]
    assert (shown[NAME]["is_on"], shown["ucdp_ged"]["is_on"]) == (True, False)

    done = run(checkout.root, ".venv/bin/dvc", "repro", f"ingest@{NAME}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 rows, 2 released, 2 outside, 0 quarantined, 2 omitted" in done.stdout  # 26.0.3 has the same ids

    assert sahel(checkout, "source", "remove", NAME, "--version", "26.0.2")[0] == 0
    assert [found.source_version for found in stored_files(folder)] == ["26.0.3"]
    assert load_params(checkout).sources == ("curated", NAME)
    assert load_params(checkout).rows[NAME] == Bounds(minimum=2, maximum=6)
    assert sahel(checkout, "source", "remove", NAME)[0] == 0
    assert (checkout.root / "params.yaml").read_text(encoding="utf-8") == before
    assert git(checkout.root, "status", "--porcelain", "--untracked-files=all").splitlines() in ([], [" M dvc.lock"])


def test_what_is_not_known_of_a_file_is_asked_and_what_is_taken_for_granted_is_told(
    checkout: Project, content: bytes, tmp_path: Path
) -> None:
    given = tmp_path / "given.csv"
    given.write_bytes(content)
    code, _, err = sahel(checkout, "source", "add", NAME, str(given), "--version", "26.0.2")
    assert code == 2
    assert "holds rows of 2 countries (MEX, MLI)" in err
    assert not checkout.external(NAME).exists()
    rows = ged({}, {"type_of_violence": "2"})
    given.write_bytes(as_csv(columns(checkout, NAME), rows))
    code, _, err = sahel(checkout, "source", "add", NAME, str(given), "--version", "26.0.2")
    assert code == 2
    assert "no row of the region with type_of_violence 3" in err
    assert not checkout.external(NAME).exists()
    given.write_bytes(as_csv(columns(checkout, NAME), ged({}, {"type_of_violence": "2"}, {"type_of_violence": "3"})))
    code, _, err = sahel(checkout, "source", "add", NAME, str(given), "--version", "26.0.2")
    assert code == 0
    assert "one country alone and is taken to cover MLI, from 2026-02-01 to 2026-02-28" in err
    [stored] = stored_files(checkout.external(NAME))
    assert (stored.areas, stored.areas_from, stored.row_count) == (("MLI",), "one_country", 3)
    assert "given.csv, accessed " in (shown := sahel(checkout, "source", "list")[1])
    assert ", covers MLI\n" in shown
    given.rename(tmp_path / "year.csv")
    given = tmp_path / "year.csv"
    code, _, err = sahel(checkout, "source", "add", "ucdp_ged", str(given), "--version", "27.1", "--area", "MLI")
    assert code == 0
    assert "has no row of MLI in 1989 to 2025" in err
    assert "ucdp_ged 27.1 takes the place of ucdp_candidate 26.0.2" in err
    for name in (NAME, "ucdp_ged"):
        assert sahel(checkout, "source", "remove", name)[0] == 0


def test_an_account_and_a_key_in_an_address_are_used_and_never_stored(checkout: Project, server: str) -> None:
    address = server.replace("http://", "http://me:geheim@") + "/GEDEvent_v26_0_3.csv?token=SECRET&year=2026"
    code, out, err = sahel(checkout, "source", "add", NAME, address, "--version", "26.0.3", "--area", "MLI")
    assert code == 0, err
    folder = checkout.external(NAME)
    assert [found.url for found in stored_files(folder)] == [f"{server}/GEDEvent_v26_0_3.csv?year=2026"]
    assert "stored without the account, token" in err
    written = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir()) + out + err
    assert "geheim" not in written
    assert "SECRET" not in written
    assert sahel(checkout, "source", "remove", NAME)[0] == 0


def test_a_file_of_the_same_name_and_version_is_replaced_once_it_is_checked(
    checkout: Project, content: bytes, tmp_path: Path
) -> None:
    given, folder = tmp_path / "export.csv", checkout.external(NAME)
    add = ("source", "add", NAME, str(given), "--area", "MLI", "--version")
    given.write_bytes(content)
    assert sahel(checkout, *add, "26.0.2")[0] == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()} | {
        "params": (checkout.root / "params.yaml").read_bytes()
    }
    given.write_bytes(content[:-60])
    assert sahel(checkout, *add, "26.0.2")[0] == 1
    params = {"params": (checkout.root / "params.yaml").read_bytes()}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} | params == before
    mended = content.replace(b"Bamba town", b"Bourem town")
    given.write_bytes(mended)
    code, _, err = sahel(checkout, *add, "26.0.2")
    assert (code, "export.csv: takes the place of the file that was added on" in err) == (0, True), err
    [stored] = stored_files(folder)
    assert stored.sha256 == hashlib.sha256(mended).hexdigest()
    assert (folder / "export.csv").read_bytes() == mended
    tracked = yaml.safe_load((folder / "export.csv.dvc").read_text(encoding="utf-8"))
    assert tracked["outs"][0]["md5"] == hashlib.md5(mended, usedforsecurity=False).hexdigest()

    assert sahel(checkout, *add, "26.01.26.02")[0] == 0
    assert [file.file for file in stored_files(folder)] == ["export.csv", "export-26.01.26.02.csv"]
    assert (folder / "export.csv").read_bytes() == mended
    assert sahel(checkout, "source", "remove", NAME)[0] == 0


def test_a_step_that_fails_leaves_the_file_that_was_there(checkout: Project, content: bytes, tmp_path: Path) -> None:
    given, folder = tmp_path / "export.csv", checkout.external(NAME)
    params = checkout.root / "params.yaml"
    whole = params.read_text(encoding="utf-8")
    add = ("source", "add", NAME, str(given), "--area", "MLI", "--version", "26.0.2")
    given.write_bytes(content)
    assert sahel(checkout, *add)[0] == 0
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    odd = params.read_text(encoding="utf-8").replace("  rows:  ", "  rows: &rows  ")
    params.write_text(odd, encoding="utf-8")
    given.write_bytes(content + content.split(b"\n")[1].replace(b"1,MLI", b"9,MLI", 1) + b"\n")
    code, _, err = sahel(checkout, *add)
    assert (code, "has no line 'rows:'" in err) == (2, True), err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == held
    assert params.read_text(encoding="utf-8") == odd
    params.write_text(whole, encoding="utf-8")
    assert sahel(checkout, "source", "remove", NAME)[0] == 0


def own(checkout: Project, name: str, more: str = "") -> Project:
    """Declare the source of docs/own_source.md under another name."""
    text = block("yaml").replace("source: village_events", f"source: {name}").replace("  id: Nr\n", f"  id: Nr\n{more}")
    (checkout.schemas / "sources" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return checkout


def test_numbers_that_start_anew_are_told_before_rows_give_way(checkout: Project, tmp_path: Path) -> None:
    own(checkout, "numbered")
    first, second = tmp_path / "february.csv", tmp_path / "march.csv"
    first.write_text(block("csv"), encoding="utf-8")
    second.write_text("\n".join(block("csv").splitlines()[:3]) + "\n", encoding="utf-8")
    assert sahel(checkout, "source", "add", "numbered", str(first), "--version", "2026-02")[0] == 0
    later = ("source", "add", "numbered", str(second), "--version", "2026-03")
    code, _, err = sahel(checkout, *later)
    assert code == 2
    assert "2 ids of march.csv stand in february.csv (version 2026-02) too" in err
    assert "rows of february.csv would give way to those of march.csv" in err
    assert [file.file for file in stored_files(checkout.external("numbered"))] == ["february.csv"]
    code, _, err = sahel(checkout, *later, "--replace-rows")
    assert (code, "rows of february.csv give way to those of march.csv" in err) == (0, True), err
    second.write_text(second.read_text(encoding="utf-8").replace("1;10", "31;10").replace("2;20", "32;20"))
    code, _, err = sahel(checkout, *later)
    assert (code, " ids of " in err) == (0, False), err
    assert sahel(checkout, "source", "remove", "numbered")[0] == 0
    (checkout.schemas / "sources" / "numbered.yaml").unlink()


def test_a_source_that_keeps_its_ids_only_says_so(checkout: Project, tmp_path: Path) -> None:
    own(checkout, "kept", "  keeps_ids: true\n")
    given = tmp_path / "february.csv"
    given.write_text(block("csv"), encoding="utf-8")
    assert sahel(checkout, "source", "add", "kept", str(given), "--version", "2026-02")[0] == 0
    code, _, err = sahel(checkout, "source", "add", "kept", str(given), "--version", "2026-01")
    assert (code, "4 ids of february-2026-01.csv" in err) == (0, True), err
    assert "rows of february-2026-01.csv give way to those of february.csv" in err
    assert sahel(checkout, "source", "remove", "kept")[0] == 0
    (checkout.schemas / "sources" / "kept.yaml").unlink()


def test_a_file_of_which_the_server_does_not_say_the_length_is_to_be_compared(checkout: Project, server: str) -> None:
    add = ("source", "add", NAME, f"{server}/untold.csv", "--version", "26.0.2", "--area", "MLI")
    code, _, err = sahel(checkout, *add)
    assert code == 0
    assert "did not say how long the file is" in err
    assert "It has 3 rows: compare" in err
    [stored] = stored_files(checkout.external(NAME))
    assert sahel(checkout, "source", "remove", NAME)[0] == 0
    code, _, err = sahel(checkout, *add, "--sha256", stored.sha256.upper())
    assert (code, "how long" in err) == (0, False)
    assert sahel(checkout, "source", "remove", NAME)[0] == 0


@pytest.mark.parametrize(("digest", "said"), [("0" * 64, "has the SHA-256 "), ("abc", "64 hexadecimal digits")])
def test_a_file_with_another_checksum_is_refused(
    checkout: Project, content: bytes, tmp_path: Path, digest: str, said: str
) -> None:
    given = tmp_path / "given.csv"
    given.write_bytes(content)
    add = ("source", "add", NAME, str(given), "--version", "26.0.2", "--area", "MLI")
    code, _, err = sahel(checkout, *add, "--sha256", digest)
    assert (code, said in err) == (2, True), err
    assert not checkout.external(NAME).exists()


def test_a_record_written_by_hand_is_read_without_its_password(tmp_path: Path) -> None:
    path = record_of(NAME, "given.csv", b"", "26.0.2").write(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("url: null", "url: https://me:word@example.org/f?key=1"))
    assert [found.url for found in stored_files(tmp_path)] == ["https://example.org/f"]


@pytest.mark.parametrize(
    ("name", "file", "version", "code", "said"),
    [
        (NAME, "good.csv", "26 0 2", 2, "letters, digits"),
        (NAME, "missing.csv", "26.0.9", 2, "no such file"),
        (NAME, "other.csv", "26.0.9", 1, "misses"),
        (NAME, "cut.zip", "26.0.9", 1, "no zip that can be read"),
        (NAME, "cut.csv", "26.0.2", 1, "cut.csv:4: its last row is broken"),
        ("ucdp_candidat", "good.csv", "26.0.9", 2, "did you mean 'ucdp_candidate'?"),
        ("curated", "good.csv", "26.0.9", 2, "not declared"),
        (NAME, "http://127.0.0.1:9/x.csv", "26.0.9", 2, "cannot be reached"),
    ],
)
def test_what_cannot_be_added_leaves_nothing(
    checkout: Project, content: bytes, tmp_path: Path, name: str, file: str, version: str, code: int, said: str
) -> None:
    (tmp_path / "good.csv").write_bytes(content)
    (tmp_path / "other.csv").write_bytes(b"id,weather\n1,fine\n")
    (tmp_path / "cut.csv").write_bytes(content[:-60])
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 and no more")
    before = git(checkout.root, "status", "--porcelain", "--untracked-files=all")
    given = file if file.startswith("http") else str(tmp_path / file)
    found, out, err = sahel(checkout, "source", "add", name, given, "--version", version)
    assert (found, said in out + err) == (code, True), out + err
    assert git(checkout.root, "status", "--porcelain", "--untracked-files=all") == before
    assert not checkout.external(name).exists()


def test_a_licensed_file_stays_on_this_machine(checkout: Project, project: Project, tmp_path: Path) -> None:
    given = tmp_path / "acled.csv"
    row = {"event_id_cnty": "MLI1", "event_date": "10 February 2026", "country": "Mali", "notes": "poisoned"}
    given.write_bytes(as_csv(columns(project, "acled"), [row]))
    status = ("status", "--porcelain", "--untracked-files=all")
    before = git(checkout.root, *status)
    days = ("--area", "MLI", "--from", "2026-02-01", "--to", "2026-02-28")
    assert sahel(checkout, "source", "add", "acled", str(given), "--version", "2026-02", *days)[0] == 0
    shown = {row["source"]: row for row in json.loads(sahel(checkout, "source", "list", "--json")[1])}
    assert shown["acled"]["files"][0]["covers_to"] == "2026-02-28"
    [stored] = stored_files(checkout.licensed("acled"))
    assert (checkout.licensed("acled") / stored.file).read_bytes() == given.read_bytes()
    assert git(checkout.root, *status) == before
    assert "acled" not in load_params(checkout).sources
    assert load_local_params(checkout, load_params(checkout)).rows["acled"] == Bounds(minimum=0, maximum=2)
    assert "on" in sahel(checkout, "source", "list")[1].split("acled")[1].split()[:1]
    cached = [path for path in (checkout.root / ".dvc").rglob("*") if path.is_file()]
    assert not [path for path in cached if b"poisoned" in path.read_bytes()]
    assert sahel(checkout, "source", "remove", "acled")[0] == 0
    assert not (checkout.licensed("acled")).exists()


def test_params_keep_their_comments_and_their_order() -> None:
    added = with_source(PARAMS, "ucdp_ged", "data/raw/external/ucdp_ged")
    assert list(yaml.safe_load(added)["sources"]) == ["curated", "ucdp_ged"]
    bound = with_bounds(added, "ucdp_ged", Bounds(8, 20))
    assert yaml.safe_load(bound)["limits"] == {
        "quarantine_share": 0.02,
        "rows": {"curated": {"minimum": 700}, "ucdp_ged": {"minimum": 8, "maximum": 20}},
    }
    assert "# our own" in bound
    assert "# a remark that stays" in bound
    assert without_source(without_bounds(bound, "ucdp_ged"), "ucdp_ged") == PARAMS
    with pytest.raises(CannotDo, match="no line 'rows:'"):
        with_bounds("limits: {rows: {}}\n", "ucdp_ged", Bounds(8, 20))


def test_bounds_are_those_of_all_files_or_none() -> None:
    files = [record_of(NAME, f"{at}.csv", b"", f"26.0.{at}") for at in (1, 2)]
    assert bounds_of(files) is None
    assert bounds_of([]) is None
    counted = [replace(file, row_count=rows) for file, rows in zip(files, (1298, 7), strict=True)]
    assert bounds_of(counted) == Bounds(minimum=1044, maximum=2610)


def test_versions_sort_as_numbers() -> None:
    assert sorted(["26.01.26.03", "26.0.10", "26.0.2", "25.1"], key=version_order) == [
        "25.1",
        "26.0.2",
        "26.0.10",
        "26.01.26.03",
    ]
