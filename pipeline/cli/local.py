"""The commands about what stays on this machine: a build with licensed files."""

from __future__ import annotations

import typer

from pipeline.config import Project, load_params

app = typer.Typer(help="Builds with licensed files, which stay on this machine.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Builds with licensed files, which stay on this machine."""


@app.command()
def build() -> None:
    """Build the tables from every source, files that may not be passed on (ACLED, GTD) included, into data/local/.

    sahel source add stores such a file below data/local/raw/. Parquet and a DuckDB file come to data/local/tables/, and
    are not to be shared. Git, DVC and the release do not see any of it.

    Example: sahel local build
    """
    from pipeline.local import build_local

    project = Project.here()
    print(build_local(project, load_params(project), print))
