"""Curated records: entries that people write as text in ``data/raw/curated/<ISO3>/<year>.yaml``."""
