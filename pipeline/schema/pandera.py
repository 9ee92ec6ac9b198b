"""The declaration as pandera checks on Ibis tables, run as SQL by whatever engine holds the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandera.ibis as pa
from pandera.errors import SchemaError, SchemaErrors

from pipeline.problems import NotWell, Problem
from pipeline.schema.declaration import Field, ForeignKey, Rule, Schema, Table

IBIS_TYPES: dict[str, dt.DataType] = {
    "string": dt.string,
    "integer": dt.int64,
    "number": dt.float64,
    "boolean": dt.boolean,
    "date": dt.date,
}
ROWS_SHOWN = 5
Condition = Callable[[ir.Table], ir.BooleanValue]


def pandera_schema(schema: Schema, table: Table, others: Mapping[str, ir.Table] | None = None) -> pa.DataFrameSchema:
    """The checks of one table.

    Args:
        schema: the declaration.
        table: the table to be checked.
        others: the tables its foreign keys refer to, by name; a key whose table is not given is not checked.

    Returns:
        A pandera schema: columns, their types and order, and one named check a constraint. The name of
        a check is the id of its rule: ``<table>.<field>.<constraint>``, ``<table>.primary_key``,
        ``<table>.<field>.foreign_key`` or the id of a declared rule.
    """
    return _compiled(table, [_check(*named) for named in _named_conditions(schema, table, others or {})])


def _compiled(table: Table, checks: list[pa.Check]) -> pa.DataFrameSchema:
    columns = {field.name: pa.Column(IBIS_TYPES[field.type], nullable=True) for field in table.fields}
    return pa.DataFrameSchema(columns, checks=checks, strict=True, ordered=True, name=table.name)


def _named_conditions(schema: Schema, table: Table, others: Mapping[str, ir.Table]) -> Iterator[tuple[str, Condition]]:
    yield from _field_conditions(schema, table)
    yield from ((rule.id, _rule_condition(rule)) for rule in table.rules)
    yield from _unique_conditions(table)
    for key in table.foreign_keys:
        if key.reference in others:
            yield f"{table.name}.{key.fields[0]}.foreign_key", _reference_condition(key, others)


def _all_at_once(table: Table, conditions: Sequence[tuple[str, Condition]]) -> pa.DataFrameSchema:
    """All rules of a table in one query, which says whether any is broken, but not which."""

    def hold(data: pa.IbisData) -> ir.BooleanScalar:
        rows = data.table
        every = ibis.and_(*(condition(rows).fill_null(True) for _, condition in conditions)).all()
        return every.fill_null(True)  # of no rows SQL does not know it

    return _compiled(table, [pa.Check(hold, name=table.name, error=table.name)] if conditions else [])


def validate(
    schema: Schema, name: str, data: ir.Table, others: Mapping[str, ir.Table] | None = None, *, where: str
) -> ir.Table:
    """Check a table at a boundary between stages.

    Args:
        schema: the declaration.
        name: name of the declared table.
        data: the rows.
        others: see `pandera_schema`.
        where: the stage, for the message.

    Returns:
        The same table.

    Raises:
        NotWell: with a problem for every rule that is broken, the number of rows and the first of their keys.
    """
    table = schema.tables[name]
    same_layout(table, data, where)
    try:
        _all_at_once(table, list(_named_conditions(schema, table, others or {}))).validate(data, lazy=True)
    except SchemaErrors:
        pass  # each is looked at by itself
    else:
        return data
    try:
        pandera_schema(schema, table, others).validate(data, lazy=True)
    except SchemaErrors as error:
        raise NotWell(
            (_problem(table, where, broken) for broken in error.schema_errors),
            "nothing was written; the last good package is untouched",
        ) from None
    return data


def same_layout(table: Table, data: ir.Table, where: str) -> None:
    """Stop when the columns of a table are not those that are declared, in their order and with their types.

    Raises:
        NotWell: with what is missing, of another type or undeclared.
    """
    found = {name: str(kind.copy(nullable=True)) for name, kind in data.schema().items()}
    wanted = {field.name: str(IBIS_TYPES[field.type]) for field in table.fields}
    if list(found.items()) != list(wanted.items()):
        differing = [f"{name} {kind}" for name, kind in wanted.items() if found.get(name) != kind]
        more = [name for name in found if name not in wanted]
        message = (
            f"columns missing or of another type: {', '.join(differing) or 'none'}; undeclared: "
            f"{', '.join(more) or 'none'}; in the order {', '.join(found)}"
        )
        problem = Problem(f"{where}: {table.name}", 0, "", message, f"{table.name}.columns")
        raise NotWell([problem], "nothing was written; the last good package is untouched")


def _problem(table: Table, where: str, error: SchemaError) -> Problem:
    rule = getattr(error.check, "name", None) or f"{table.name}.{error.reason_code.name.lower()}"
    cases = error.failure_cases
    if not hasattr(cases, "failure_case") or not hasattr(cases, "columns"):
        return Problem(f"{where}: {table.name}", 0, "", str(error), rule)
    rows = [case for case in cases["failure_case"] if isinstance(case, dict)]
    key = table.primary_key or table.sort_by
    shown = "; ".join("|".join(str(row.get(name)) for name in key) for row in rows[:ROWS_SHOWN])
    field = rule.split(".")[1] if rule.count(".") == 2 else ""
    values = sorted({str(row.get(field)) for row in rows})[:ROWS_SHOWN] if field in table.columns else []
    said = f" (values: {', '.join(values)})" if values else ""
    return Problem(
        f"{where}: {table.name}", 0, field, f"{len(rows)} rows break {rule}{said}; first keys: {shown}", rule
    )


def _check(name: str, condition: Condition) -> pa.Check:
    return pa.Check(lambda data: condition(data.table).fill_null(True), name=name, error=name)


def _field_conditions(schema: Schema, table: Table) -> Iterator[tuple[str, Condition]]:
    for field in table.fields:
        for kind, condition in _conditions(field, schema):
            yield f"{table.name}.{field.name}.{kind}", condition


def _conditions(field: Field, schema: Schema) -> Iterator[tuple[str, Condition]]:
    name = field.name
    codes, pattern, minimum, maximum = schema.codes(field), field.pattern, field.minimum, field.maximum
    if field.required:
        yield "required", lambda data: data[name].notnull()
    if codes:
        yield "codelist", lambda data: data[name].isin(codes)
    if pattern:
        yield "pattern", lambda data: data[name].re_search(pattern)
    if minimum is not None:
        yield "minimum", lambda data: data[name] >= minimum
    if maximum is not None:
        yield "maximum", lambda data: data[name] <= maximum


def _rule_condition(rule: Rule) -> Condition:
    if rule.kind == "together":

        def together(data: ir.Table) -> ir.BooleanValue:
            filled = sum((data[name].notnull().cast("int64") for name in rule.fields), ibis.literal(0))
            return filled.isin([0, len(rule.fields)])

        return together

    def ordered(data: ir.Table) -> ir.BooleanValue:
        names = rule.fields
        return ibis.and_(
            *((data[low] <= data[high]).fill_null(True) for at, low in enumerate(names) for high in names[at + 1 :])
        )

    return ordered


def _unique_conditions(table: Table) -> Iterator[tuple[str, Condition]]:
    if table.primary_key:
        yield f"{table.name}.primary_key", _once(table.primary_key)
    for field in table.fields:
        if field.unique and table.primary_key != (field.name,):
            yield f"{table.name}.{field.name}.unique", _once((field.name,))


def _once(names: tuple[str, ...]) -> Condition:
    def once(data: ir.Table) -> ir.BooleanValue:
        repeated = data.group_by(list(names)).agg(times=lambda t: t.count()).filter(lambda t: t.times > 1)
        return ~_joined(data, names).isin(_joined(repeated, names))

    return once


def _reference_condition(key: ForeignKey, others: Mapping[str, ir.Table]) -> Condition:
    target = others[key.reference]
    there = target.filter([target[name].notnull() for name in key.reference_fields])

    def refers(data: ir.Table) -> ir.BooleanValue:
        here = _joined(data, key.fields)
        return here.isnull() | here.isin(_joined(there, key.reference_fields))  # in no row, a null is false to SQL

    return refers


def _joined(data: ir.Table, names: tuple[str, ...]) -> ir.StringValue:
    """The values of a key as one text; null as soon as one part is, for a key with a gap refers to nothing."""
    first, *rest = (data[name].cast("string") for name in names)
    for part in rest:  # with the length before it: ("a|b", "c") is not ("a", "b|c")
        first = first.length().cast("string") + ":" + first + "|" + part
    return first
