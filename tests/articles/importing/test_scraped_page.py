"""A scraped page of our own that has every structure of the kind: two-line captions torn apart, a sentence as a
caption, a hero between standfirst and byline, no date, run-in quotations, a closing call, marks around the page."""

from pathlib import Path

import pytest

from articles import body
from articles.importing.document import Credit, Document, ImportRefused, Picture
from articles.importing.text import parse

TEXTS = Path(__file__).parent / "texts"


@pytest.fixture(scope="module")
def source():
    return (TEXTS / "harbour-pilots.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document(source) -> Document:
    return parse(source)


def test_what_stands_above_the_text_is_told_apart(document):
    assert (document.headline, document.standfirst, document.credits, document.hero) == (
        "Who Will Steer the Northern 'Cold Gate'? Why a Dispute over Harbour Pilots Could Redraw the Map of Grain",
        "Can two rival ports agree on a single pilot service before the ice closes the strait?",
        [Credit("Nora Quist Avery", "by")],
        Picture("Harbour Master Ilse Varnholt (L) and\nTransport Minister Teo Marchetti (R)"),
    )


def test_a_page_without_a_date_has_none(document):
    assert (document.published_on, document.date_text) == (None, "")


def test_the_photos_stand_between_the_right_paragraphs(document):
    def first_words(block):
        return body.inline_text(block.html).split()[:3]

    around = [
        (first_words(before), picture, first_words(after))
        for before, picture, after in zip(
            document.blocks, document.blocks[1:], document.blocks[2:], strict=False
        )
        if isinstance(picture, Picture)
    ]
    assert around == [
        (["For", "most", "of"], Picture("Transport Minister Teo Marchetti"), ["Marchetti", "–", "a"]),
        (
            ["On", "the", "whole,"],
            Picture("Harbour Master Ilse Varnholt (L) and\nFormer Guild Warden Casper J. Lund (R)"),
            ["How", "far", "that"],
        ),
        (
            ["“The", "sitting", "is"],
            Picture("A pilot cutter meets two grain barges off the Skarvik light in 1961.", uncertain=True),
            ["To", "see", "the"],
        ),
        (
            ["As", "told", "to"],
            Picture(
                "Governor Anselm Roy of Elm County (L) and\nGovernor Petra Lindqvist of Skarvik County (R)"
            ),
            ["The", "ministry’s", "next"],
        ),
    ]


def test_each_word_of_the_text_is_as_in_the_source(document, source):
    html = document.body_html(range(1, 5))
    paragraphs = [
        line
        for line in source.splitlines()
        if len(line) > 110
        or line in {"The answer is simpler than it sounds.", "The paper never became a treaty."}
    ]
    assert all(line in body.text(html) for line in paragraphs)
    assert body.text(html).split() == document.body_words()
    assert body.clean(html) == html


@pytest.mark.parametrize(
    "untouched",
    [
        "“If [Skarvik] truly . . . wants a neighbour and not a toll gate, we will gladly sit down",
        '"in principle"',
        "who leaves office in the spring –– prefers",
        "many captains — mostly those of small ships –– chose",
        "(Grain States' Agreement)",
        "The ministry’s next step",
    ],
)
def test_quotations_dashes_and_brackets_are_the_authors(document, untouched):
    assert untouched in body.text(document.body_html(range(1, 5)))


def test_quotations_stay_paragraphs_and_short_paragraphs_stay_apart(document):
    assert {type(block) for block in document.blocks} == {body.Paragraph, Picture}
    texts = [body.inline_text(block.html) for block in document.blocks if isinstance(block, body.Paragraph)]
    assert len(texts) == 22
    assert "The answer is simpler than it sounds." in texts
    assert "What happens in the narrows is felt in every bakery of the coast." in texts


def test_every_line_is_accounted_for_and_what_was_dropped_says_why(document, source):
    assert [line.text for line in document.lines] == source.splitlines()
    assert [line.number for line in document.lines] == list(range(1, 73))
    assert [(line.number, line.why) for line in document.lines if line.became == "dropped"] == [
        (1, "page marker"),
        (69, "closing call (the site prints its own)"),
        (72, "page marker"),
    ]
    assert [(line.number, line.became, line.or_else) for line in document.lines if line.or_else] == [
        (41, "caption", "paragraph")
    ]


def long(
    text="The tide came in over the flats and went out again, and nobody on the quay looked up from the nets.",
):
    return f"{text} {text} {text}"


def page(*lines):
    return "\n\n".join(lines)


def captions(document):
    return [(picture.caption, picture.credit, picture.uncertain) for picture in document.pictures]


def test_a_caption_of_three_torn_lines_is_one():
    document = parse(
        page(
            "A bridge too many", "By Ada Example", long(),
            "Mayor Ann Lee (L),", "Engineer Bo Chen (C) and", "Builder Cy Dee (R)", long(),
        )
    )  # fmt: skip
    assert captions(document) == [
        ("Mayor Ann Lee (L),\nEngineer Bo Chen (C) and\nBuilder Cy Dee (R)", "", False)
    ]


def test_the_source_of_a_picture_becomes_its_credit():
    document = parse(
        page(
            "A bridge too many", "By Ada Example", "The bridge at low water", "Photo: Bo Chen / Example Press",
            long(), "Mayor Ann Lee (left) and Engineer Cy Dee (right)", "Foto: Li Wei", long(),
        )
    )  # fmt: skip
    assert document.hero == Picture("The bridge at low water", "Bo Chen / Example Press")
    assert captions(document)[1:] == [("Mayor Ann Lee (left) and Engineer Cy Dee (right)", "Li Wei", False)]


def test_a_page_that_shows_no_picture_gets_none():
    lines = [
        "Ten places for a rainy day", "Ada Example", "Mar 3, 2022", "4 min read", long(),
        "Ursula Brandt", long("Ursula Brandt keeps a reading room above the bakery, and lends umbrellas."),
        "A ferryman waits for two cyclists at the landing in 1961.", long(),
        "Friday 18", "The Lantern", "Hall two, 4:10-4:45", long(),
    ]  # fmt: skip
    document = parse(page(*lines))
    assert document.pictures == []
    assert document.body_words() == " ".join(lines[4:]).split()


def test_lines_of_a_list_or_a_song_are_no_captions():
    song = [
        "A lantern in the window",
        "and the window in the wall",
        "Ann Lee and",
        "the rain",
        "Nobody came at all",
    ]
    document = parse(
        page("Songs of the quay", "By Ada Example", "Ann Lee (L) and", "Bo Chen (R)", long(), *song, long())
    )
    assert captions(document) == [("Ann Lee (L) and\nBo Chen (R)", "", False)]
    assert document.body_words() == page(long(), *song, long()).split()


@pytest.mark.parametrize(
    "sentence",
    [
        "The answer is simpler than it sounds.",
        "No treaty was ever signed in Skarvik in 1961.",
        "Why does this matter to anyone in Skarvik?",
        "Needless to say, the pilots of Skarvik met again in 1961.",
        "“We are ready,” said Brandt.",
        "It ended in 1961.",
    ],
)
def test_a_short_paragraph_among_photos_is_no_caption(sentence):
    document = parse(
        page(
            "A bridge too many", "By Ada Example", "Ann Lee (L) and", "Bo Chen (R)", long(), sentence, long()
        )
    )
    assert len(document.pictures) == 1
    assert sentence.split()[0] in document.body_words()


@pytest.mark.parametrize(
    "sentence",
    [
        "A ferryman waits for two cyclists at the Elm landing in 1961.",
        "Two children carry water from the well in Skarvik.",
        "Un barquero espera a dos ciclistas en Skarvik en 1961.",
        "Ein Fährmann wartet auf zwei Radfahrer in Skarvik.",
    ],
)
def test_a_sentence_that_describes_a_scene_among_photos_is_an_uncertain_caption(sentence):
    document = parse(
        page(
            "A bridge too many", "By Ada Example", "Ann Lee (L) and", "Bo Chen (R)", long(), sentence, long()
        )
    )
    assert captions(document)[1:] == [(sentence, "", True)]
    assert 'data-uncertain="caption"' in document.body_html([7])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Harbour Master Ilse Varnholt", [("Harbour Master Ilse Varnholt", "", False)]),
        ("The landing at Port Elm, June 1961", [("The landing at Port Elm, June 1961", "", False)]),
        ("Ilse Varnholt", [("Ilse Varnholt", "", True)]),
        ("The 1961 Summit of Port Elm", [("The 1961 Summit of Port Elm", "", True)]),
        ("What the tide takes", []),
        ("Harbours Without Their Pilots", []),
        ("Source of the Elm", []),
        ("Foto de familia", []),
    ],
)
def test_a_line_without_a_stop_among_photos_is_a_caption_as_far_as_it_shows(line, expected):
    text = long("Nobody had asked Harbour Master Ilse Varnholt about the pilots of the other harbours.")
    document = parse(
        page("A bridge too many", "By Ada Example", "Ann Lee (L) and", "Bo Chen (R)", text, line, long())
    )
    assert captions(document)[1:] == expected


