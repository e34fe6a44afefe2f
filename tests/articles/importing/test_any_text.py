"""Whatever the text: a document that accounts for each of its lines, or a clear refusal; and it does not take long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles import body
from articles.importing.decoding import decode
from articles.importing.document import ImportRefused, Picture
from articles.importing.receipt import is_whole, totals
from articles.importing.text import parse, read

# lines of the kinds that pages are made of, to be put together in every wrong order
LINES = st.sampled_from(
    """top of page|Home|About|Log In / Sign Up|All Posts|Search|bottom of page|Recent Posts|See All|Comments|Share
    A bridge too many over the Elm|Low tide, Thursday|Why does it matter?|HARBOUR LIGHT|The bridge at low water
    Ada Example|By Ada Example|Por Ana Ruiz y Luis Sol|Photos by Bo Chen|Admin|Writer: Cy Dee|Text: Li Wei
    Mar 3, 2022|3. März 2022|2 days ago|Updated: Apr 2, 2022|5 min read|Ada Example · Mar 3, 2022 · 5 min read
    Mayor Ann Lee (L) and|Engineer Bo Chen (R)|Photo: Li Wei|From left: Ann Lee, Bo Chen|© Cy Dee / Example Press
    A ferryman waits for two cyclists in Skarvik in 1961.|The answer is simpler than it sounds.|and the rain,
    14 views0 comments|Tags:|Tags: sea, ice|#sea #ice|sea|Post not marked as liked|© 2022 by Ada Example|*** | |
    What do you think? Share this article and leave a comment.|<script>alert(1)</script>|&nbsp;&lt;b&gt;|“[sic] . . .”""".replace(
        "\n", "|"
    ).split("|")
)
SENTENCE = (
    "The tide came in over the flats and went out again, and nobody on the quay looked up from the nets."
)
PARAGRAPHS = st.integers(1, 4).map(lambda count: " ".join([SENTENCE] * count))
PAGES = st.lists(LINES | PARAGRAPHS | st.text(max_size=60), max_size=40).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n", "\r\n", "\r"]).map(lambda end: end.join(lines))
)


def holds(text):
    """The document that `text` gives holds each word and each line of it once; or there is a reason for none."""
    try:
        document = parse(text)
    except ImportRefused as refused:
        assert str(refused).endswith(".")
        return
    assert is_whole(document.lines, document.line_count)
    assert totals(document.lines)["words"]["source"] == len(
        " ".join(line.text for line in document.lines).split()
    )
    assert document.headline
    assert len(document.headline) <= 300
    placed = sum(isinstance(block, Picture) for block in document.blocks)
    html = body.clean(document.body_html(range(1, placed + 1)))
    assert body.text(html).split() == document.body_words()
    captions = [line.text for line in document.lines if line.became == "caption"]
    assert " ".join(p.caption for p in document.pictures).split() == " ".join(captions).split()


@settings(max_examples=300, deadline=None)
@given(PAGES)
def test_any_order_of_lines_is_accounted_for(text):
    holds(text)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_accounted_for(text):
    holds(text)


@settings(max_examples=200, deadline=None)
@given(st.binary() | st.text().map(str.encode) | st.text().map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_read_or_refused(data):
    try:
        text, _ = decode(data)
    except ImportRefused as refused:
        assert str(refused).endswith(".")
    else:
        holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(
            ["Mayor Ann Lee (L) and", "Engineer Bo Chen (R)", "3 views", "By Ada Example", SENTENCE] * 2_000
        ),
        "\n".join(["Mar 3, 2022", "five words of text here"] * 5_000),
        "\n".join(["lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod"] * 10_000),
        SENTENCE * 20_000,
        ". . . " * 300_000,
        "a" * 2_000_000,
        "”" * 2_000_000,
    ],
    ids=["captions", "dates", "wrapped", "one line", "ellipses", "letters", "quotation marks"],
)
def test_a_long_text_takes_no_longer_than_its_length(text):
    started = time.process_time()
    holds(f"A bridge too many over the Elm\n\n{text}")
    assert time.process_time() - started < 20


def test_more_lines_than_an_article_has_are_refused():
    with pytest.raises(ImportRefused) as refused:
        read(b"A bridge too many\n" + b"One line more.\n" * 199_999)
    assert str(refused.value) == "it has 200,001 lines; one article has at most 20,000."
