"""``make serve``: the explorer and a store on localhost, with parts of files (HTTP ranges) as DuckDB asks for them.

Exit codes: 0 it was stopped, 2 it could not be started.
"""

from __future__ import annotations

import argparse
import json
import sys
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from pipeline.checksums import read_sums, sha256
from pipeline.config import DESCRIPTOR, PACKAGE_NAME, SUMS, Project
from pipeline.problems import EXIT_NOT_DONE, EXIT_WELL, CannotDo

ONLY_HERE = "127.0.0.1"
PORT = 8000
INDEX = "index.json"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a page may do. The console of SQL runs WebAssembly in a worker, and nothing else more."""
POLICY_OF_SQL = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:")
POLICY_OF_CODEBOOK = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A codebook says itself which style sheet it takes, by its checksum; that it is not framed, only a header can say."""
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ASSETS = "/assets/"
"""Files whose names change with their content."""


def application(site: Path, store: Path) -> web.Application:
    """The server.

    Args:
        site: the explorer, as ``make site`` builds it; it is at ``/``.
        store: a store, or the folder of a package; it is at ``/store/``.
    """
    server = web.Application()

    async def page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(site / "index.html")

    async def index(_: web.Request) -> web.StreamResponse:
        return web.json_response(contents(store))

    async def listing(_: web.Request) -> web.Response:
        return web.Response(text=listed(contents(store)), content_type="text/html")

    async def to_listing(_: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/store/")

    async def icon(_: web.Request) -> web.Response:
        """What a browser asks for on a page that names no icon."""
        return web.Response(status=204)

    server.router.add_get("/", page)
    server.router.add_get("/favicon.ico", icon)
    server.router.add_get("/store", to_listing)
    server.router.add_get("/store/", listing)
    server.router.add_get("/store/index.json", index)
    server.router.add_static("/store", store)
    server.router.add_static("/", site)
    server.on_response_prepare.append(_add_headers)
    return server


def contents(store: Path) -> dict[str, Any]:
    """What lies in a store, as its ``index.json`` says it; a package that stands there alone has ``files`` instead.

    Args:
        store: a store, or the folder of a package.

    Returns:
        ``name``, ``versions`` and, of a package, ``files``: path, bytes, sha256 as its ``SHA256SUMS`` states it, rows.
    """
    if (store / INDEX).is_file():
        found: dict[str, Any] = json.loads((store / INDEX).read_text(encoding="utf-8"))
        return found
    if not (store / SUMS).is_file() or not (store / DESCRIPTOR).is_file():
        return {"name": PACKAGE_NAME, "versions": []}
    descriptor = json.loads((store / DESCRIPTOR).read_text(encoding="utf-8"))
    rows = {resource["path"]: resource["rows"] for resource in descriptor["resources"] if "rows" in resource}
    files = [
        {"path": name, "bytes": (store / name).stat().st_size, "sha256": digest}
        | ({"rows": rows[name]} if name in rows else {})
        for name, digest in {**read_sums(store), SUMS: sha256(store / SUMS)}.items()
        if (store / name).is_file()
    ]
    return {"name": PACKAGE_NAME, "versions": [], "files": files}


def listed(index: dict[str, Any]) -> str:
    """The contents of a store as a page: every file as a link, with its size and SHA-256."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Store: Attacks in the Sahel</title></head><body>',
        '<h1>Store</h1><p><a href="/#/releases">Releases in the explorer</a> · <a href="index.json">index.json</a></p>',
    ]
    for version in index["versions"]:
        if version["status"] == "published":
            parts += [f"<h2>{escape(version['version'])}</h2>", _rows([version["zip"], *version["files"]])]
    if "files" in index:
        parts.append(_rows(index["files"]))
    elif not index["versions"]:
        parts.append("<p>No version is published here.</p>")
    return "\n".join([*parts, "</body></html>"])


def _rows(files: list[dict[str, Any]]) -> str:
    head = "<tr><th>File</th><th>Bytes</th><th>SHA-256</th></tr>"
    body = [
        f'<tr><td><a href="{quote(file["path"])}">{escape(file["path"])}</a></td><td>{file["bytes"]:,}</td>'
        f"<td><code>{escape(file['sha256'])}</code></td></tr>"
        for file in files
    ]
    return "\n".join(["<table>", head, *body, "</table>"])


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = policy_of(request.path)
    for_ever = request.path.startswith(ASSETS)
    response.headers["Cache-Control"] = "max-age=31536000, immutable" if for_ever else "no-cache"


def policy_of(path: str) -> str:
    """The Content-Security-Policy of a path, as docs/explorer.md gives it for other servers."""
    name = path.rpartition("/")[2]
    if name == "sql.html":
        return POLICY_OF_SQL
    return POLICY_OF_CODEBOOK if name.startswith("codebook.") else POLICY


def main(arguments: list[str]) -> int:
    """Serve until somebody stops it.

    Args:
        arguments: ``--store FOLDER``, ``--port NUMBER``.
    """
    parser = argparse.ArgumentParser(prog="python -m pipeline.serve", description=__doc__)
    parser.add_argument("--store", help="a store, as sahel publish writes it (else data/release)")
    parser.add_argument("--port", type=int, default=PORT, help="of localhost (%(default)s)")
    asked = parser.parse_args(arguments)
    try:
        project = Project.here()
        store = Path(asked.store) if asked.store else project.release
        if not (project.site / "data").is_dir():
            raise CannotDo(f"{project.relative(project.site)}/ holds no explorer: run make site first")
        if not store.is_dir():
            raise CannotDo(f"{store} is no folder: STORE names the folder that sahel publish wrote")
        print(
            f"explorer:  http://{ONLY_HERE}:{asked.port}/\nstore:     http://{ONLY_HERE}:{asked.port}/store/",
            flush=True,
        )
        web.run_app(application(project.site, store), host=ONLY_HERE, port=asked.port, print=None, shutdown_timeout=1)
    except CannotDo as error:
        print(f"serve: {error}", file=sys.stderr)
        return EXIT_NOT_DONE
    except OSError as error:
        print(f"serve: port {asked.port} cannot be used: {error.strerror or error}", file=sys.stderr)
        return EXIT_NOT_DONE
    return EXIT_WELL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
