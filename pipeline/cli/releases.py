"""The commands about releases: what differs between two, which version is due, publishing one, building one again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.config import Project
from pipeline.problems import EXIT_NOT_DONE, EXIT_NOT_WELL, EXIT_WELL, CannotDo

LARGEST_MARKDOWN = 60_000
"""A comment on a pull request holds 65,536 characters."""


def diff(
    old: Annotated[str, typer.Argument(help="The earlier package: a folder, a zip, or an http(s) address.")],
    new: Annotated[str, typer.Argument(help="The later one; data/release if none is given.")] = "data/release",
    as_json: Annotated[bool, typer.Option("--json", help="Print the difference as JSON.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print it as Markdown, short enough for a comment.")
    ] = False,
    parquet: Annotated[
        Path | None, typer.Option(help="Write every changed value into this Parquet file.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many values are shown at most, worst first.")] = 50,
) -> None:
    """Tell what differs between two packages: deaths first, then tables and fields, rows, values.

    Ids that were merged in between are followed. Exit codes: 0 the same, 1 different, 2 a package or a table of it
    could not be compared and nothing else differs.

    Example: sahel diff https://example.org/sahel-attacks/1.0.0/ data/release --markdown
    """
    from pipeline.compare.packages import compare_packages, write_values
    from pipeline.compare.present import as_json as json_of
    from pipeline.compare.present import as_markdown, as_text
    from pipeline.packages import opened

    if as_json and markdown:
        raise CannotDo("--json and --markdown cannot be had at once")
    with opened(old) as old_folder, opened(new) as new_folder:
        difference = compare_packages(old_folder, old, new_folder, new)
        if parquet is not None:
            try:
                write_values(difference, parquet)
            except OSError as error:
                raise CannotDo(f"{parquet}: cannot be written: {error.strerror}") from error
        if as_json:
            print(json.dumps(json_of(difference, limit), ensure_ascii=False, indent=2))
        else:
            print(as_markdown(difference, limit, LARGEST_MARKDOWN) if markdown else as_text(difference, limit), end="")
        uncertain = EXIT_NOT_DONE if difference.rows.not_compared else EXIT_WELL
        raise typer.Exit(EXIT_NOT_WELL if difference.is_different else uncertain)


def tolls(
    units: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of incidents or operations; without any, totals by country.", show_default=False),
    ] = None,
    rule: Annotated[str, typer.Option(help="most_carried, minimum or maximum.")] = "most_carried",
    as_json: Annotated[bool, typer.Option("--json", help="Print every toll as JSON.")] = False,
) -> None:
    """Decide tolls of data/release by another rule than that of the release; nothing is written.

    Totals are sums over additive figures of all persons, with how many figures they add, how many of these have no best
    figure and how many no upper bound. What the rules mean stands in
    schemas/codelists/toll_rule.csv. Exit codes: 0 well, 2 there is no such rule, unit or package.

    Example: sahel tolls --rule minimum i-y1ctp6
    """
    from pipeline.config import load_params
    from pipeline.resolve.asked import SUMS, above_their_total, tolls_by, totals
    from pipeline.schema import load_schema

    project = Project.here()
    found = tolls_by(project.release, load_schema(project.schemas), load_params(project).engine, rule, units or [])
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    shown = found if units else totals(found)
    columns = ("unit_id", "metric", "population_group") if units else ("country_iso3", "metric")
    figures = ("low", "best", "high", "toll_status", "is_additive") if units else SUMS
    print("\t".join((*columns, *figures)))
    for row in shown:
        cells = (row[name] for name in (*columns, *figures))
        print("\t".join("-" if cell is None else str(cell) for cell in cells))
    for note in above_their_total(found) if units else ():
        _say(f"note: {note}")


def version(
    as_json: Annotated[bool, typer.Option("--json", help="Print the number and the reasons as JSON.")] = False,
) -> None:
    """Build what is needed and say which version is due, and why; the number stands alone on the last line.

    Exit codes: 0 well, 1 the data or the number set in params.yaml are not well, 2 it could not be built.

    Example: sahel version
    """
    from pipeline.commands import build

    project = Project.here()
    build(project, "compare")
    told = json.loads(project.version_file.read_text(encoding="utf-8"))
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if told["last"] is None:
        print("nothing is published yet: this is the first release")
    elif not told["reasons"]:
        print(f"nothing changed since version {told['last']}")
    else:
        print(f"since version {told['last']}:")
    for reason in told["reasons"]:
        print(f"  {reason['level']:5}  {reason['said']}")
    print(told["version"])


def publish(
    store: Annotated[Path, typer.Option(help="The folder that a server shows; it is made if it is not there.")],
    version: Annotated[str, typer.Option(help="Confirms the number that is due; another one is refused.")] = "",
) -> None:
    """Publish what the checkout holds as the version that is due: tag, data remote, store, baseline.

    A publication that was cut off goes on where it stopped when it is called again. What stands in the store is never
    changed.

    Exit codes: 0 published, or nothing changed; 1 the data or the version are not well; 2 it could not be done.

    Example: sahel publish --store /srv/sahel-attacks
    """
    from pipeline.publish import publish as publish_release

    print(publish_release(Project.here(), store.resolve(), version or None, _say))


def take_down(
    version: Annotated[str, typer.Argument(help="A published version that is not the newest, like 1.0.0.")],
    store: Annotated[Path, typer.Option(help="The folder that a server shows.")],
    reason: Annotated[str, typer.Option(help="Why, for everybody to read; it says nothing about the person.")],
) -> None:
    """Take an earlier version out of the store because it puts a person in danger.

    The index keeps its number, dates and checksum and says when and why; its files are deleted from the store, nowhere
    else. What else has to be done stands in docs/removal.md.

    Exit codes: 0 it is gone, 2 it could not be done: there is no such version, or it is the newest.

    Example: sahel take-down 1.0.0 --store /srv/sahel-attacks --reason "taken down for a person's safety"
    """
    from pipeline.publish import store as stores

    if not store.is_dir():
        raise CannotDo(f"{store}: there is no such folder")
    with stores.locked(store.resolve()):
        stores.take_down(store.resolve(), version, reason)
    print(f"{version} is gone from {store}; the index says since when and why")


def rebuild(
    version: Annotated[str, typer.Argument(help="A published version, like 1.0.0.")],
    store: Annotated[
        str, typer.Option(help="A folder or http(s) address of the store: files that differ are then named.")
    ] = "",
) -> None:
    """Build a published version again from its tag, in a folder of its own, and compare the bytes.

    Exit codes: 0 every byte is as published, 1 one is not, 2 it could not be built.

    Example: sahel rebuild 1.0.0 --store /srv/sahel-attacks
    """
    from contextlib import nullcontext

    from pipeline.packages import opened
    from pipeline.rebuild import rebuild as rebuild_version

    published = opened(f"{store.rstrip('/')}/{version}") if store else nullcontext(None)
    with published as folder:
        rebuilt = rebuild_version(Project.here(), version, folder, _say)
    for name in rebuilt.differing:
        print(f"{name}: is not the file that was published")
    if rebuilt.found != rebuilt.stated:
        print(f"the tag v{version} states the content {rebuilt.stated}, the new build is {rebuilt.found}")
    if rebuilt.is_same:
        print(f"version {version} was built again to the same bytes: {rebuilt.found}")
    raise typer.Exit(EXIT_WELL if rebuilt.is_same else EXIT_NOT_WELL)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
