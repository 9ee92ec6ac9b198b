"""Runs one stage: ``python -m pipeline STAGE``, as ``dvc.yaml`` calls it.

Exit codes: 0 well, 1 the input is not well, 2 the stage could not be run.
"""

from __future__ import annotations

import importlib
import sys
import time

from pipeline.config import Project, load_params
from pipeline.problems import EXIT_NOT_DONE, EXIT_NOT_WELL, EXIT_WELL, CannotDo, NotWell

STAGES = (
    "ingest",
    "link",
    "resolve",
    "compare",
    "figures",
    "package",
    "verify",
    "release",
    "database",
    "passages",
    "site",
    "train",
    "evaluate",
)


def main(arguments: list[str]) -> int:
    """Run a stage and say in one line what it did.

    Args:
        arguments: the stage, and for `ingest` the source.
    """
    if not arguments or arguments[0] not in STAGES:
        print(f"python -m pipeline STAGE, where STAGE is one of {', '.join(STAGES)}", file=sys.stderr)
        return EXIT_NOT_DONE
    stage, *rest = arguments
    started = time.monotonic()
    try:
        project = Project.here()
        run = getattr(importlib.import_module(f"pipeline.{stage}"), stage)
        said = run(project, load_params(project), *rest)
    except NotWell as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        print(f"{stage}: {error.consequence}", file=sys.stderr)
        return EXIT_NOT_WELL
    except CannotDo as error:
        print(f"{stage}: {error}", file=sys.stderr)
        return EXIT_NOT_DONE
    except OSError as error:  # a full disk, no permission
        print(f"{stage}: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        return EXIT_NOT_DONE
    print(f"{stage}: {said} ({time.monotonic() - started:.1f} s)")
    return EXIT_WELL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
