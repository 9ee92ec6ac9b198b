"""``python -m pipeline.cli``: the command `sahel`, with the code of the current folder."""

from pipeline.cli.app import main

main()