def test_a_short_line_alone_above_a_paragraph_is_a_heading():
    document = parse(page("A bridge too many", "By Ada Example", long(), "What the tide takes", long()))
    assert [type(block).__name__ for block in document.blocks] == ["Paragraph", "Heading", "Paragraph"]


@pytest.mark.parametrize(
    "call",
    [
        "What are your thoughts? Share this article and leave a comment below.",
        "Let us know what you think in the comments!",
        "Don't forget to comment and subscribe.",
        "¿Qué opinas? Comparte este artículo y déjanos tu comentario.",
        "Was denkt ihr? Teilt diesen Beitrag und schreibt uns in die Kommentare!",
        "Qu’en pensez-vous ? Partagez cet article et laissez un commentaire.",
        "O que você acha? Compartilhe este artigo e deixe seu comentário.",
        "Cosa ne pensate? Condividete questo articolo e lasciate un commento.",
    ],
)
def test_the_closing_call_is_taken_off(call):
    document = parse(page("A bridge too many", "By Ada Example", long(), call, "bottom of page"))
    assert document.body_words() == long().split()
    assert [line.why for line in document.lines if line.text == call] == [
        "closing call (the site prints its own)"
    ]


@pytest.mark.parametrize(
    "ending",
    [
        "Share what you have.",
        "The ministers declined to comment and would not share the draft with readers of this article.",
        "Tell me your name.",
        "What do you think?",
        "Nobody answered. Share this article with your comments.",
    ],
)
def test_a_last_sentence_of_the_article_stays(ending):
    document = parse(page("A bridge too many", "By Ada Example", long(), ending, "bottom of page"))
    assert document.body_words() == f"{long()} {ending}".split()


