"""Card pictures: drawn by the worker, of the article as it is, and never of what readers may not see."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from articles.models import Article, Photo
from sharing import cards
from sharing.models import Card


def og_image(client, article):
    html = client.get(article.get_absolute_url()).content.decode()
    found = re.search(r'<meta property="og:image" content="http://[^/]*([^"]*)">', html)
    return found and found[1]


def test_the_worker_draws_a_card_and_the_page_shows_it(client, publish, photo):
    article = publish("A dam", hero=photo(1200, 800))
    assert "/media/" in og_image(client, article)  # the plain crop serves until then
    call_command("worker", once=True, stdout=io.StringIO())
    address = og_image(client, article)
    answer = client.get(address)
    with Image.open(io.BytesIO(b"".join(answer.streaming_content))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1200, 630))
    assert address.startswith("/cards/") and answer.headers["Content-Type"] == "image/jpeg"
    assert cards.draw_due() == 0


def test_an_article_without_a_photo_has_type_on_colour(client, publish):
    article = publish("A dam")
    assert og_image(client, article) is None
    cards.draw_due()
    assert og_image(client, article).startswith("/cards/")


def test_a_new_headline_gets_a_new_card_and_the_old_one_goes(client, publish):
    article = publish("A dam")
    cards.draw_due()
    before = og_image(client, article)
    article.refresh_from_db()
    article.headline = "Another dam"
    article.save()
    assert (og_image(client, article), client.get(before).status_code) == (None, 404)
    cards.draw_due()
    after = og_image(client, article)
    assert after != before and client.get(after).status_code == 200
    assert default_storage.listdir("cards")[1] == [after.rsplit("/")[-1]]


def test_a_photo_whose_rights_have_ended_is_in_no_card(client, publish, photo):
    article = publish("A dam", hero=photo(1200, 800, credit="Secret Agency"))
    cards.draw_due()
    before = og_image(client, article)
    Photo.objects.update(rights_end_on=timezone.localdate() - timedelta(days=1))
    assert (og_image(client, article), client.get(before).status_code) == (None, 404)
    assert cards.look_over() == 1 and cards.draw_due() == 1
    after = og_image(client, article)
    assert after != before
    assert default_storage.listdir("cards")[1] == [after.rsplit("/")[-1]]
    assert "Secret Agency" not in client.get("/articles/a-dam/").content.decode()


def test_what_readers_may_not_see_has_no_card(client, write, publish):
    write("A draft")
    write("To come").publish(at=timezone.now() + timedelta(days=1))
    assert (cards.draw_due(), Card.objects.count()) == (0, 0)
    article = publish("Wrong")
    cards.draw_due()
    address = og_image(client, article)
    article.withdraw("It was wrong.")
    assert client.get(address).status_code == 404
    cards.look_over()
    assert default_storage.listdir("cards")[1] == []


@pytest.mark.parametrize(
    ("headline", "is_drawn"),
    [
        ("Łódź và Đà Nẵng", True),
        ("Rain ☔️ and farmers 👩‍🌾", True),
        ("السلام يحتاج إلى صبر", False),
        ("平和には忍耐が必要だ", False),
        ("Θάλασσα", False),
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", True),
        ("word " * 48, True),
    ],
)
def test_a_headline_is_drawn_whole_or_the_plain_crop_serves(client, publish, photo, headline, is_drawn):
    article = publish(headline, slug="x", hero=photo(1200, 800))
    assert cards.draw_due() == 1
    assert og_image(client, article).startswith("/cards/" if is_drawn else "/media/")


def test_without_a_photo_the_name_of_the_site_stands_where_a_headline_cannot(publish, settings):
    settings.SITE_NAME = "The Tide"
    place = (64, 140, cards.WIDTH - 96, 260)
    drawn = [
        cards.picture_of(publish(headline, slug=f"x{n}")).crop(place)
        for n, headline in enumerate(["السلام يحتاج إلى صبر", "平和には忍耐が必要だ", "Another"])
    ]
    assert drawn[0].tobytes() == drawn[1].tobytes() != drawn[2].tobytes()
    assert len(drawn[0].getcolors(10_000)) > 10  # letters, and no empty colour


def test_letters_that_the_type_has_are_told_from_those_it_has_not():
    assert cards.drawable("Łódź – “Đà Nẵng” ☔️!") == "Łódź – “Đà Nẵng” !"
    assert cards.drawable("Ἀθῆναι") is None


def test_of_two_workers_one_draws(publish):
    article = publish("A dam")
    cards._look_at(cards._articles())
    pk = Card.objects.get(article=article).pk
    Card.objects.filter(pk=pk).update(claimed_at=timezone.now())
    assert cards.draw(pk) is False
    Card.objects.filter(pk=pk).update(claimed_at=timezone.now() - Card.CLAIMED_FOR - timedelta(seconds=1))
    assert cards.draw(pk) is True
    assert Article.objects.get().card.name


def test_looking_over_costs_the_same_however_many_there_are(publish, django_assert_num_queries):
    for n in range(3):
        publish(f"Dam {n}")
    while cards.draw_due():
        pass
    with django_assert_num_queries(2):
        assert cards.look_over() == 0
