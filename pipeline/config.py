"""Where things lie in the project and what ``params.yaml`` sets."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from pipeline.problems import CannotDo

PACKAGE_NAME = "sahel-attacks"
DESCRIPTOR = "datapackage.json"
SUMS = "SHA256SUMS"
CHANGELOG = "CHANGELOG.md"
CHANGELOGS = {"en": CHANGELOG, "fr": "CHANGELOG.fr.md"}
"""The change log in each language."""
FIGURES = "figures"
"""The one folder in a package."""
THIS_RELEASE = "release"
"""Stands for the version of the release in tables until `compare` has decided it."""
SEMANTIC_VERSION = re.compile(r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$")
ENGINES = ("duckdb", "spark")
SPARK_MASTER = "local[*]"
"""Spark in the process of the stage, on all cores."""


@dataclass(frozen=True)
class Project:
    """The folders of one checkout. Every path of the project is spelled here and nowhere else.

    Attributes:
        is_local: whether stages read licensed files too and write below ``data/local/`` instead of ``data/``.
    """

    root: Path
    is_local: bool = False

    @classmethod
    def here(cls) -> Project:
        """The project of the current folder.

        Raises:
            CannotDo: the folder holds no ``params.yaml`` beside ``schemas/``.
        """
        root = Path.cwd()
        if not (root / "params.yaml").is_file() or not (root / "schemas").is_dir():
            raise CannotDo(
                f"{root} is not the project's folder (no params.yaml beside schemas/): "
                "change to the folder of the checkout and call again"
            )
        return cls(root)

    @property
    def schemas(self) -> Path:
        """Declarations of tables, codes, forms and sources."""
        return self.root / "schemas"

    @property
    def package_rules(self) -> Path:
        """Queries that find the rows which break a rule over several tables."""
        return self.schemas / "package_rules.yaml"

    @property
    def curated(self) -> Path:
        """Curated entries, ``<ISO3>/<year>.yaml``."""
        return self.root / "data" / "raw" / "curated"

    def external(self, source: str) -> Path:
        """The files of a source that is not our own, each with its record."""
        return self.root / "data" / "raw" / "external" / source

    @property
    def local(self) -> Path:
        """What must not leave this machine: licensed files, and what is built with them. Git and DVC ignore it."""
        return self.root / "data" / "local"

    def licensed(self, source: str) -> Path:
        """The files of a source whose licence does not let them into a release, each with its record."""
        return self.local / "raw" / source

    @property
    def local_sources(self) -> Path:
        """The names of the sources that only a local build reads."""
        return self.local / "sources.yaml"

    @property
    def local_tables(self) -> Path:
        """What a local build ends in."""
        return self.local / "tables"

    @property
    def local_link_decisions(self) -> Path:
        """What was decided about pairs of which a licensed record is one."""
        return self.local / "link_decisions.csv"

    @property
    def interim(self) -> Path:
        """What stages write for each other."""
        return (self.local if self.is_local else self.root / "data") / "interim"

    def raw(self, source: str) -> Path:
        """Where the files of a source lie, as ``params.yaml`` says beside its name."""
        return self.curated if source == "curated" else self.external(source)

    @property
    def reference(self) -> Path:
        """Actors, places, names and admin units."""
        return self.root / "data" / "reference"

    @property
    def link_model(self) -> Path:
        """The frozen model of linking."""
        return self.reference / "link_model.json"

    @property
    def link_decisions(self) -> Path:
        """What curators decided about pairs of records."""
        return self.reference / "link_decisions.csv"

    @property
    def evaluation(self) -> Path:
        """What ``make evaluate`` writes."""
        return self.root / "docs" / "evaluation"

    @property
    def ingested(self) -> Path:
        """What ``ingest`` writes, one folder a source."""
        return self.interim / "ingest"

    @property
    def linked(self) -> Path:
        """What ``link`` writes."""
        return self.interim / "link"

    @property
    def quarantine(self) -> Path:
        """Rows that wait because they break a rule, one folder a source."""
        return self.interim / "quarantine"

    @property
    def resolved(self) -> Path:
        """What ``resolve`` writes."""
        return self.interim / "resolve"

    @property
    def baseline(self) -> Path:
        """The last published release, in git: what the next one is compared with."""
        return self.root / "data" / "baseline"

    @property
    def compared(self) -> Path:
        """What ``compare`` writes."""
        return self.interim / "compare"

    @property
    def version_file(self) -> Path:
        """The number that is due, and why, as ``compare`` found."""
        return self.compared / "version.json"

    @property
    def figures(self) -> Path:
        """What ``figures`` draws."""
        return self.interim / FIGURES

    @property
    def package(self) -> Path:
        """The package before it is verified."""
        return self.interim / "package"

    @property
    def verification(self) -> Path:
        """The report of ``verify``."""
        return self.interim / "verification.json"

    @property
    def release(self) -> Path:
        """The last good package."""
        return self.root / "data" / "release"

    @property
    def database(self) -> Path:
        """The DuckDB file made from the last good package."""
        return self.root / "data" / "database" / f"{PACKAGE_NAME}.duckdb"

    @property
    def site(self) -> Path:
        """The explorer as ``make site`` builds it."""
        return self.root / "site" / "dist"

    def relative(self, path: Path) -> str:
        """A path as it is shown to people: relative to the project where it lies inside."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return str(path)


