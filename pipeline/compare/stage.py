"""Stage ``compare``: from what ``resolve`` decided and the last published release to ``data/interim/compare/``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.about import load_about, properties, sources_of
from pipeline.compare.changelog import first_section, section, with_section
from pipeline.compare.difference import Difference, IdChange, compare_sides
from pipeline.compare.ids import (
    Written,
    id_problem,
    id_problems,
    published_id_changes,
    published_problems,
    unpublished,
)
from pipeline.compare.languages import ENGLISH, load_french
from pipeline.compare.linked import linked_id_changes
from pipeline.compare.numbers import UNCHANGED, Due, due, load_rules, parts
from pipeline.compare.reasons import changed_incidents, changes_with_reasons, load_derived
from pipeline.compare.rows import NOT_ROW_BY_ROW
from pipeline.compare.sides import Side, of_package, of_tables
from pipeline.config import CHANGELOGS, DESCRIPTOR, Params, Project
from pipeline.packages import read_descriptor
from pipeline.problems import CannotDo, NotWell, Problem
from pipeline.reference import load_reference
from pipeline.schema import Schema, Table, load_schema
from pipeline.schema.arrow import arrow_schema, arrow_table, stamped
from pipeline.schema.duckdb import literal
from pipeline.writers import write_parquet

UNTOUCHED = "nothing was built; the last good package is untouched"


def compare(project: Project, params: Params) -> str:
    """Compare the decided tables with ``data/baseline/``; decide the version; fill what is set at release.

    Returns:
        Which version is due, and why, in one line.

    Raises:
        NotWell: a published id is gone unaccounted for, ``params.yaml`` sets a number that is too low, or the version
            of the schema was not raised with it. Nothing is written.
    """
    schema = load_schema(project.schemas)
    levels = load_rules(project.schemas)
    written = _written(project, schema)
    old = _baseline(project)
    if old is None:
        nothing = "no release is published yet: nothing can have become of an id"
        _stop([id_problem(line, "old_id", nothing) for _, line in written])
        number = due(None, (), levels)
        version = _allowed(project, params, number)
        _write(project, schema, params, levels, number, version, None)
        return f"version {version}, the first release"
    about = properties(load_about(project.schemas), sources_of(project, params), {})
    new = of_tables(project.resolved, schema, about)
    difference = _difference(old, new, written)
    number = due(old.version, difference.changes(), levels)
    _schema_version_is_raised(old, schema, difference, levels)
    version = old.version + UNCHANGED if number.is_unchanged else _allowed(project, params, number)
    _write(project, schema, params, levels, number, version, difference)
    if number.is_unchanged:
        return f"nothing changed since version {old.version}"
    return f"version {version} is due ({number.level}): {number.reasons[0].said}" + (
        f" and {len(number.reasons) - 1} more" if len(number.reasons) > 1 else ""
    )


def _stop(problems: Sequence[Problem]) -> None:
    if problems:
        raise NotWell(problems, UNTOUCHED)


def _written(project: Project, schema: Schema) -> Written:
    """What curators wrote of ids, with the lines."""
    reference, problems = load_reference(project, schema)
    _stop(problems)
    return [
        (
            IdChange(str(row["old_id"]), _text(row["new_id"]), str(row["kind"]), str(row["reason"])),
            int(str(row["_line"])),
        )
        for row in reference.id_changes
    ]


def _difference(old: Side, new: Side, written: Written) -> Difference:
    """What differs from the last release, once all ids are accounted for and all tables can be compared."""
    published = published_id_changes(old)
    _stop(list(published_problems(written, published)))
    pending = unpublished(written, published)
    linked = linked_id_changes(old, new, {change.old_id for change, _ in pending})
    _stop(list(id_problems(old, new, pending, {change.old_id for change in linked})))
    difference = compare_sides(old, new, [*(change for change, _ in pending), *linked])
    rekeyed = {change.table for change in difference.structure if change.change == "key_changed"}
    _stop(
        [
            Problem(f"compare: {name}", 0, "", f"cannot be compared: {why}", "compare.not_compared")
            for name, why in difference.rows.not_compared.items()
            if name not in rekeyed and name not in NOT_ROW_BY_ROW
        ]
    )
    return difference


def _baseline(project: Project) -> Side | None:
    if not (project.baseline / DESCRIPTOR).is_file():
        return None
    shown = project.relative(project.baseline)
    try:
        return of_package(project.baseline, read_descriptor(project.baseline, shown))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CannotDo(f"{shown}: does not describe its tables ({error}): git checkout brings it back") from error


def _allowed(project: Project, params: Params, number: Due) -> str:
    """The version that the package carries: the one that is due, or a higher one that ``params.yaml`` sets."""
    wanted = params.version
    if wanted is None or wanted == number.last:  # a number that was published is used up
        return number.version
    if parts(wanted) < parts(number.version):
        why = f" because {number.reasons[0].said}" if number.reasons else ""
        message = f"{wanted} is too low: {number.version} is due{why}; take the line out or set a higher one"
        at = next(
            (
                line
                for line, text in enumerate((project.root / "params.yaml").read_text(encoding="utf-8").splitlines(), 1)
                if text.strip().startswith("version:")
            ),
            0,
        )
        raise NotWell([Problem("params.yaml", at, "release.version", message, "compare.version_too_low")], UNTOUCHED)
    return wanted


def _schema_version_is_raised(old: Side, schema: Schema, difference: Difference, levels: Mapping[str, str]) -> None:
    """A schema that differs has a higher version of its own, by the same rules."""
    number = due(old.schema.version, ((change.change, str(change)) for change in difference.structure), levels)
    if parts(schema.version) < parts(old.schema.version):
        message = f"is {schema.version}, and version {old.version} was published with {old.schema.version}"
        raise NotWell([Problem("schemas/schema.yaml", 0, "version", message, "compare.schema_version")], UNTOUCHED)
    if not number.is_unchanged and parts(schema.version) < parts(number.version):
        message = f"is {schema.version}, and {number.version} is due because {number.reasons[0].said}"
        raise NotWell([Problem("schemas/schema.yaml", 0, "version", message, "compare.schema_version")], UNTOUCHED)


def _write(
    project: Project,
    schema: Schema,
    params: Params,
    levels: Mapping[str, str],
    number: Due,
    version: str,
    difference: Difference | None,
) -> None:
    folder = project.compared
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stamp = version.removesuffix(UNCHANGED)
    for name, table in schema.tables.items():
        if any(field.set_at_release for field in table.fields):
            data = stamped(pq.read_table(project.resolved / f"{name}.parquet"), table, stamp)
            if name == "incidents" and difference is not None:
                data = _with_releases(data, difference, stamp)
            _save(data, table, folder)
    changes = arrow_schema(schema.tables["changes"]).empty_table()
    if difference is not None:
        changes = changes_with_reasons(difference, load_derived(project.schemas))
    _save(changes, schema.tables["changes"], folder)
    _save(_id_changes(schema, stamp, difference), schema.tables["id_changes"], folder)
    _write_changelogs(project, params, levels, number, changes, version, difference)
    told = {
        "version": version,
        "last": number.last,
        "level": number.level,
        "reasons": [{"change": reason.change, "level": reason.level, "said": reason.said} for reason in number.reasons],
    }
    (folder / "version.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _with_releases(data: pa.Table, difference: Difference, version: str) -> pa.Table:
    """Incidents of the last release keep the one in which they first appeared, and, unless changed, last changed."""
    connection = difference.connection
    baseline = difference.old.path("incidents")
    if baseline is None:
        return data
    changed = pa.table({"incident_id": pa.array(sorted(changed_incidents(difference)), pa.string())})
    connection.register("decided", data)
    connection.register("changed", changed)
    return connection.execute(
        f"""
        SELECT d.* REPLACE (
            coalesce(o.first_release, d.first_release) AS first_release,
            CASE WHEN o.incident_id IS NULL OR d.incident_id IN (FROM changed) THEN {literal(version)}
                 ELSE o.last_changed_release END AS last_changed_release)
        FROM decided d LEFT JOIN read_parquet({literal(str(baseline))}) o USING (incident_id)
        """
    ).to_arrow_table()


def _id_changes(schema: Schema, version: str, difference: Difference | None) -> pa.Table:
    """What earlier releases said of ids, and what this one adds."""
    table = schema.tables["id_changes"]
    if difference is None:
        return arrow_schema(table).empty_table()
    known = difference.old.path("id_changes")
    rows = pq.read_table(known).to_pylist() if known else []
    rows += [
        {"old_id": c.old_id, "new_id": c.new_id, "kind": c.kind, "release": version, "reason": c.reason}
        for c in difference.id_changes
    ]
    return arrow_table(table, rows)


def _save(data: pa.Table, table: Table, folder: Path) -> None:
    """Write rows in the declared layout and order."""
    order = [(name, "ascending") for name in dict.fromkeys([*table.sort_by, *table.primary_key, *table.columns])]
    typed = data.select(list(table.columns)).sort_by(order).combine_chunks()
    write_parquet(typed.cast(arrow_schema(table)), folder / f"{table.name}.parquet")


def _write_changelogs(
    project: Project,
    params: Params,
    levels: Mapping[str, str],
    number: Due,
    changes: pa.Table,
    version: str,
    difference: Difference | None,
) -> None:
    for say in (ENGLISH, load_french(project.schemas)):
        known = project.baseline / CHANGELOGS[say.code]
        before = known.read_text(encoding="utf-8") if known.is_file() else ""
        if difference is None:
            text = with_section("", first_section(project.resolved, version, params.date, say), say)
        elif number.is_unchanged:
            text = before
        else:
            text = with_section(before, section(difference, levels, changes, version, params.date, say), say)
        (project.compared / CHANGELOGS[say.code]).write_text(text, encoding="utf-8")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
