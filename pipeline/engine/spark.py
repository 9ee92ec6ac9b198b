"""Spark, for whoever outgrows one machine: `engine: spark` in ``params.yaml``, with the extra ``spark`` and Java.

The driver reads and writes files of the project; a cluster must see the folder of the checkout under the same path.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend as Reader
from ibis.expr.schema import Schema

from pipeline.engine import duckdb
from pipeline.problems import CannotDo
from pipeline.schema.duckdb import literal, quote

JAVA = "17"
HERE = "127.0.0.1"
BLANKS = " \t\n\r\v\f"
"""What Ibis strips."""
try:
    from ibis.backends.pyspark import Backend
    from ibis.backends.pyspark.datatypes import PySparkSchema
    from ibis.backends.sql.compilers.pyspark import PySparkCompiler
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession
    from splink.backends.spark import similarity_jar_location
except ImportError as error:
    raise CannotDo(
        f"params.yaml: engine: spark needs PySpark, which make spark installs, and Java {JAVA} ({error})"
    ) from None


class Compiler(PySparkCompiler):  # type: ignore[misc] # Ibis has no types
    """Ibis's SQL for Spark, mended where Spark reads it otherwise than it was meant."""

    def visit_Strip(self, op: Any, *, arg: Any) -> Any:  # noqa: ARG002, N802 - the names are Ibis's
        """Spark knows no escapes for the vertical tab and the form feed, and would strip the letters v and f."""
        return self.f.anon.btrim(arg, self.f.anon.concat(*(self.f.anon.char(ord(blank)) for blank in BLANKS)))

    def visit_StringSplit(self, op: Any, *, arg: Any, delimiter: Any) -> Any:  # noqa: ARG002, N802
        """Spark takes a separator for a regular expression."""
        return self.f.anon.split(arg, self.f.anon.concat("\\Q", delimiter, "\\E"))


class Spark(Backend):  # type: ignore[misc] # Ibis has no types
    """The Ibis backend for Spark, with rows passing as Arrow both ways and a folder of its own.

    Attributes:
        scratch: what passes between Spark and the reader.
        files: the DuckDB that reads files.
    """

    compiler = Compiler()
    scratch: Path
    files: Reader
    is_owner = False

    def create_table(self, name: str, obj: Any = None, *, schema: Any = None, **_: Any) -> ir.Table:
        """Rows of Arrow, or those of an expression computed once, as a table with exactly the types that they have.

        Without rows a schema makes an empty table. Ibis goes through pandas, which has no integer that may be null, and
        leaves the width of numbers to Spark.
        """
        if isinstance(obj, ir.Table):
            self._run_pre_execute_hooks(obj)
            wanted = Schema({column: kind.copy(nullable=True) for column, kind in obj.schema().items()})
            frame = self.written(name, self._session.sql(self.compile(obj)).to(PySparkSchema.from_ibis(wanted)))
        else:
            empty = None if schema is None else ibis.schema(schema).to_pyarrow().empty_table()
            frame = self._session.createDataFrame(obj if empty is None else empty)
        frame.createOrReplaceTempView(name)
        return self.table(name)

    def written(self, name: str, rows: Any) -> Any:
        """Rows computed once: written to a folder of the engine's own and read from there."""
        folder = self.scratch / "tables" / name
        rows.write.mode("overwrite").parquet(str(folder))
        return self._session.read.parquet(str(folder))

    def to_pyarrow(self, expr: ir.Expr, **options: Any) -> Any:
        """The rows of an expression, without the detour through pandas."""
        table = expr.as_table()
        self._run_pre_execute_hooks(table)
        found = self._session.sql(self.compile(table, **options)).toArrow()
        return expr.__pyarrow_result__(found.cast(table.schema().to_pyarrow()))

    def disconnect(self) -> None:
        """End the session and leave no file behind."""
        super().disconnect()
        self.files.disconnect()
        if self.is_owner:
            shutil.rmtree(self.scratch, ignore_errors=True)


def connect(scratch: Path | None, master: str) -> Spark:
    """A session of its own; one that is still open in this process is ended."""
    folder = (scratch or Path(tempfile.mkdtemp(prefix="sahel-"))).resolve()
    running = SparkSession.getActiveSession()
    if running is not None:
        running.stop()
    builder = SparkSession.builder.master(master).appName("sahel-attacks")
    options = {
        "spark.sql.session.timeZone": "UTC",
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",  # what goes wrong is raised
        "spark.jars": similarity_jar_location(),  # how alike two names are, for Splink
    }
    if master.startswith("local"):
        options |= {
            "spark.driver.host": HERE,  # nobody else is to reach it
            "spark.driver.bindAddress": HERE,
            "spark.sql.shuffle.partitions": "4",  # 200 is for clusters
        }
    for name, value in options.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise CannotDo(
            f"params.yaml: engine: spark: Java does not start ({error}); Spark needs Java {JAVA}, on Debian the "
            f"package openjdk-{JAVA}-jre-headless"
        ) from None
    backend = Spark()
    backend.register_options()
    backend.do_connect(session)
    backend.scratch, backend.is_owner = folder, scratch is None
    backend.files = duckdb.connect(folder, master)
    return backend


def reader(backend: Spark) -> Reader:
    """The DuckDB beside it."""
    return backend.files


def take(backend: Spark, name: str) -> ir.Table:
    """Through a Parquet file."""
    path = backend.scratch / f"{name}.parquet"
    backend.files.raw_sql(f"COPY (FROM {quote(name)}) TO {literal(str(path))} (FORMAT parquet)")
    return backend.read_parquet(path, table_name=name)


def give(backend: Spark, name: str, data: ir.Table) -> ir.Table:
    """Through Arrow."""
    return backend.files.create_table(name, data.to_pyarrow(), overwrite=True)


def write(backend: Spark, rows: ir.Table, path: Path) -> None:
    """Spark writes a folder of files that follow each other; they become one, a piece at a time."""
    folder = backend.scratch / "written"
    shutil.rmtree(folder, ignore_errors=True)
    rows.to_parquet(folder)
    wanted = rows.schema().to_pyarrow()
    with pq.ParquetWriter(path, wanted, compression="zstd") as out:
        for part in sorted(folder.glob("part-*.parquet")):
            for batch in pq.ParquetFile(part).iter_batches():
                out.write_batch(batch.cast(wanted))
    shutil.rmtree(folder)


def keep(backend: Spark, name: str, query: str) -> None:
    """As Parquet files, under the name of a view."""
    backend.written(name, backend._session.sql(query)).createOrReplaceTempView(name)


def scoring(backend: Spark) -> Any:
    """Splink works in the same session and keeps what it computes in memory, or on disk where there is no room."""
    from splink.backends.spark import SparkAPI

    api: Any = SparkAPI
    return api(spark_session=backend._session, break_lineage_method="persist")
