"""``make passages``: says in the documents and forms of the repository where the project lives.

``schemas/passages.yaml`` has the texts, ``schemas/about.yaml`` the addresses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.about import Home, load_about
from pipeline.config import Params, Project
from pipeline.problems import CannotDo

PLACEHOLDER = re.compile(r"\{(\w+)\}")
MARKED = (
    r"(?P<start>^(?P<indent> *)(?:<!-- |# )home:{id}(?: -->)?\n)"
    r"(?P<text>.*?)"
    r"(?P<end>^ *(?:<!-- |# )/home:{id}(?: -->)?$)"
)


def passages(project: Project, _: Params) -> str:
    """Write every passage into its file.

    Returns:
        Which files are other than they were.

    Raises:
        CannotDo: a file has not the marks of a passage.
    """
    home, changed = load_about(project.schemas).home, []
    for name, text in filled(project.root, project.schemas, home).items():
        if text != (project.root / name).read_text(encoding="utf-8"):
            (project.root / name).write_text(text, encoding="utf-8")
            changed.append(name)
    return f"written anew: {', '.join(changed)}" if changed else "every document says it already"


def filled(root: Path, schemas: Path, home: Home) -> dict[str, str]:
    """The files that have passages, as they read with these addresses.

    Args:
        root: the checkout.
        schemas: the project's ``schemas/``.
        home: where the project lives.
    """
    texts: dict[str, str] = {}
    for passage in _declared(schemas):
        name, marks = passage["file"], re.compile(MARKED.format(id=passage["id"]), re.MULTILINE | re.DOTALL)
        text = texts.get(name) or (root / name).read_text(encoding="utf-8")
        if len(marks.findall(text)) != 1:
            raise CannotDo(f"{name}: holds not one passage between the marks home:{passage['id']} and its end")
        said = _said(passage, home)
        texts[name] = marks.sub(lambda found, said=said: _between(found, said), text)  # type: ignore[misc]
    return texts


def _between(found: re.Match[str], said: str) -> str:
    lines = (f"{found['indent']}{line}\n" if line else "\n" for line in said.splitlines())
    return f"{found['start']}{''.join(lines)}{found['end']}"


def _said(passage: Mapping[str, str], home: Home) -> str:
    addresses = {key: getattr(home, key) for key in PLACEHOLDER.findall(passage["given"])}
    if None in addresses.values():
        return passage["otherwise"]
    return PLACEHOLDER.sub(lambda found: str(addresses[found[1]]), passage["given"])


def _declared(schemas: Path) -> list[dict[str, str]]:
    path = schemas / "passages.yaml"
    try:
        raw: Any = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        return [{key: str(one[key]) for key in ("file", "id", "given", "otherwise")} for one in raw]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CannotDo(f"schemas/passages.yaml: is missing, is no YAML or lacks a key: {error!r}") from error
