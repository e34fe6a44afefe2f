"""The dates of a page, in the languages and forms that pages print them in."""

from datetime import date

import pytest

from articles.importing import dates

THIRD_OF_MARCH = date(2022, 3, 3)


@pytest.mark.parametrize(
    "line",
    [
        "Mar 3, 2022",
        "March 3rd, 2022",
        "3 March 2022",
        "Thursday, March 3, 2022",
        "Published March 3, 2022",
        "Posted on 3 Mar 2022",
        "Mar 3, 2022, 10:15 AM",
        "3 mar 2022",
        "3 mar. 2022",
        "3 de marzo de 2022",
        "Publicado el 3 de marzo de 2022",
        "3. März 2022",
        "3. Mär. 2022",
        "Veröffentlicht am 3. März 2022, 18:30 Uhr",
        "3 mars 2022",
        "mar. 3 mars 2022",
        "Publié le 3 mars 2022",
        "3 de março de 2022",
        "3 mars 2022 kl. 9.30",
        "3 marzo 2022",
        "Pubblicato il 3 marzo 2022",
        "3 mrt 2022",
        "3 marca 2022",
        "3 mart 2022",
        "3 марта 2022",
        "2022年3月3日",
        "2022-03-03",
        "2022-03-03T08:00:00Z",
        "3.3.2022",
        "03.03.22",
    ],
)
def test_a_line_that_is_a_date_names_its_day(line):
    shown = dates.read(line)
    assert (shown.day, shown.is_update) == (THIRD_OF_MARCH, False)


@pytest.mark.parametrize(
    "line",
    [
        "Updated: Mar 3, 2022",
        "Last updated on March 3, 2022",
        "Actualizado: 3 mar 2022",
        "Aktualisiert: 3. März 2022",
        "Dernière mise à jour : 3 mars 2022",
        "Atualizado: 3 de mar. de 2022",
        "Aggiornamento: 3 mar 2022",
        "Bijgewerkt op: 3 mrt 2022",
    ],
)
def test_the_date_of_a_change_is_not_that_of_publication(line):
    shown = dates.read(line)
    assert (shown.day, shown.is_update) == (THIRD_OF_MARCH, True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2 days ago", "it counts from a day that the page does not name"),
        ("3h ago", "it counts from a day that the page does not name"),
        ("Hace 2 días", "it counts from a day that the page does not name"),
        ("vor einem Tag", "it counts from a day that the page does not name"),
        ("il y a 3 jours", "it counts from a day that the page does not name"),
        ("há 5 horas", "it counts from a day that the page does not name"),
        ("2 giorni fa", "it counts from a day that the page does not name"),
        ("Yesterday", "it counts from a day that the page does not name"),
        ("Mar 3", "it shows no year"),
        ("12 nov", "it shows no year"),
        ("3/4/2022", "day and month cannot be told apart"),
    ],
)
def test_a_date_that_names_no_certain_day_says_why(line, why):
    shown = dates.read(line)
    assert (shown.day, shown.why) == (None, why)


@pytest.mark.parametrize(("line", "day"), [("13/4/2022", 13), ("4/13/2022", 13), ("4/4/2022", 4)])
def test_a_number_that_can_be_no_month_is_the_day(line, day):
    assert dates.read(line).day == date(2022, 4, day)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "On December 29, 2021, two ministers met",
        "The summer of 2022",
        "6:10 AM",
        "Stage one, 4:10-4:45",
        "31 February 2022",
        "Friday 18",
        "May",
        "12",
        "10 min read",
        "Mar del Plata 3 2022",
        "March " * 40,
    ],
)
def test_other_lines_are_no_dates(line):
    assert dates.read(line) is None


def test_a_date_glued_to_the_reading_time_is_set_free():
    assert dates.unglue("Mar 3, 20225 min read") == "Mar 3, 2022 · 5 min read"
