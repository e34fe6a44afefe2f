"""What a body may contain is decided in one place; whatever comes in leaves in that form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles import body


def test_everything_that_a_body_may_contain_is_left_as_it_is():
    stored = "\n".join(
        [
            "<p>One <strong>bold</strong> and <em>leaning</em> word.<br>A second line.</p>",
            "<h2>A heading</h2>",
            "<h3>A smaller one</h3>",
            "<ul><li><p>one</p><ol><li><p>nested</p></li></ol></li><li><p>two</p></li></ul>",
            "<blockquote><p>Said</p><p>and said again.</p></blockquote>",
            "<hr>",
            '<figure data-photo="7"></figure>',
            '<figure data-photo="8"><figcaption>Two<br>lines</figcaption></figure>',
            '<figure data-photo="9" data-uncertain="caption"><figcaption>Perhaps.</figcaption></figure>',
            '<figure data-photo="8"><figcaption></figcaption></figure>',
            "<aside data-pull><p>Words worth repeating</p><cite>Who said them</cite></aside>",
            "<aside data-pull><p>Words of our own</p></aside>",
            '<p><a href="https://example.org/?a=1&amp;b=2">out</a> <a href="/articles/x/">in</a> <a href="#a">here</a></p>',
        ]
    )
    assert body.clean(stored) == stored


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<script>alert(1)</script><p>text</p>", "<p>text</p>"),
        ('<p onclick="x()" style="color:red" class="y">text</p>', "<p>text</p>"),
        ('<p>a <img src="https://elsewhere.example/x.jpg" onerror="x()"> b</p>', "<p>a b</p>"),
        ('<a href="javascript:alert(1)">words</a>', "<p>words</p>"),
        ('<a href=" java\tscript:alert(1)">words</a>', "<p>words</p>"),
        ('<a href="//elsewhere.example/">words</a>', "<p>words</p>"),
        ('<a href="www.example.org/a">words</a>', '<p><a href="https://www.example.org/a">words</a></p>'),
        ('<a href="data:text/html,x">words</a>', "<p>words</p>"),
        ("<h1>Title</h1><h5>Small</h5>", "<h2>Title</h2>\n<h3>Small</h3>"),
        ("<p></p><p> </p><p><br></p><p><strong></strong></p>", ""),
        ("loose <b>text</b><p>and a paragraph", "<p>loose <strong>text</strong></p>\n<p>and a paragraph</p>"),
        ("<div>one</div><div>two</div>", "<p>one</p>\n<p>two</p>"),
        ('<b style="font-weight:normal"><p>one</p><p>two</p></b>', "<p>one</p>\n<p>two</p>"),
        ("<table><tr><td>one</td><td>two</td></tr></table>", "<p>one</p>\n<p>two</p>"),
        ("<ul><li>one</li><ul><li>nested</li></ul></ul>", "<ul><li><p>one</p><ul><li><p>nested</p></li></ul></li></ul>"),
        ('<figure data-photo="0"></figure><figure data-photo="x">words</figure>', "<p>words</p>"),
        ('<figure data-photo="7" onload="x()"><img src="x"><figcaption><p>a</p><p>b</p></figcaption></figure>',
         '<figure data-photo="7"><figcaption>a<br>b</figcaption></figure>'),
        ('<figure data-photo="7" data-caption="library"><figcaption>the library’s</figcaption></figure>',
         '<figure data-photo="7"></figure>'),
        ("<blockquote>said<ul><li>a</li></ul>then</blockquote>",
         "<blockquote><p>said</p></blockquote>\n<ul><li><p>a</p></li></ul>\n<blockquote><p>then</p></blockquote>"),
        ("<p>a\x00b\x08c</p>", "<p>abc</p>"),
        (None, ""),
    ],
)  # fmt: skip
def test_what_comes_in_leaves_in_the_canonical_form(given, kept):
    assert body.clean(given) == kept


def test_quotations_dashes_and_spaced_ellipses_are_never_touched():
    words = "“If [South] Korea . . . restores” 'it' \"so\" –– he said — ’tis…\u00a0End"
    assert body.clean(f"<p>{words}</p>") == f"<p>{words}</p>"
    assert body.text(f"<p>{words}</p>") == words


def test_the_running_text_leaves_out_captions_and_repeated_words():
    html = (
        "<h2>Head</h2><p>One <em>two</em><br>three &amp; four</p>"
        '<figure data-photo="1"><figcaption>caption</figcaption></figure>'
        "<aside data-pull><p>two</p></aside><ul><li>five</li></ul><blockquote><p>six</p></blockquote>"
    )
    assert body.text(html) == "Head\n\nOne two\nthree & four\n\nfive\n\nsix"
    assert body.word_count(body.text(html)) == 7


def test_a_lone_dash_is_not_a_word():
    assert body.word_count("Moon –– who has – served") == 4


_TAGS = [
    "p",
    "b",
    "i",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "blockquote",
    "h1",
    "h3",
    "figcaption",
    "cite",
    "br",
    "hr",
    "div",
    "span",
    "table",
    "td",
    "script",
    "svg",
    "style",
    "a:href='/x'",
    "a:href='http://e.example/?a=1&amp;b=2'",
    "a:href='javascript:x'",
    "figure:data-photo=7",
    "figure:data-photo=7:data-uncertain=caption",
    "aside:data-pull",
]
_PIECES = st.one_of(
    st.sampled_from(
        [f"<{tag.replace(':', ' ', 2) if 'href' not in tag else tag.replace(':', ' ', 1)}>" for tag in _TAGS]
    ),
    st.sampled_from([f"</{tag.split(':')[0]}>" for tag in _TAGS]),
    st.sampled_from([" ", "x", "&amp;", "&nbsp;", "<", "\n", "é", "&lt;script&gt;", "<!--", "-->"]),
    st.text(max_size=4),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=25).map("".join))
def test_cleaning_twice_is_cleaning_once(html):
    once = body.clean(html)
    assert body.clean(once) == once
    assert body.to_html(body.parse(once)) == once


@pytest.mark.threat("T26")
@pytest.mark.parametrize("html", ["<b>" * 5000 + "x", "<ul><li>" * 3000 + "x", "<a href='/x'>" * 5000 + "x"])
def test_nesting_without_end_neither_fails_nor_loses_the_words(html):
    assert body.text(html) == "x"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://example.org/a b", "https://example.org/ab"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("mailto:desk@example.org", "mailto:desk@example.org"),
        ("/about/", "/about/"),
        ("#part", "#part"),
        ("example.org", "https://example.org"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("vbscript:x", ""),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("http://[::1", ""),
        ("words", ""),
        ("", ""),
    ],
)
def test_a_link_leads_only_where_a_link_may(address, allowed):
    assert body.link(address) == allowed
