from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def without_rights(tmp_path: Path) -> Callable[[Path], AbstractContextManager[None]]:
    """As somebody who may read a folder and not write into it; root, who may do all, is somebody else meanwhile."""

    @contextmanager
    def somebody(folder: Path) -> Iterator[None]:
        for parent in (tmp_path, *list(tmp_path.parents)[:2]):
            parent.chmod(0o755)
        folder.chmod(0o555)
        who = os.geteuid()
        if who == 0:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(who)
            folder.chmod(0o755)

    return somebody
