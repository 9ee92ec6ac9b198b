"""docs/own_source.md, typed as it stands, in a checkout: the file is added, waits, is mended, and is released."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from pipeline.config import Project
from pipeline.engine import connect
from tests.checkout import fresh_clone, run
from tests.conftest import ROOT
from tests.sources.tabular.test_own_source import block, blocks


def test_the_page_is_typed_as_it_stands(tmp_path: Path) -> None:
    checkout = Project(fresh_clone(ROOT, tmp_path / "clone"))
    (checkout.root / "village_events.csv").write_text(block("csv"), encoding="utf-8")
    (checkout.schemas / "sources" / "village_events.yaml").write_text(block("yaml"), encoding="utf-8")
    first, mended = blocks("sh")

    done = run(checkout.root, "/bin/sh", "-c", first)
    assert done.returncode != 0
    assert "33.3 % of the 3 rows" in done.stdout + done.stderr  # the rally was not judged
    quarantine = checkout.root / "data" / "interim" / "quarantine" / "village_events" / "rows.csv"
    with quarantine.open(encoding="utf-8", newline="") as lines:
        [waiting] = csv.DictReader(lines)
    assert (waiting["line"], waiting["rule"]) == ("5", "tabular.date")

    done = run(checkout.root, "/bin/sh", "-ec", mended)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"village_events\.csv: takes the place of the file that was added on [0-9-]+, 4 rows", done.stderr)
    ledger = connect("duckdb").read_parquet(str(checkout.release / "ledger.parquet"))
    of_it = ledger.filter(ledger.source == "village_events").to_pyarrow().to_pylist()
    assert {(row["outcome"], row["rule"]): row["row_count"] for row in of_it} == {
        ("released", "in_scope"): 3,
        ("outside", "no_armed_force"): 1,
    }
