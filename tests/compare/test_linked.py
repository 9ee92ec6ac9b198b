"""What linking did to ids needs no row of a curator, in its release and in later ones."""

from __future__ import annotations

from pipeline.compare.difference import IdChange
from pipeline.compare.ids import published_problems
from pipeline.compare.linked import REASONS


def test_what_a_release_told_of_links_need_not_stand_in_the_file_of_curators() -> None:
    linked = IdChange("i-aaaaaa", "i-bbbbbb", "merged", REASONS["merged"])
    written = IdChange("i-cccccc", "i-bbbbbb", "merged", "the same attack")
    published = {linked: "1.1.0", written: "1.1.0"}
    assert list(published_problems([(written, 2)], published)) == []
    gone = list(published_problems([], published))
    assert [problem.rule for problem in gone] == ["compare.id_changes"]
    assert "i-cccccc" in str(gone[0])
