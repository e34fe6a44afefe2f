"""Pages of invented sites, in several languages and layouts: what is the article's, and what the site prints around."""

from pathlib import Path
from typing import NamedTuple

import pytest

from articles.importing.text import parse

TEXTS = Path(__file__).parent / "texts"


class Expected(NamedTuple):
    headline: str
    names: list
    day: str | None
    first: int  # line of the source at which the text begins, captions included
    last: int  # … and ends
    standfirst: str = ""
    date_text: str | None = None  # where it names no certain day
    captions: tuple = ()
    headings: tuple = ()
    closing: int = 0  # line of the closing call, if there is one


PAGES = {
    # the author, the date and the reading time stand above the headline; counters run together
    "en-author-above": Expected(
        "What my grandmother's oven taught me about patience", ["Marguerite Oyelaran"], "2022-03-03", 21, 25
    ),
    # a day that cannot be known; tags without a word about what they are
    "en-two-days-ago": Expected(
        "Counting beetles in a car park", ["Tobias Wren"], None, 23, 31,
        date_text="2 days ago", headings=("Where the light falls",),
    ),
    # a menu and a title of the site above, roles in two-letter names, photos credited below the text
    "en-interview": Expected(
        '"A violin is a box that forgives": an afternoon with a luthier',
        ["Delphine Osei", "Jules Marchmont (photos)"], "2023-02-11", 21, 35,
    ),
    # a newspaper: the date of the day above the menu, a standfirst, a credited hero
    "en-newspaper": Expected(
        "Library vans may lose their last four routes", ["Philippa Nwosu"], "2024-06-06", 18, 23,
        standfirst="The council says the vans cost nine pounds a book. "
        "Their drivers say nobody has counted the conversations.",
        captions=("Driver Alun Prosser at the Brynmawr stop [Gethin Ashworth / County Courier]",),
    ),
    # no byline, no date, no footer
    "en-plain": Expected("The orchard on the ring road", [], None, 6, 10),
    # short lines only, and one category that the menu has too
    "en-poem": Expected("Low tide, Thursday", ["Isolde Farquhar"], "2020-11-09", 19, 37),
    # wrapped at a fixed width
    "en-wrapped": Expected("Notes on Mending a Stone Wall", ["Edwin Scarth"], None, 5, 20),
    "de-blog": Expected(
        "Warum ich meine Fahrräder nicht mehr wasche", ["Henrike Lüders"], "2022-03-03", 31, 37,
        headings=("Drei Regeln, mehr nicht",), closing=39,
    ),
    "es-two-authors": Expected(
        "Un mercado sin relojes", ["Aurelia Montiel", "Bastián Rocha"], None, 21, 29,
        date_text="3 mar", headings=("Pasillo cuatro",), closing=31,
    ),
    "fr-captions": Expected(
        "Le village qui voulait garder son dernier phare", ["Anne-Lise d’Armor"], "2021-05-01", 27, 39,
        standfirst="Trois cents habitants, un gardien à la retraite et une lampe que plus personne ne veut payer.",
        captions=(
            "La maire Solène Kervadec (à gauche) et / le gardien Yves Tanguy (à droite) [Maëlle Droniou]",
            "La maire Solène Kervadec",
            "Un jeune gardien nettoie la lentille du phare en 1958. ?",
        ),
        closing=41,
    ),
    "it-written-by": Expected(
        "Il fiume che torna a casa", ["Ludovica Farnè", "Ottavio Bresciani"], "2021-09-12", 23, 29,
        standfirst="Cronaca di un argine aperto apposta, e di chi ha avuto paura di aprirlo.",
    ),
    "nl-blog": Expected("De brug die niemand opendraait", ["Floortje Haanstra"], "2023-01-14", 23, 27),
    # byline, date and reading time on one line
    "pt-one-line": Expected(
        "A padaria que abre às três da manhã", ["Inês Valadares"], "2023-03-03", 13, 19
    ),
    "sv-blog": Expected("Sommaren då sjön blev tyst", ["Signe Åkerblom"], "2022-07-21", 19, 23),
}  # fmt: skip


@pytest.fixture(params=PAGES, ids=str)
def site(request):
    source = (TEXTS / f"{request.param}.txt").read_text(encoding="utf-8")
    return source, parse(source), PAGES[request.param]


def shown(picture):
    text = picture.caption.replace("\n", " / ")
    return text + (f" [{picture.credit}]" if picture.credit else "") + (" ?" if picture.uncertain else "")


def test_headline_standfirst_byline_and_date_are_found(site):
    _, document, expected = site
    names = [c.name if c.role == "by" else f"{c.name} ({c.role})" for c in document.credits]
    day = document.published_on and document.published_on.isoformat()
    assert (document.headline, document.standfirst, names, day) == (
        expected.headline, expected.standfirst, expected.names, expected.day,
    )  # fmt: skip
    if expected.date_text:
        assert document.date_text == expected.date_text


def test_the_text_is_all_there_and_nothing_else_is_in_it(site):
    source, document, expected = site
    lines = source.splitlines()
    placed = {
        line.number for line in document.lines if line.became in ("paragraph", "heading", "caption", "credit")
    }
    above = {line.number for line in document.lines if line.became in ("caption", "credit")} - set(
        range(expected.first, expected.last + 1)
    )
    text = {number for number in range(expected.first, expected.last + 1) if lines[number - 1].strip()}
    assert placed - above == text


def test_photos_and_headings_are_told_from_paragraphs(site):
    _, document, expected = site
    headings = tuple(line.text for line in document.lines if line.became == "heading")
    assert (tuple(map(shown, document.pictures)), headings) == (expected.captions, expected.headings)


def test_the_closing_call_is_dropped(site):
    _, document, expected = site
    calls = [line.number for line in document.lines if line.why.startswith("closing call")]
    assert calls == ([expected.closing] if expected.closing else [])


def test_the_tags_of_a_page_are_reported_in_their_order():
    source = (TEXTS / "en-two-days-ago.txt").read_text(encoding="utf-8")
    assert parse(source).tags_shown == ["Moss", "Field notes", "Beetles"]


def test_every_line_is_accounted_for(site):
    source, document, _ = site
    assert [line.text for line in document.lines] == [line.strip() for line in source.splitlines()]
    assert {line.became for line in document.lines if not line.text} <= {"blank"}
    assert all(line.why for line in document.lines if line.became == "dropped")