@dataclass(frozen=True)
class Bounds:
    """How many rows a source is to have: fewer than the minimum stop the build, more than the maximum warn."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True)
class Params:
    """``params.yaml``: the date of the release, the engine, the sources that are turned on, the limits.

    Attributes:
        version: a number higher than the one that is due, or None to take that one.
        quarantine_share: the share of a source's rows in the region that may wait in quarantine, from 0 to 1.
        spark_master: where Spark runs, when it is the engine: ``local[*]`` or the address of a cluster.
    """

    version: str | None
    date: dt.date
    engine: str
    sources: tuple[str, ...]
    quarantine_share: float
    rows: Mapping[str, Bounds] = field(default_factory=dict)
    spark_master: str = SPARK_MASTER


def load_params(project: Project) -> Params:
    """Read ``params.yaml``.

    Raises:
        CannotDo: a value is missing, of the wrong type or unknown; the message says which.
    """
    path = project.root / "params.yaml"
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        release = raw["release"]
        version, date, engine, sources = release.get("version"), release["date"], raw["engine"], raw["sources"]
        limits = raw["limits"]
    except (OSError, yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise CannotDo(f"params.yaml: {error!s}; it needs release.date, engine, sources and limits") from error
    if version is not None and not (isinstance(version, str) and SEMANTIC_VERSION.match(version)):
        raise CannotDo(f"params.yaml: release.version is {version!r}; it is three numbers, like '1.2.0', or null")
    try:
        day = dt.date.fromisoformat(date)  # in quotes: DVC refuses a parameter that YAML reads as a date
    except (TypeError, ValueError):
        raise CannotDo(f"params.yaml: release.date is {date!r}; it is a date in quotes, like '2026-01-31'") from None
    if engine not in ENGINES:
        raise CannotDo(f"params.yaml: engine is {engine!r}; it is one of {', '.join(ENGINES)}")
    master = raw.get("spark_master", SPARK_MASTER)
    if not isinstance(master, str) or not master.startswith(("local", "spark://", "yarn", "k8s://")):
        raise CannotDo(f"params.yaml: spark_master is {master!r}; it is like 'local[*]' or 'spark://host:7077'")
    return Params(version, day, engine, _sources(project, sources), *_limits("params.yaml", limits), master)


def load_local_params(project: Project, params: Params) -> Params:
    """The parameters of a local build: those of ``params.yaml``, and what ``data/local/sources.yaml`` adds to them.

    It names the licensed sources, and may have ``limits`` of its own; what it does not set is as in ``params.yaml``.

    Raises:
        CannotDo: it cannot be read, or its limits are wrong.
    """
    shown, raw = project.relative(project.local_sources), _local(project)
    given = raw.get("limits", {})
    as_before = {"quarantine_share": params.quarantine_share}
    share, rows = _limits(shown, as_before | given if isinstance(given, dict) else given)
    names = tuple(name for name in raw["sources"] if name not in params.sources)
    return replace(params, sources=(*params.sources, *names), quarantine_share=share, rows={**params.rows, **rows})


def local_sources(project: Project) -> tuple[str, ...]:
    """The licensed sources that are turned on: those of ``data/local/sources.yaml``; none where there is no such file.

    Raises:
        CannotDo: it cannot be read.
    """
    return tuple(_local(project)["sources"])


def _local(project: Project) -> dict[str, Any]:
    if not project.local_sources.is_file():
        return {"sources": []}
    try:
        raw: Any = yaml.safe_load(project.local_sources.read_text(encoding="utf-8"))
        names = raw["sources"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"sources is {names!r}")
    except (OSError, yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
        shown = project.relative(project.local_sources)
        raise CannotDo(f"{shown}: {error!s}; it lists the names of sources, like 'sources: [acled]'") from error
    return dict(raw)


def _sources(project: Project, sources: Any) -> tuple[str, ...]:
    """The names of the sources; the folder beside each is for DVC, and is the one where its files lie."""
    if not isinstance(sources, dict) or not sources or not all(isinstance(name, str) for name in sources):
        raise CannotDo("params.yaml: sources has names with their folders, like 'curated: data/raw/curated'")
    for name, folder in sources.items():
        wanted = project.raw(name).relative_to(project.root).as_posix()
        if folder != wanted:
            raise CannotDo(f"params.yaml: sources: the files of '{name}' lie in {wanted}, not in {folder}")
    return tuple(sources)


def _limits(shown: str, raw: Any) -> tuple[float, dict[str, Bounds]]:
    message = f"{shown}: limits has quarantine_share (from 0 to 1) and rows (a source with minimum, maximum or both): "
    try:
        share = raw["quarantine_share"]
        bounds = {name: Bounds(**found) for name, found in raw.get("rows", {}).items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise CannotDo(message + str(error)) from error
    numbers = [value for found in bounds.values() for value in (found.minimum, found.maximum) if value is not None]
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    if not is_number or not 0 <= share <= 1 or not all(isinstance(n, int) for n in numbers):
        raise CannotDo(message + repr(raw))
    return float(share), bounds


def built_version(project: Project) -> str:
    """The version that ``compare`` decided, with ``+unchanged`` where nothing differs from the last published one.

    Raises:
        CannotDo: ``compare`` has not run.
    """
    try:
        return str(json.loads(project.version_file.read_text(encoding="utf-8"))["version"])
    except FileNotFoundError:
        raise CannotDo("the stage compare has not run: run dvc repro first") from None
