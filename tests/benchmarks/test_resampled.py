"""What is measured is a file like the real one, of any size: its rows, under ids of their own."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.resampled import resampled

pytestmark = pytest.mark.shared_data


def test_rows_are_those_of_the_real_file_under_other_ids(shared_data: Path, tmp_path: Path) -> None:
    given = shared_data / "ucdp" / "GEDEvent_v26_0_2.csv"
    made = resampled(given, tmp_path / "made.csv", 5_000)
    read = "read_csv('{}', all_varchar = true, header = true)"
    real, drawn = read.format(given), read.format(made)
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT count(*), count(DISTINCT id) FROM {drawn}").fetchone() == (5_000, 5_000)
        names = [[row[0] for row in connection.execute(f"DESCRIBE FROM {file}").fetchall()] for file in (real, drawn)]
        assert names[0] == names[1]
        kept = "relid, country, adm_1, latitude, longitude, best, source_office, source_date"
        unknown = connection.execute(f"SELECT {kept} FROM {drawn} EXCEPT SELECT {kept} FROM {real}").fetchall()
        assert unknown == []
        ends = f"SELECT count(*) FROM {drawn} WHERE left(date_start, 10)::DATE > left(date_end, 10)::DATE"
        assert connection.execute(ends).fetchone() == (0,)
    assert made.read_bytes() == resampled(given, tmp_path / "again.csv", 5_000).read_bytes()
