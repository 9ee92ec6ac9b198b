"""`python -m pipeline.cli` in a checkout runs its own code, whichever checkout the environment was laid out by."""

from pipeline.cli import main

main()
