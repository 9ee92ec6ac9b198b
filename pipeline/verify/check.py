"""Opens a package as a stranger would and checks everything that it says of itself.

Only ``datapackage.json`` and the files are trusted, not the stages that wrote them. DuckDB does the work: every
table is loaded once, then all tables and rules are checked beside each other.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import yaml

from pipeline.packages import read_descriptor
from pipeline.problems import CannotDo
from pipeline.schema.duckdb import literal
from pipeline.verify import points, tables
from pipeline.verify.described import described
from pipeline.verify.files import check_files
from pipeline.verify.report import STATED, Verification

Check = Callable[[duckdb.DuckDBPyConnection, Verification], None]
"""Makes some checks on a connection of its own and says what it finds."""

MEMORY = "3GB"
"""What DuckDB may hold before it writes to disk: the tables of a package of any size are loaded."""
MOST_SPILLED = "20GB"
"""A Parquet file of a kilobyte can hold a billion rows: it is not to fill the disk."""


def verify_package(folder: Path, package_rules: Path, package: str = "") -> Verification:
    """Check a package that lies in a folder; nothing in it is changed.

    Args:
        folder: the package.
        package_rules: the queries that find rows which break a rule over several tables. One that asks for a table or
            column that the package has not, being of another version of the schema, is not checked, and that is said.
        package: what people know the package by; else the folder.

    Returns:
        The checks made and the problems found. Where the files are not those that the checksums mean, their contents
        are not looked at.

    Raises:
        CannotDo: there is no descriptor to start from, no permission to read, or no memory or disk to work with.
    """
    descriptor = read_descriptor(folder, package)
    stated = {key: descriptor[key] if isinstance(descriptor.get(key), str) else None for key in STATED}
    result = Verification(package or str(folder), stated)
    try:
        check_files(folder, descriptor, result)
        if result.problems:
            result.leave_out("tables", "the files are not those that the package means")
            return result
        schema, found = described(descriptor, result)
        with _database(folder) as connection:
            _side_by_side(connection, [tables.loading(folder, one) for one in found], result)
            loaded = [one for one in found if one.table.name in result.rows]
            names = {one.table.name for one in loaded}
            checks = [check for one in loaded for check in tables.checks(folder, schema, one, names)]
            checks += points.checks(folder, descriptor, [one.table for one in loaded], result)
            rules = yaml.load(package_rules.read_bytes(), Loader=yaml.CSafeLoader)
            checks += [tables.rule_over_tables(rule["id"], rule["finds"], rule["description"]["en"]) for rule in rules]
            _side_by_side(connection, checks, result)
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise CannotDo(f"{result.package}: needs more memory than there is: {tables.first_line(error)}") from error
    except (OSError, duckdb.IOException) as error:
        raise CannotDo(f"{result.package}: cannot be read: {tables.first_line(error)}") from error
    except duckdb.Error as error:
        raise CannotDo(f"{result.package}: cannot be checked to the end: {tables.first_line(error)}") from error
    return result


@contextmanager
def _database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that reads this folder and nothing else, and writes outside of it when memory is short."""
    with tempfile.TemporaryDirectory(prefix="sahel-", ignore_cleanup_errors=True) as scratch:
        connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY, "temp_directory": scratch})
        try:
            connection.execute(
                "SET TimeZone = 'UTC';"
                f"SET max_temp_directory_size = {literal(MOST_SPILLED)};"
                f"SET allowed_directories = [{literal(str(folder.resolve()))}, {literal(scratch)}];"
                "SET enable_external_access = false; SET lock_configuration = true"
            )
            yield connection
        finally:
            connection.close()


def _side_by_side(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], result: Verification) -> None:
    """Make checks beside each other; what they find is told in their order."""

    def made(check: Check) -> Verification:
        found = Verification()
        with connection.cursor() as cursor:
            check(cursor, found)
        return found

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        result.add(pool.map(made, checks))
