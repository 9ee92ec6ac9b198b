"""Fixtures of the tests of the explorer: the page as built, with the real data and with hostile data, and a browser."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, sync_playwright

from pipeline.config import Project
from pipeline.schema.claimants import load_claimants
from pipeline.site.stage import compress, lay_data
from tests.conftest import ROOT
from tests.site.hostile import hostile_package
from tests.site.running import running
from tests.system.browser import Visit, started, visiting


@pytest.fixture(scope="session")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page without data, type-checked and built."""
    assert (ROOT / "site" / "node_modules").is_dir(), "make test-system installs what site/package-lock.json lists"
    folder = tmp_path_factory.mktemp("page") / "dist"
    command = ["npm", "run", "--silent", "build", "--", "--logLevel", "warn", "--outDir", str(folder)]
    done = subprocess.run(command, cwd=ROOT / "site", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    compress(folder)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = started(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def explorer_folder(built: Project, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is copied to a server, with the real data."""
    page = tmp_path_factory.mktemp("real") / "explorer"
    shutil.copytree(built_page, page)
    claimants = load_claimants(built.schemas)
    lay_data(built.release, built.database, built.reference / "countries.geojson", page, claimants)
    compress(page / "data")
    return page


@pytest.fixture(scope="session")
def address(built: Project, explorer_folder: Path) -> Iterator[str]:
    """The explorer with the real data, as make serve shows it."""
    with running(explorer_folder, built.release) as url:
        yield url


@pytest.fixture(scope="session")
def hostile_address(built: Project, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The explorer with hostile data."""
    folder = tmp_path_factory.mktemp("hostile")
    page = folder / "explorer"
    shutil.copytree(built_page, page)
    package = hostile_package(built.release, folder / "package")
    lay_data(package, built.database, built.reference / "countries.geojson", page)
    with running(page, package) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address) as visit:
        yield visit


@pytest.fixture(scope="session")
def tables(built: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """The package, to ask what the page should say."""
    with duckdb.connect() as connection:
        for path in built.release.glob("*.parquet"):
            if path.name != "incidents.geo.parquet":
                connection.execute(f"CREATE VIEW {path.stem} AS FROM read_parquet('{path}')")
        yield connection
