"""The two programs that releases need: git and DVC, run in a checkout, with what they say when they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipeline.config import Project
from pipeline.interrupted import put_right
from pipeline.problems import CannotDo, NotWell

NEXT_TO_PYTHON = Path(sys.executable).parent
MOST_SAID = 10_000
"""Characters of what a build said that are shown."""


def git(folder: Path, *arguments: str) -> str:
    """What git says in a folder.

    Raises:
        CannotDo: git is not there, or refuses.
    """
    return _run(folder, ["git", *arguments])


def git_succeeds(folder: Path, *arguments: str) -> bool:
    """Whether a question to git is answered with yes (exit 0)."""
    return _start(folder, ["git", *arguments]).returncode == 0


def dvc(folder: Path, *arguments: str) -> str:
    """What DVC says in a folder; the one that is installed beside this Python, so that no other is taken.

    Raises:
        CannotDo: DVC fails; its last lines say why.
    """
    put_right(folder)
    return _run(folder, [str(NEXT_TO_PYTHON / "dvc"), *arguments])


def build(project: Project, *stages: str) -> None:
    """Run the stages that are not up to date: ``dvc repro``.

    Raises:
        NotWell: a stage found the data not well; its problems are told as it told them.
        CannotDo: DVC or a stage could not do its work.
    """
    put_right(project.root)
    done = _start(project.root, [str(NEXT_TO_PYTHON / "dvc"), "repro", *stages])
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line and not line.startswith(("ERROR: ", "WARNING: "))]
        told = "\n".join(said or done.stderr.splitlines())[-MOST_SAID:]
        if "exited with 1" in done.stderr:
            raise NotWell([], told)
        raise CannotDo(f"the build failed:\n{told}")


def _run(folder: Path, command: list[str]) -> str:
    done = _start(folder, command)
    if done.returncode != 0:
        shown = " ".join([Path(command[0]).name, *command[1:]])
        said = "\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-20:])
        raise CannotDo(f"'{shown}' failed in {folder}:\n{said}")
    return done.stdout


def _start(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CannotDo(f"{Path(command[0]).name} is not installed") from None
