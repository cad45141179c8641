"""Tables as text and as Markdown."""

from tests.bench.tables import Table

TABLE = Table(
    "Title", ("photos", "reader", "n"), (("all", "ours", "1"), ("all", "peer", "10")), ("N",)
)


def test_text_aligns_columns_and_repeats_no_first_cell() -> None:
    assert TABLE.as_text() == (
        "Title\nphotos  reader   n\nall     ours     1\n        peer    10\nN"
    )


def test_markdown_is_a_section_with_a_table() -> None:
    assert TABLE.as_markdown() == (
        "## Title\n\n"
        "| photos | reader | n |\n"
        "| --- | --- | ---: |\n"
        "| all | ours | 1 |\n"
        "|  | peer | 10 |\n"
        "\nN"
    )
