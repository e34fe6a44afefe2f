"""The real pages, read from where they are kept; nothing of them is in this project."""

import html
import json
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from articles import body
from articles.importing.document import Credit, Picture
from articles.importing.text import parse

SAMPLES = Path(settings.BASE_DIR).parent / "shared" / "samples"
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"the sample pages are not here ({SAMPLES.name}/)"
)


def normal(text):
    return " ".join(html.unescape(text).split())


def test_the_wix_pages_are_read_and_the_table_is_printed(capsys):
    """Dates in the ground truth are UTC; the pages print those of their own time zone, up to a day earlier."""
    folder = SAMPLES / "wix-pages"
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    rows = []
    for page in truth:
        document = parse((folder / page["file"]).read_text(encoding="utf-8"))
        published = datetime.fromisoformat(page["published"].replace("Z", "+00:00")).date()
        day = document.published_on
        rows.append(
            (
                page["file"],
                normal(document.headline) == normal(page["headline"]),
                [credit.name for credit in document.credits] == [normal(page["author"])],
                day is not None and 0 <= (published - day).days <= 1,
                len(document.body_words()),
                len(document.pictures),
            )
        )
    with capsys.disabled():
        print("\n\n  page         headline  author  date   words  photos")
        for name, *right, words, photos in rows:
            marks = "".join(f"{'yes' if r else 'NO':8}" for r in right)
            print(f"  {name:12} {marks} {words:6} {photos:6}")
        for part, column in (("headline", 1), ("author", 2), ("date", 3)):
            print(f"  {part}: {sum(row[column] for row in rows)} of {len(rows)}")
    assert sum(row[1] for row in rows) >= 0.95 * len(rows)
    assert sum(row[2] for row in rows) >= 0.9 * len(rows)
    assert sum(row[3] for row in rows) >= 0.9 * len(rows)
    assert [row[0] for row in rows if row[5]] == []  # these pages show no caption


def test_no_menu_counter_tag_or_recent_post_is_in_any_wix_body():
    """The pages are of one site: a short line that stands in four of them below or above the text is the site's."""
    pages = {}
    for path in sorted((SAMPLES / "wix-pages").glob("page-*.txt")):
        pages[path.name] = parse(path.read_text(encoding="utf-8"))
    counts = {}
    for document in pages.values():
        for text in {line.text.casefold() for line in document.lines if line.text}:
            counts[text] = counts.get(text, 0) + 1
    of_the_site = {text for text, count in counts.items() if count >= 4}
    assert len(of_the_site) > 20
    leaks = [
        (name, line.text)
        for name, document in pages.items()
        for line in document.lines
        if line.is_body and line.text.casefold() in of_the_site
    ]
    assert leaks == []


def test_no_paragraph_of_a_wix_page_is_lost():
    for path in sorted((SAMPLES / "wix-pages").glob("page-*.txt")):
        document = parse(path.read_text(encoding="utf-8"))
        dropped = [
            line for line in document.lines if line.became == "dropped" and len(line.text.split()) > 20
        ]
        assert [line.why for line in dropped] in (
            [], ["below the article, after “list of other articles”"],
        ), path.name  # fmt: skip


def test_the_customers_article_is_read_whole():
    source = (SAMPLES / "the-next-pax-romana.txt").read_text(encoding="utf-8")
    document = parse(source)
    lines = source.splitlines()
    assert (document.headline, document.standfirst) == (lines[2], lines[4])
    assert (document.credits, document.published_on) == (
        [Credit(lines[10].removeprefix("Article written by "), "by")],
        None,
    )
    assert document.hero == Picture(f"{lines[6]}\n{lines[8]}")
    assert document.pictures[1:] == [
        Picture(lines[18]),
        Picture(f"{lines[32]}\n{lines[34]}"),
        Picture(lines[48], uncertain=True),
        Picture(f"{lines[68]}\n{lines[70]}"),
    ]
    numbers = [index for index, block in enumerate(document.blocks) if isinstance(block, Picture)]
    assert numbers == [3, 10, 17, 27]  # after the 3rd, 9th, 15th and 24th paragraph
    not_body = {0, 2, 4, 6, 8, 10, 18, 32, 34, 48, 68, 70, 92, 95}
    expected = [word for index, line in enumerate(lines) if index not in not_body for word in line.split()]
    assert body.text(document.body_html([1, 2, 3, 4])).split() == expected
    assert document.lines[92].why == "closing call (the site prints its own)"
