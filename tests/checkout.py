"""A checkout of the project as it stands in the working tree, in a folder of its own, and what is run there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NOBODY = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
PLAIN_PATH = "/usr/bin:/bin"


def git(folder: Path, *arguments: str) -> str:
    """What git says in a folder."""
    return subprocess.run(["git", *NOBODY, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def fresh_clone(root: Path, target: Path, *, with_venv: bool = True) -> Path:
    """Clone the repository and bring over what is not committed yet, as one more commit.

    Args:
        root: the repository.
        target: the folder to be made.
        with_venv: link the environment that is there; else the clone has none.
    """
    git(root, "clone", "--quiet", "--no-hardlinks", str(root), str(target))
    for name in git(root, "diff", "--name-only", "--diff-filter=D", "-z", "HEAD").split("\0"):
        if name:
            (target / name).unlink()
    changed = git(root, "diff", "--name-only", "--diff-filter=d", "-z", "HEAD")
    new = git(root, "ls-files", "--others", "--exclude-standard", "-z")
    for name in (changed + new).split("\0"):
        if name and (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--allow-empty", "--message", "the working tree")
    if with_venv:
        (target / ".venv").symlink_to(root / ".venv")
    return target


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a checkout with a bare PATH, as cron or another shell would."""
    inherited = {name: value for name, value in os.environ.items() if name.startswith(("HOME", "PIP_", "LANG"))}
    return subprocess.run(
        command,
        cwd=folder,
        env={**inherited, "PATH": PLAIN_PATH, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def repro(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``dvc repro`` in a checkout."""
    return run(folder, ".venv/bin/dvc", "repro", **environment)
