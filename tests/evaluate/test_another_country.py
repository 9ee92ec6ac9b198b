"""A labelled file of another country: other names and letters, cells and columns that say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Params, Project
from pipeline.evaluate import evaluate
from pipeline.evaluate.labelled import LABELLED_FILE, is_training, read_labelled
from pipeline.problems import CannotDo, NotWell
from pipeline.schema import Schema
from tests.evaluate.files import rows_of, written

pytestmark = pytest.mark.shared_data
PLACES = ("Bouaké", "Đà Nẵng", "Ndjaména", "أديس أبابا", "Sjöbo")


def unseen(shared_data: Path, count: int = 400) -> list[dict[str, str]]:
    """The first reports of events that the training did not see."""
    return [row for row in rows_of(shared_data / LABELLED_FILE) if not is_training(row["event_id"])][:count]


def elsewhere(shared_data: Path, count: int = 400) -> list[dict[str, str]]:
    """Reports of Kenya, as if they were of a country far away, whose places are spelled in other scripts."""
    rows = unseen(shared_data, count)
    names = {name: f"{PLACES[at % 5]} {at}" for at, name in enumerate(sorted({row["location"] for row in rows}))}
    for row in rows:
        changed = {
            "country": "Côte d'Ivoire",
            "event_id": row["event_id"].replace("KE-", "CI-"),
            "location": names[row["location"]],
            "longitude": str(float(row["longitude"]) - 45) if row["longitude"] else "",
        } | {f"actor{n}_id": row[f"actor{n}_id"].replace("KE-", "CI-") for n in range(1, 7)}
        row.update(changed)
    return rows


def figures(printed: str) -> dict[str, str]:
    return {line.split("|")[1].strip(): line for line in printed.splitlines() if line.startswith("| ")}


def test_another_country_scores_like_the_same_reports_in_kenya(
    project: Project, params: Params, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kenya = written(tmp_path / "kenya.csv", unseen(shared_data))
    evaluate(project, params, str(kenya))
    as_kenya = figures(capsys.readouterr().out)
    assert evaluate(project, params, str(written(tmp_path / "other.csv", elsewhere(shared_data)))).startswith("400 ")
    printed = capsys.readouterr().out
    f1 = {
        name: float(line.split("|")[4])
        for name, line in (figures(printed) | {"kenya": as_kenya["model"]}).items()
        if name != "method"
    }
    assert abs(f1["model"] - f1["kenya"]) < 0.05  # place names share no words any more, all else is the same
    assert f1["same day and place name"] > 0.2
    assert [line for line in printed.splitlines() if line.startswith("F1 ")] == [f"F1 {f1['model']:.3f}"]


def test_what_says_nothing_leaves_rows_alone_or_out_and_is_told(
    project: Project, params: Params, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = elsewhere(shared_data, 120)
    for at, row in enumerate(rows):
        del row["actor6_id"], row["injuries_low"]
        row["date_end"] = "" if at % 3 else row["date_end"]
        if at % 2:
            row.update({"latitude": "NA", "longitude": "NA", "location": "Unknown", "geo_precision": ""})
        row["source"] = "None" if at % 5 == 0 else row["source"]
    rows[7]["event_id"] = rows[8]["event_id"] = ""
    rows[9]["date_start"] = "NA"
    path = written(tmp_path / "other.csv", rows)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert evaluate(project, params, str(path)) == "117 reports, 3 left out"
    told = capsys.readouterr()
    warnings = told.err.splitlines()
    assert f"{path}:1: actor6_id: warning: is no column of this file: it counts as empty" in warnings
    assert sum("a row needs its own id and that of its event" in line for line in warnings) == 2
    assert sum("is no date like" in line for line in warnings) == 1
    assert sum(line.startswith("F1 ") for line in told.out.splitlines()) == 1


def test_one_event_of_very_many_reports_is_no_refusal(
    project: Project, params: Params, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build refuses clusters without bound; an evaluation counts what they cost."""
    model = next(row for row in elsewhere(shared_data) if row["actor1_id"] and row["latitude"])
    rows = [model | {"id": f"r{at}", "source": f"paper {at}", "event_id": "CI-1"} for at in range(90)]
    evaluate(project, params, str(written(tmp_path / "other.csv", rows)))
    assert "F1 1.000" in capsys.readouterr().out


