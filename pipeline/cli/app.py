"""The commands of `sahel`, with their options, what they print and how they end."""

from __future__ import annotations

import datetime as dt
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.models import CommandInfo

from pipeline import __version__
from pipeline.cli import local, releases
from pipeline.cli.review import review
from pipeline.config import Project, load_params
from pipeline.problems import EXIT_NOT_DONE, EXIT_NOT_WELL, EXIT_WELL, CannotDo, NotWell, Problem

app = typer.Typer(
    help="Open, traceable data on attacks in the Sahel. Acts on the project of the current folder.\n\n"
    "Exit codes: 0 well, 1 the thing examined is not well, 2 it could not be done.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

source_app = typer.Typer(
    help="Sources beside our own: add a file, list what is there, remove it.", no_args_is_help=True
)
app.add_typer(source_app, name="source")
app.add_typer(local.app, name="local")


def main() -> None:
    """Run the command line; problems are told without a traceback."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, _stop)
    app.registered_commands = _asked_for(app.registered_commands, sys.argv[1:])
    try:
        sys.exit(app(standalone_mode=False) or EXIT_WELL)  # typer.Exit comes back as its code
    except NotWell as error:
        say(error.problems)
        print(error.consequence, file=sys.stderr)
        sys.exit(EXIT_NOT_WELL)
    except CannotDo as error:
        print(f"sahel: {error}", file=sys.stderr)
        sys.exit(EXIT_NOT_DONE)
    except typer.Abort:
        print("sahel: stopped", file=sys.stderr)
        sys.exit(EXIT_NOT_DONE)
    except Exception as error:
        show = getattr(error, "show", None)  # a wrong option or argument
        if show is None:
            raise
        show()
        sys.exit(EXIT_NOT_DONE)


def _asked_for(commands: list[CommandInfo], arguments: Sequence[str]) -> list[CommandInfo]:
    """The command that is called, else all: laying out the options of the others takes longer than some commands do."""
    named = [command for command in commands if command.callback and command.callback.__name__ in arguments[:1]]
    return named or commands


def _stop(_signal: int, _frame: object) -> None:
    """Stop at once and tidy up what was fetched or unpacked."""
    raise CannotDo("stopped")


def say(problems: Sequence[Problem]) -> None:
    """Print problems, one a line."""
    for problem in problems:
        print(problem)


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Say which version of the code this is.")] = False,
) -> None:
    """Options before the command."""
    if version:
        print(__version__)
        raise typer.Exit(EXIT_WELL)


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Curated files. One outside data/raw/curated/ stands in for the file with the same ids.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> None:
    """Check curated entries and reference data, every problem as `file:line: field: what, and what would be right`.

    Everything is read, because entries refer to each other; with FILES only their problems are listed.

    Example: sahel check data/raw/curated/MLI/2025.yaml
    """
    from pipeline.schema import load_schema
    from pipeline.sources.curated.read import read_curated

    project = Project.here()
    params = load_params(project)
    curated = read_curated(project, params, load_schema(project.schemas), files or [])
    named = {project.relative(path) for path in files or []}
    shown = [problem for problem in curated.problems if not named or problem.file in named]
    elsewhere = len(curated.problems) - len(shown)
    errors = curated.errors
    if as_json:
        print(json.dumps([problem.as_json() for problem in shown], ensure_ascii=False, indent=2))
    else:
        say(shown)
        if elsewhere:
            print(f"and {elsewhere} more in other files: sahel check lists them all", file=sys.stderr)
        incidents = sum(entry.part == "incident" for entry in curated.entries)
        operations = len(curated.entries) - incidents
        warnings = len(curated.problems) - len(errors)
        print(
            f"{incidents} incidents and {operations} operations in {len(curated.files)} files: "
            f"{len(errors)} errors, {warnings} warnings",
            file=sys.stderr,
        )
    raise typer.Exit(EXIT_NOT_WELL if errors else EXIT_WELL)


@app.command()
def new(
    country: Annotated[str, typer.Argument(help="ISO 3166-1 alpha-3 code, like MLI.")] = "MLI",
    date: Annotated[str, typer.Argument(help="First day, like 2025-07-01.")] = "",
    operation: Annotated[bool, typer.Option("--operation", help="An operation instead of an incident.")] = False,
    claims: Annotated[int, typer.Option(min=0, max=50, help="How many claims to lay out.")] = 1,
    reports: Annotated[int, typer.Option(min=1, max=50, help="How many reports to lay out.")] = 1,
) -> None:
    """Print an entry to fill in, with fresh ids and the codes that each key takes.

    Example: sahel new MLI 2025-07-01 --reports 2 --claims 3
    """
    from pipeline.schema import load_schema
    from pipeline.sources.curated.template import template

    project = Project.here()
    schema = load_schema(project.schemas)
    print(
        template(project, schema, country, date, "operation" if operation else "incident", reports, claims),
        end="",
    )


@app.command()
def verify(
    package: Annotated[
        str,
        typer.Argument(help="A folder, a zip, or an http(s) address of either; data/release if none is given."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check that a package is what it says of itself: files, tables, values, keys, references, CSV against Parquet.

    Exit codes: 0 all checks hold, 1 one does not, 2 there is no such package or it could not be read.

    Example: sahel verify https://example.org/sahel-attacks/1.0.0/
    """
    from pipeline.packages import opened
    from pipeline.verify import verify_package

    project = Project.here()
    if not package and not project.release.is_dir():
        raise CannotDo("there is no package in data/release: run make release, or name one")
    shown = package or project.relative(project.release)
    with opened(package or project.release) as folder:
        result = verify_package(folder, project.package_rules, shown)
    if as_json:
        print(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
    else:
        say(sorted(result.problems))
        for what, why in result.not_checked:
            print(f"not checked: {what}: {why}")
        print(result.summary(), file=sys.stderr)
    if not result.rows and not result.problems:
        raise CannotDo(f"{shown}: not one table of it could be checked")
    raise typer.Exit(EXIT_NOT_WELL if result.problems else EXIT_WELL)


@source_app.command("add")
def source_add(
    name: Annotated[str, typer.Argument(help="A source declared in schemas/sources/, like ucdp_candidate.")],
    file: Annotated[str, typer.Argument(help="A file (CSV, XLSX or a zip with one of them), or its address.")],
    version: Annotated[str, typer.Option(help="The version that its publisher gives it, like 26.0.2.")],
    area: Annotated[
        list[str] | None,
        typer.Option(
            help="A country that the file covers as a whole, like MLI; may be repeated. 'none': it is a selection. "
            "Without it, what the rows tell: one country alone, or so many that it is the whole."
        ),
    ] = None,
    first: Annotated[
        dt.datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="The first day that it covers, if its version does not tell."
        ),
    ] = None,
    last: Annotated[dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")] = None,
    sha256: Annotated[
        str | None, typer.Option(help="The SHA-256 that its publisher states; a file with another is refused.")
    ] = None,
    replace_rows: Annotated[
        bool,
        typer.Option("--replace-rows", help="Ids that stand in files of other versions too mean the same events."),
    ] = False,
) -> None:
    """Check a file, store it with a record of where it comes from and what it covers, and turn the source on.

    A file of the same name and version is replaced, once the new one is checked.

    Example: sahel source add ucdp_candidate GEDEvent_v26_0_2.csv --version 26.0.2
    Example: sahel source add ucdp_ged ucdp_mali.csv --version 25.1 --area MLI
    Example: sahel source add acled mali.csv --version 2026-02 --area MLI --from 2025-01-01 --to 2026-01-31
    """
    from pipeline.sources.adding import Given, add

    project = Project.here()
    load_params(project)
    today = dt.datetime.now(dt.UTC).date()
    days = (day.date() if day else None for day in (first, last))
    given = Given(file, version, area or (), sha256, replace_rows, *days)
    added = add(project, name, given, today, _progress)
    stored = added.stored
    print(f"{name} {stored.source_version}: {stored.file} ({stored.layout}), SHA-256 {stored.sha256}")
    for note in added.notes:
        print(f"note: {note}", file=sys.stderr)


@source_app.command("list")
def source_list(
    as_json: Annotated[bool, typer.Option("--json", help="Print the sources as JSON.")] = False,
) -> None:
    """List the sources, their files and whether they are turned on.

    Example: sahel source list
    """
    from pipeline.sources.catalogue import listed

    project = Project.here()
    found = listed(project, load_params(project))
    if as_json:
        print(
            json.dumps(
                [
                    {
                        "source": one.source.source,
                        "is_on": one.is_on,
                        "licence": one.source.licence,
                        "redistributable": one.source.redistributable,
                        "files": [
                            vars(file)
                            | {name: str(day) for name, day in vars(file).items() if isinstance(day, dt.date)}
                            for file in one.files
                        ],
                    }
                    for one in found
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    for one in found:
        where = "" if one.source.redistributable else ", never released"
        print(f"{one.source.source:16}{'on' if one.is_on else 'off':5}{one.source.licence}{where}")
        for file in one.files:
            covers = f", covers {', '.join(file.areas)}" if file.areas else ""
            print(f"  {file.source_version:14}{file.file}, accessed {file.accessed_date}{covers}")


@source_app.command("remove")
def source_remove(
    name: Annotated[str, typer.Argument(help="The source.")],
    version: Annotated[str | None, typer.Option(help="Only this version; else every file of the source.")] = None,
) -> None:
    """Remove the files of a source; without a file left it is turned off.

    Example: sahel source remove ucdp_candidate --version 26.0.2
    """
    from pipeline.sources.catalogue import remove

    project = Project.here()
    for file in remove(project, name, version):
        print(f"{name} {file.source_version}: {file.file} is removed")
    if name not in load_params(project).sources and project.local_tables.is_dir():
        print("what was built with it stays in data/local/ until sahel local build builds anew, or you delete it")


def _progress(came: int, announced: int | None) -> None:
    """Say on one line how far a download is, where somebody watches."""
    if sys.stderr.isatty():
        whole = f" of {announced / 1e6:.1f}" if announced else ""
        done = announced is not None and came >= announced
        print(f"\r{came / 1e6:.1f}{whole} MB", end="\n" if done else "", file=sys.stderr, flush=True)


for command in (
    review,
    releases.diff,
    releases.tolls,
    releases.version,
    releases.publish,
    releases.take_down,
    releases.rebuild,
):
    app.command()(command)
