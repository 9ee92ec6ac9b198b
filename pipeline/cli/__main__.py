"""``python -m pipeline.cli`` is ``sahel``."""

from pipeline.cli import main

main()
