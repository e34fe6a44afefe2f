"""The main job, whole: a scraped page is imported, an editor settles and illustrates it in the browser, and a reader
reads what stood in the source."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from articles.models import Article, Photo, Topic
from tests.browser.writing import open_article, save

SOURCE = Path(__file__).parent.parent / "articles" / "importing" / "texts" / "harbour-pilots.txt"


@pytest.fixture
def imported(transactional_db, tmp_path):
    """The draft, and the lines of the source that the receipt says became its text."""
    receipt = tmp_path / "receipt.json"
    call_command("import_articles", str(SOURCE), receipt=str(receipt), stdout=StringIO())
    return Article.objects.get(), json.loads(receipt.read_text())


def describe_in_place(page, figure, credit, alt):
    """Give a photo in the text its credit and alternative text where it stands."""
    figure.get_by_role("button", name="Credit and description").click()
    group = figure.get_by_role("group", name="Credit and description")
    group.get_by_label("Credit", exact=True).fill(credit)
    group.get_by_label("Alternative text").fill(alt)
    group.get_by_role("button", name="Save in the library").click()
    expect(group).to_have_count(0)


def give_picture(page, button, file):
    with page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files({"name": file.name, "mimeType": file.content_type, "buffer": file.read()})


def test_an_imported_article_is_settled_illustrated_published_and_reads_as_its_source(
    editor_page, live_server, imported, picture, client
):
    article, _ = imported
    Topic.objects.create(name="Straits", slug="straits")
    page = editor_page
    assert (article.state, article.published_at, Photo.objects.awaiting().count()) == ("draft", None, 5)

    # the uncertain caption is settled with one click
    text = open_article(page, live_server, article)
    uncertain = text.locator("figure", has_text="A pilot cutter meets two grain barges")
    uncertain.get_by_role("button", name="It is a caption").click()

    # four pictures and their credits, each where it stands
    figures = text.locator("figure[data-photo]")
    expect(figures).to_have_count(4)
    for number in range(4):
        figure = figures.nth(number)
        give_picture(
            page,
            figure.get_by_role("button", name="Upload the picture"),
            picture(1200, 800, f"{number}.jpg", ("teal", "gold", "navy", "plum")[number]),
        )
        expect(figure.locator("img")).to_have_count(1)
        describe_in_place(page, figure, f"Maker {number}", f"What picture {number} shows")

    page.get_by_label("Topic").select_option(label="Straits")
    save(page)

    # the hero, in the library
    hero = article.hero
    page.goto(f"{live_server.url}/admin/articles/photo/{hero.pk}/change/")
    page.locator("#id_image").set_input_files(
        {"name": "hero.jpg", "mimeType": "image/jpeg", "buffer": picture(1600, 900, "hero.jpg").read()}
    )
    page.locator("#id_credit").fill("Maker of the hero")
    page.locator("#id_alt").fill("What the hero shows")
    with page.expect_navigation():
        page.locator("[name=_save]").click()

    # readers have nothing yet
    assert client.get(article.get_absolute_url()).status_code == 404

    # the date, and out
    open_article(page, live_server, article)
    expect(page.locator("[data-missing-count]")).to_have_text("Nothing is missing")
    page.locator("summary", has_text="Publish …").click()
    page.locator("#id_publish_at").fill("2021-11-06T09:00")
    with page.expect_navigation():
        page.locator("[name=_schedule]").click()
    article.refresh_from_db()
    assert (article.state, article.published_at.isoformat()) == ("live", "2021-11-06T09:00:00+00:00")

    # a reader
    reader = page.context.browser.new_page()
    reader.goto(live_server.url + article.get_absolute_url())
    lines = [line for line in SOURCE.read_text().splitlines() if line]
    first, last = (
        lines.index(next(line for line in lines if line.startswith("On November 4"))),
        lines.index(next(line for line in lines if line.startswith("Doing so would"))),
    )
    captions = [
        ["Transport Minister Teo Marchetti"],
        ["Harbour Master Ilse Varnholt (L) and", "Former Guild Warden Casper J. Lund (R)"],
        ["A pilot cutter meets two grain barges off the Skarvik light in 1961."],
        ["Governor Anselm Roy of Elm County (L) and", "Governor Petra Lindqvist of Skarvik County (R)"],
    ]
    in_captions = {line for caption in captions for line in caption}
    paragraphs = [line for line in lines[first : last + 1] if line not in in_captions]
    assert reader.locator("[data-body] > p").all_inner_texts() == paragraphs
    assert reader.locator("h1").inner_text() == lines[1]
    assert reader.locator("[data-standfirst]").inner_text() == lines[2]
    assert "Nora Quist Avery" in reader.locator("[data-byline]").inner_text()
    shown = [
        (figure.locator("figcaption").inner_text().split("\n"), figure.locator("img").get_attribute("alt"))
        for figure in reader.locator("[data-body] figure[data-photo]").all()
    ]
    assert [alt for _, alt in shown] == [f"What picture {n} shows" for n in range(4)]
    for number, (words, _) in enumerate(shown):
        assert [*captions[number], f"Maker {number}"] == [part.strip() for part in words if part.strip()]
    hero_figure = reader.locator("figure[data-photo]").first
    assert hero_figure.locator("[data-credit]").inner_text() == "Maker of the hero"
    assert reader.locator("time[datetime^='2021-11-06T09:00']").count() >= 1
    # the closing call is the site's, not the text's
    assert "share this article with a sailor" not in reader.content()
    reader.close()
