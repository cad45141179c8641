"""The plate reader's model card."""

from pathlib import Path

from pipelines.training.plate_split import Split
from pipelines.training.reader.card import Making, write_reader_card
from pipelines.training.reader.loop import Score

SOURCES = (
    "source\tsource_repo\tcommit\tlicence\timages\tregion\tlabel_origin\n"
    'street:csv\tann/plates\tabc123\tCC BY "4.0\t2\tSpain\trepo csv\n'
    "street:visual\tann/plates\tabc123\tCC BY 4.0\t1\tSpain\tby eye\n"
    "unused:csv\tbob/plates\tdef456\tnone stated\t1\tItaly\trepo csv\n"
)


def test_names_sources_counts_and_figures(tmp_path: Path) -> None:
    (tmp_path / "SOURCES.tsv").write_text(SOURCES)
    division = Split(
        photos={},
        crops={"street__a.jpg": "training", "street__b.jpg": "test", "street__c.jpg": "training"},
        unlabelled={},
        photo_of={},
    )
    making = Making(
        "2026-01-02", ("First.", "Second."), 250_000, 20_000, 1_200, 553, 138, 3.14, 4.62
    )
    scores = {"street": Score(20, 0.9, 0.95), "all": Score(20, 0.9, 0.95)}

    write_reader_card(tmp_path / "card.md", making, scores, division, tmp_path / "SOURCES.tsv")

    card = (tmp_path / "card.md").read_text()
    assert "1. First.\n2. Second." in card
    assert '| street | Spain | ann/plates, abc123 | CC BY "4.0 | csv, visual | 2 | 0 | 1 |' in card
    assert "unused" not in card
    assert "| street | 20 | 90.0% | 95.0% |" in card
    assert "250,000 random views" in card
    assert "3.1 ms" in card
    assert "(4.6 MB)" in card
    assert "$" not in card
