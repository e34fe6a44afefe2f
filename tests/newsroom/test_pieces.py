"""Pieces of pages are kept by what they are made of: made once, and never shown when any of it is another."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from articles.models import Article, Author, Byline, Correction, Page, Photo, Tag, Topic
from comments.models import Comment
from newsroom import pieces

pytestmark = pytest.mark.django_db


def test_a_piece_is_made_once_for_the_same_facts_and_anew_for_others():
    made = []

    def show(*facts):
        return pieces.piece(lambda: made.append(facts) or f"made {len(made)}", *facts)

    assert [show("a", 1), show("a", 1), show("a", 2), show("a", "1"), show("a", 1)] == [
        "made 1", "made 1", "made 2", "made 3", "made 1",
    ]  # fmt: skip


def test_the_oldest_pieces_go(monkeypatch):
    monkeypatch.setattr(pieces, "MOST", 3)
    for number in range(5):
        pieces.piece(lambda: "x", number)
    assert len(pieces._kept) == 3
    assert pieces.piece(lambda: "new", 4) == "x"
    assert pieces.piece(lambda: "new", 0) == "new"


def test_a_part_of_a_page_with_a_fact_that_is_not_known_is_made_each_time():
    part = Template("{% load pieces %}{% piece 'part' article.facts %}{{ words }}{% endpiece %}")
    known = Article()
    known.facts = "facts"
    shown = [part.render(Context({"article": known, "words": words})) for words in ("one", "two")]
    assert shown == ["one", "one"]
    shown = [part.render(Context({"article": Article(), "words": words})) for words in ("one", "two")]
    assert shown == ["one", "two"]
    assert part.render(Context({"words": "<three>"})) == "&lt;three&gt;"


@pytest.fixture
def story():
    photo = Photo(
        image="originals/x.jpg", measured="originals/x.jpg", width=900, height=600, alt="A dam.", credit="Bo Lind",
        made={"of": "originals/x.jpg", "folder": "r/x", "whole": {"stem": "", "jpg": [[720, 9]]}},
    )  # fmt: skip
    Photo.objects.bulk_create([photo])
    topic = Topic.objects.create(name="Rivers", slug="rivers")
    for slug, days in (("story", 2), ("other", 3)):
        article = Article.objects.create(
            headline=slug.title(), slug=slug, standfirst="Who pays.", body="<p>Text.</p>", topic=topic, hero=photo,
            published_at=timezone.now() - timedelta(days=days),
        )  # fmt: skip
        Byline.objects.create(article=article, author=Author.objects.get_or_create(name="Ana Ruiz")[0])
        article.tags.add("dams")
    story = Article.objects.get(slug="story")
    Correction.objects.create(article=story, words="It was Tuesday.")
    Comment.objects.create(article=story, comment="Well said.", user_name="Ida", status="visible")
    Page.objects.create(title="About us", slug="us")
    return story


@pytest.mark.parametrize(
    ("rows", "change", "before", "after"),
    [
        (Author, {"name": "Cy Dee"}, "Ana Ruiz", "Cy Dee"),
        (Topic, {"name": "Seas"}, ">Rivers<", ">Seas<"),
        (Tag, {"name": "walls"}, ">dams<", ">walls<"),
        (Photo, {"credit": "Di Eff"}, "Bo Lind", "Di Eff"),
        (Photo, {"rights_end_on": timezone.localdate() - timedelta(days=1)}, "<picture>", "Who pays."),
        (Correction, {"words": "It was Friday."}, "It was Tuesday.", "It was Friday."),
        (Page, {"title": "Who we are"}, "About us", "Who we are"),
        (Article.objects.filter(slug="other"), {"headline": "A ferry"}, ">Other<", ">A ferry<"),
        (Article.objects.filter(slug="story"), {"body": "<p>Words.</p>"}, ">Text.<", ">Words.<"),
        (Comment, {"status": "held"}, '"commentCount":1', '"commentCount":0'),
        (Comment, {"html": "<p>Mended.</p>"}, "Well said.", "Mended."),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_a_row_that_changed_is_in_the_next_answer(client, story, rows, change, before, after):
    first = client.get("/articles/story/").content.decode()
    assert client.get("/articles/story/").content.decode() == first
    assert before in first and (after not in first or after == "Who pays.")
    rows = rows.objects if isinstance(rows, type) else rows
    rows.update(**change)
    second = client.get("/articles/story/").content.decode()
    assert after in second and before not in second
