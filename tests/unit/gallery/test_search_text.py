"""Texts as they are compared where a part of them is searched."""

import sys
import unicodedata

import pytest

from pipelines.gallery.migrations.versions import v0007_folded_accents
from pipelines.gallery.search_text import containing, folded


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Müller", "muller"),
        ("Mu\u0308ller", "muller"),
        ("ŁUKASZ ŻÓŁĆ", "łukasz zołc".replace("ł", "l")),
        ("Nguyễn Văn Đức", "nguyen van duc"),
        ("Søren Ørsted", "soren orsted"),
        ("Þór Æsir Œuvre", "thor aesir oeuvre"),
        ("İstanbul \u0131l\u0131k", "istanbul ilik"),
        ("Straße", "strasse"),
        ("Ёлкин", "елкин"),
        ("Άννα", "αννα"),  # noqa: RUF001 (Greek is the point)
        ("ＡＮＮ ﬁ", "ann fi"),  # noqa: RUF001 (wide letters are the point)
        ("100%_!", "100%_!"),
    ],
)
def test_case_accents_and_strokes_count_for_nothing(written: str, plain: str) -> None:
    assert folded(written) == plain
    assert folded(written.upper()) == plain


@pytest.mark.parametrize("written", ["が", "か", "각", "हिन्दी", "กำ", "علي", "京"])
def test_marks_that_make_another_letter_stay(written: str) -> None:
    assert folded(written) == unicodedata.normalize("NFKC", written)


def test_what_is_folded_is_folded_no_further() -> None:
    letters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    once = list(map(folded, letters))
    assert list(map(folded, once)) == once


def test_searches_fold_as_the_newest_migration_that_folded_did() -> None:
    texts = [*map(chr, range(0x3000)), "Nguyễn Văn Đức", "がぎ", "ＡＮＮ ﬁ"]  # noqa: RUF001 (wide)
    assert list(map(folded, texts)) == list(map(v0007_folded_accents.folded, texts)), (
        "what is stored was folded by the migration: a change of this needs another one"
    )


def test_what_like_takes_for_more_than_itself_is_escaped() -> None:
    assert containing("Ø_5%!") == "%o!_5!%!!%"
