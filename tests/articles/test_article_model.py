"""The verbs and the integrity of an article."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from articles.live import related
from articles.models import (
    Article,
    ArticlePhoto,
    Author,
    Byline,
    FormerSlug,
    NotReady,
    Page,
    Photo,
    Tag,
    TaggedArticle,
    Topic,
    one_line,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return Topic.objects.create(name="Rivers", slug="rivers")


@pytest.fixture
def article(topic):
    article = Article.objects.create(
        headline="A dam", standfirst="Who pays.", body="<p>Text.</p>", topic=topic
    )
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana Ruiz"))
    return article


@pytest.fixture
def photo(picture):
    photo = Photo(image=picture(), caption="A dam\nat dawn", credit="Bo Lind", alt="A wall of concrete.")
    photo.save()
    return photo


@pytest.mark.threat("T2")
def test_the_body_is_cleaned_whatever_way_it_comes_in(topic):
    article = Article.objects.create(headline="A dam", body='<p onclick="x">a</p><script>b</script>')
    assert Article.objects.get(pk=article.pk).body == "<p>a</p>"
    page = Page.objects.create(title="About", slug="about", body='<p onclick="x">a</p><script>b</script>')
    assert Page.objects.get(pk=page.pk).body == "<p>a</p>"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" A\ndam\t\x00\u202e ", "A dam"),
        ("می\u200cخواهم 👩\u200d🌾", "می\u200cخواهم 👩\u200d🌾"),  # joiners are part of a word
        ("\u200d \u200c", ""),
    ],
)
def test_one_line_leaves_words_alone(typed, kept):
    assert one_line(typed) == kept


def test_the_slug_comes_from_the_headline_and_is_free(article):
    second = Article.objects.create(headline="A dam")
    article.slug = "the-dam"
    article.save()
    third = Article.objects.create(headline="A dam")
    assert [second.slug, third.slug] == ["a-dam-2", "a-dam-3"]


def test_a_headline_without_latin_letters_gets_an_address(db):
    assert Article.objects.create(headline="السد").slug == "article"


def test_former_addresses_are_kept_and_a_new_article_cannot_take_one(article):
    article.slug = "the-dam"
    article.save()
    article.slug = "one-dam"
    article.save()
    assert set(FormerSlug.objects.values_list("slug", "article")) == {
        ("a-dam", article.pk),
        ("the-dam", article.pk),
    }
    with pytest.raises(ValidationError, match="has or had this address"):
        Article(headline="x", slug="a-dam").full_clean()


def test_an_article_may_go_back_to_its_former_address(article):
    article.slug = "the-dam"
    article.save()
    article.slug = "a-dam"
    article.save()
    assert list(FormerSlug.objects.values_list("slug", flat=True)) == ["the-dam"]


def test_published_is_what_is_live_now(article):
    now = timezone.now()
    assert (article.state, Article.objects.published().count()) == ("draft", 0)
    article.publish(at=now + timedelta(hours=1))
    assert (article.state, Article.objects.published().count()) == ("scheduled", 0)
    article.publish(at=now)
    assert (article.state, Article.objects.published().count()) == ("live", 1)
    article.withdraw("The source was wrong.")
    assert (article.state, Article.objects.published().count()) == ("withdrawn", 0)
    article.publish(at=now)
    assert (article.state, article.withdrawn_reason) == ("live", "")


def test_only_a_scheduled_article_becomes_a_draft_again(article):
    article.publish()
    with pytest.raises(ValidationError):
        article.unpublish()
    article.publish(at=timezone.now() + timedelta(days=1))
    article.unpublish()
    assert Article.objects.get().state == "draft"


def test_withdrawing_needs_a_reason_and_something_live(article):
    with pytest.raises(ValidationError, match="live"):
        article.withdraw("Why not.")
    article.publish()
    with pytest.raises(ValidationError, match="say why"):
        article.withdraw("  ")
    assert Article.objects.get().state == "live"


def test_publishing_is_refused_with_a_list_of_what_is_missing(picture):
    awaiting = Photo.objects.create(caption="Two men\nat a table", credit="x", alt="y")
    bare = Photo(image=picture(), caption="A dam")
    bare.save()
    article = Article.objects.create(
        headline="A dam",
        hero=bare,
        body=f'<figure data-photo="{awaiting.pk}" data-uncertain="caption"></figure><figure data-photo="999"></figure>',
    )
    with pytest.raises(NotReady) as refused:
        article.publish()
    assert refused.value.messages == [
        "The standfirst is missing.",
        "The text is missing.",
        "No topic is chosen.",
        "The byline names nobody.",
        "The hero photo (“A dam”) lacks a credit and an alternative text (or the mark “decorative”).",
        "Photo 1 in the text (“Two men at a table”) lacks its picture.",
        "Photo 2 in the text is not in the library any more.",
        "Photo 1 in the text: it is not settled whether its words are a caption.",
    ]
    assert Article.objects.get().state == "draft"


def test_a_decorative_photo_needs_no_alternative_text(article, picture):
    photo = Photo(image=picture(), credit="Bo Lind", decorative=True)
    photo.save()
    article.hero = photo
    article.save()
    article.publish()
    assert article.state == "live"


def test_the_database_refuses_what_must_never_be(article):
    for broken in (
        {"headline": "", "published_at": timezone.now()},
        {"topic": None, "published_at": timezone.now()},
        {"withdrawn_at": timezone.now(), "withdrawn_reason": "x"},
        {"updated_at": timezone.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Article.objects.filter(pk=article.pk).update(**broken)


def test_placements_follow_hero_and_body_in_their_order(article, photo, picture):
    other = Photo(image=picture(800, 1200), caption="A gate")
    other.save()
    article.hero = photo
    article.body = (
        f'<figure data-photo="{other.pk}"></figure><p>x</p>'
        f'<figure data-photo="{photo.pk}"><figcaption>Own<br>words</figcaption></figure><figure data-photo="999"></figure>'
    )
    article.save()
    rows = list(article.placements.values_list("position", "photo", "caption", "is_own_caption"))
    assert rows == [(0, photo.pk, "", False), (1, other.pk, "", False), (2, photo.pk, "Own\nwords", True)]


def test_saving_an_unchanged_article_writes_no_placement(article, photo):
    article.body = f'<figure data-photo="{photo.pk}"></figure>'
    article.save()
    before = list(ArticlePhoto.objects.values_list("pk", flat=True))
    article.save()
    assert list(ArticlePhoto.objects.values_list("pk", flat=True)) == before


def test_a_placed_photo_cannot_be_deleted(article, photo):
    article.body = f'<figure data-photo="{photo.pk}"></figure>'
    article.save()
    with pytest.raises(ProtectedError):
        photo.delete()


def test_tags_are_the_same_in_any_case(article):
    article.tags.add("Sanctions", "sanctions", "SANCTIONS")
    assert list(Tag.objects.values_list("name", "slug")) == [("Sanctions", "sanctions")]


def test_the_byline_names_everyone_by_role(article):
    for position, (name, role) in enumerate(
        [("Bo Lind", "by"), ("Cy Dee", "photos"), ("Di Eff", "by")], start=1
    ):
        Byline.objects.create(
            article=article, author=Author.objects.create(name=name), role=role, position=position
        )
    article = Article.objects.for_page().get()
    assert article.byline_text == "Ana Ruiz, Bo Lind and Di Eff. Photos by Cy Dee"


def test_related_articles_are_the_chosen_ones_then_those_with_shared_tags(
    article, topic, django_assert_max_num_queries
):
    def live(headline, **tags):
        other = Article.objects.create(headline=headline, standfirst="x", body="<p>x</p>", topic=topic)
        Byline.objects.create(article=other, author=Author.objects.get())
        other.publish(at=timezone.now() - timedelta(days=1))
        return other

    chosen, same_topic, shared, draft = live("Chosen"), live("Same topic"), live("Shared tags"), live("Draft")
    Article.objects.filter(pk=draft.pk).update(published_at=None)
    article.tags.add("dams", "debt")
    shared.tags.add("dams", "debt")
    draft.tags.add("dams", "debt")
    article.related.add(chosen, draft)
    article = Article.objects.for_page().get(pk=article.pk)
    with django_assert_max_num_queries(9):
        assert related(article) == [chosen, shared, same_topic]


def test_an_old_article_with_a_rare_tag_is_related_however_many_newer_ones_a_common_tag_has(article, topic):
    other = Topic.objects.create(name="Elsewhere", slug="elsewhere")
    now = timezone.now()
    made = [
        Article(headline=f"Budget {n}", slug=f"budget-{n}", standfirst="x", body="<p>x</p>", topic=other,
                published_at=now - timedelta(hours=n + 1))
        for n in range(131)
    ]  # fmt: skip
    Article.objects.bulk_create(made)
    old = made[-1]
    Article.objects.filter(pk__in=[article.pk, old.pk]).update(headline="Harbours")
    money, rare = Tag.objects.create(name="Money"), Tag.objects.create(name="Locks")
    TaggedArticle.objects.bulk_create(TaggedArticle(content_object=each, tag=money) for each in made[:-1])
    old.tags.add(rare)
    article.tags.add(money, rare)
    article = Article.objects.for_page().get(pk=article.pk)
    assert related(article)[0] == old


def test_the_updated_date_moves_only_when_told(article):
    article.publish(at=timezone.now() - timedelta(days=1))
    article.body = "<p>Text, mended.</p>"
    article.save()
    assert Article.objects.get().updated_at is None
    article.mark_updated()
    assert Article.objects.get().is_updated