def test_a_byline_below_the_text_is_found():
    document = parse(page("A bridge too many over the Elm", long(), long(), "Text: Ada Example"))
    assert (document.credits, document.body_words()) == (
        [Credit("Ada Example")],
        f"{long()} {long()}".split(),
    )


def test_running_text_above_the_headline_is_never_dropped_in_silence():
    notice = (
        "We keep two small files on your device so that the shop below remembers what you put in your basket."
    )
    document = parse(
        page(notice, "Home", "A bridge too many over the Elm", "By Ada Example", "Mar 3, 2022", long())
    )
    assert document.headline == "A bridge too many over the Elm"
    assert [(line.became, line.or_else) for line in document.lines if line.text == notice] == [
        ("dropped", "paragraph")
    ]


def test_a_diary_keeps_the_dates_of_its_days():
    document = parse(
        page(
            "Letters from the pilot boat",
            "Ada Example",
            "Mar 3, 2022",
            "5 min read",
            "1 February 2022",
            long(),
        )
    )
    assert str(document.published_on) == "2022-03-03"
    assert document.body_words() == f"1 February 2022 {long()}".split()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n\n  \n", "there is no text in it."),
        (long(), "no line in it can be a headline."),
        ("top of page\n\nHome\n\nbottom of page", "no line in it can be a headline."),
        ("A bridge too many", "no text follows its headline “A bridge too many”."),
        (
            "top of page\n\nA bridge too many\n\nBy Ada Example\n\nbottom of page",
            "no text follows its headline “A bridge too many”.",
        ),
    ],
)
def test_a_text_without_headline_or_without_text_is_refused(text, reason):
    with pytest.raises(ImportRefused) as refused:
        parse(text)
    assert str(refused.value) == reason


def test_control_and_invisible_characters_go_and_the_words_stay():
    document = parse(
        "A bridge\x07 too many over the Elm\r\n\r\n\u200bThe \x1btide came in. " + long() + "\u200b"
    )
    assert document.headline == "A bridge too many over the Elm"
    assert document.body_words() == f"The tide came in. {long()}".split()
    assert document.notes == ["2 control characters removed."]
