"""Bylines: whose they are, and what else they are not."""

import pytest

from articles.importing import bylines


def people(line):
    byline = bylines.read(line)
    return byline and [(credit.name, credit.role) for credit in byline[0]]


@pytest.mark.parametrize(
    "line",
    [
        "Article written by Nora Quist Avery",
        "By Nora Quist Avery",
        "by Nora Quist Avery",
        "Written by: Nora Quist Avery",
        "Words by Nora Quist Avery",
        "Writer: Nora Quist Avery",
        "By Nora Quist Avery, Staff Writer",
        "By Nora Quist Avery for The Coastal Wire",
        "By Nora Quist Avery | March 3, 2022",
        "By Nora Quist Avery Mar 3, 2022",
        "Posted by Nora Quist Avery on March 3, 2022",
        "Op-Ed by Nora Quist Avery",
        "A guest post by Nora Quist Avery",
        "Contributing Writer: Nora Quist Avery",
        "Por Nora Quist Avery",
        "Texto: Nora Quist Avery",
        "Von Nora Quist Avery",
        "Text: Nora Quist Avery",
        "Par Nora Quist Avery",
        "Texte : Nora Quist Avery",
        "Scritto da Nora Quist Avery",
        "A cura di Nora Quist Avery",
        "Geschreven door Nora Quist Avery",
    ],
)
def test_the_name_stands_without_the_words_around_it(line):
    assert people(line) == [("Nora Quist Avery", "by")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Ana Ruiz and Bo Chen", [("Ana Ruiz", "by"), ("Bo Chen", "by")]),
        ("By Ana Ruiz, Bo Chen & Li Wei", [("Ana Ruiz", "by"), ("Bo Chen", "by"), ("Li Wei", "by")]),
        ("Por Ana Ruiz y Luis Sol", [("Ana Ruiz", "by"), ("Luis Sol", "by")]),
        ("Von Ana Ruiz und Bo Chen", [("Ana Ruiz", "by"), ("Bo Chen", "by")]),
        ("By Ana, Bo and Li", [("Ana", "by"), ("Bo", "by"), ("Li", "by")]),
        ("Por José Ortega y Gasset", [("José Ortega y Gasset", "by")]),
        ("Par Anne-Lise d’Armor", [("Anne-Lise d’Armor", "by")]),
        ("By Julian S. Garlow Jr.", [("Julian S. Garlow Jr.", "by")]),
        ("Photos by Jo Doe", [("Jo Doe", "photos")]),
        ("Fotos: Jo Doe", [("Jo Doe", "photos")]),
        ("Translated by Jo Doe", [("Jo Doe", "translation")]),
        ("Illustrationen von Jo Doe", [("Jo Doe", "illustration")]),
        ("With additional reporting by Jo Doe", [("Jo Doe", "additional")]),
    ],
)
def test_each_person_has_a_name_and_a_role(line, expected):
    assert people(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "By the time we arrived",
        "By and large",
        "Por qué ganamos",
        "Di Maria",
        "Von hier an wird es steil",
        "Text: " + "word " * 60,
        "Posted by admin",
        "Nora Quist Avery",
        "",
    ],
)
def test_other_lines_are_no_bylines(line):
    assert people(line) is None


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Example", ["Ada Example"]),
        ("Ada Example, Contributing Writer", ["Ada Example"]),
        ("Ada Example and Bo Chen", ["Ada Example", "Bo Chen"]),
        ("Bread and Butter", []),
        ("The tide, the quay and the nets", []),
    ],
)
def test_a_line_of_names_alone_is_told_from_other_lists(line, names):
    assert bylines.names_in(line, alone=True) == names


@pytest.mark.parametrize(
    ("line", "score"),
    [
        ("Ada Example", 2),
        ("Ur Ibáñez", 2),
        ("The Gazette Team", 2),
        ("Redacción", 1),
        ("jane.doe84", 1),
        ("Admin", 0),
        ("Best of 2020", 0),
        ("Golden hour", 0),
        ("Is this it?", 0),
        ("All Posts", 0),
    ],
)
def test_a_line_looks_like_a_name_more_or_less(line, score):
    assert bylines.name_score(line) == score
