"""Stage ``figures``: what ``schemas/figures.yaml`` declares, drawn from the decided tables."""

from pipeline.figures.stage import figures

__all__ = ["figures"]