def test_a_file_in_which_nothing_can_be_linked(
    project: Project, params: Params, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(project, params, str(written(tmp_path / "one.csv", elsewhere(shared_data, 1)))).startswith("1 ")
    assert "F1 1.000" in capsys.readouterr().out  # nothing to be linked, and nothing is


def test_files_that_cannot_be_evaluated(project: Project, params: Params, tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match="cannot be read"):
        evaluate(project, params, str(tmp_path / "none.csv"))
    path = tmp_path / "file.csv"
    for text, told in (
        ("", "1: event_id: the layout needs this column"),
        ("id;event_id;date_start\n", "1: date_start: the layout needs this column"),
        ("id,event_id,date_start\n", "1: has no rows that can be used"),
        ("id,event_id,date_start\n1,a,spring\n", "'spring' is no date like"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(NotWell) as refused:
            evaluate(project, params, str(path))
        assert any(told in str(problem) for problem in refused.value.problems), text
    path.write_bytes("id,event_id,date_start\n1,é,2007-01-01\n".encode("latin-1"))
    with pytest.raises(NotWell) as refused:
        evaluate(project, params, str(path))
    assert "is not UTF-8 text" in str(refused.value.problems[0])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"source": ""}, "source: warning: is empty in every row: each row counts as a document of its own"),
        (
            {"source": "One data set"},
            "source: warning: is 'One data set' in every row: the rows of one document are different events",
        ),
        ({"location": "Town"}, "location: warning: is 'Town' in every row: it tells no event from another"),
        ({"actor1_id": "NA"}, "actor1_id: warning: is empty in every row: it takes no part in any comparison"),
    ],
)
def test_columns_that_say_nothing_are_told(
    project: Project,
    params: Params,
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, str],
    told: str,
) -> None:
    rows = [row | changed for row in elsewhere(shared_data, 60)]
    evaluate(project, params, str(written(tmp_path / "other.csv", rows)))
    assert told in capsys.readouterr().err


def test_the_point_0_0_is_no_place(project: Project, schema: Schema, shared_data: Path, tmp_path: Path) -> None:
    rows = [row | {"latitude": "0", "longitude": "0.0"} for row in elsewhere(shared_data, 30)]
    read = read_labelled(written(tmp_path / "other.csv", rows), schema, project.schemas, "other.csv")
    assert read.tables["records"]["latitude"].null_count == read.tables["records"].num_rows == 30
    assert sum("0,0 lies in the Gulf of Guinea" in str(problem) for problem in read.told) == 30


def test_one_message_is_not_told_for_every_row(
    project: Project, params: Params, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = elsewhere(shared_data, 60)
    for row in rows[:50]:
        row["date_start"] = "27/12/2007"
    assert evaluate(project, params, str(written(tmp_path / "other.csv", rows))) == "10 reports, 50 left out"
    lines = [line for line in capsys.readouterr().err.splitlines() if "date_start" in line]
    assert len(lines) == 6
    assert lines[-1].endswith("date_start: warning: 45 more rows like these")
    for row in rows:
        row["date_start"] = "27/12/2007"
    with pytest.raises(NotWell) as refused:
        evaluate(project, params, str(written(tmp_path / "other.csv", rows)))
    assert len(refused.value.problems) == 7
    assert sum("is no date like" in str(problem) for problem in refused.value.problems) == 5


def test_unknown_citizens_are_nobody_in_particular(
    project: Project, schema: Schema, shared_data: Path, tmp_path: Path
) -> None:
    rows = elsewhere(shared_data, 3)
    names = ("Unknown citizens (Kenya)", "unknown security force", "Police (Kenya)")
    for row, name in zip(rows, names, strict=True):
        row.update({f"actor{n}_id": "" for n in range(2, 7)})
        row.update({"actor1": name, "actor1_id": f"CI-{name}", "actor1_precision": "2.0"})
    read = read_labelled(written(tmp_path / "other.csv", rows), schema, project.schemas, "other.csv")
    kinds = dict(zip(*(read.tables["actors"][name].to_pylist() for name in ("actor_id", "actor_type")), strict=True))
    assert set(kinds) == {"unidentified", "CI-Police (Kenya)"}
    assert kinds["unidentified"] == "unidentified"
