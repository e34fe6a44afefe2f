"""Saving the form of an article: two people at once, byline, tags, address, related articles."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Author, Byline, FormerSlug, ImportRun, Photo, Tag
from tests.articles.at_the_desk import change_url, errors, fields, messages, person, post, whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")


@pytest.fixture
def article():
    return whole_article()


# --- two at once ----------------------------------------------------------------------------------------------------
def test_the_second_to_save_is_told_who_saved_between_and_keeps_the_text(client, editor, article):
    opened = fields(client, change_url(article))
    client.force_login(person("bo", "Editors"))
    post(client, change_url(article), headline="Bo was here")
    client.force_login(editor)
    response = client.post(change_url(article), opened | {"body": "<p>Edith’s.</p>", "_save": "yes"})
    article.refresh_from_db()
    assert (article.headline, article.body) == ("Bo was here", "<p>Text.</p>")
    assert errors(response) == ["Nothing was saved: somebody else has saved this article meanwhile."]
    assert response.context["adminform"].form["body"].value() == "<p>Edith’s.</p>"
    assert response.context["saved_by_another"]["by"] == "Bo"
    assert "Bo saved this article at " in response.content.decode()


def test_the_text_replaces_the_other_one_only_where_that_is_chosen(client, editor, article):
    opened = fields(client, change_url(article))
    post(client, change_url(article), headline="Saved between")
    response = client.post(change_url(article), opened | {"headline": "Mine", "_save": "yes"})
    replace = response.context["saved_by_another"]["version"]
    again = client.post(change_url(article), opened | {"headline": "Mine", "_save": "yes"})
    assert again.status_code == 200  # pressing the button once more is not enough
    client.post(change_url(article), opened | {"headline": "Mine", "replace": replace, "_save": "yes"})
    article.refresh_from_db()
    assert article.headline == "Mine"


def test_what_is_replaced_is_what_one_was_shown(client, editor, article):
    opened = fields(client, change_url(article))
    post(client, change_url(article), headline="Saved between")
    response = client.post(change_url(article), opened | {"headline": "Mine", "_save": "yes"})
    replace = response.context["saved_by_another"]["version"]
    post(client, change_url(article), headline="And once more")
    client.post(change_url(article), opened | {"headline": "Mine", "replace": replace, "_save": "yes"})
    article.refresh_from_db()
    assert article.headline == "And once more"


def test_publishing_from_an_old_form_is_a_conflict_too(client, editor, article):
    opened = fields(client, change_url(article))
    post(client, change_url(article), headline="Saved between")
    client.post(change_url(article), opened | {"_publish": "yes"})
    article.refresh_from_db()
    assert (article.state, article.headline) == ("draft", "Saved between")


def test_a_form_without_a_version_is_not_taken(client, editor, article):
    data = fields(client, change_url(article)) | {"headline": "x", "version": "", "_save": "yes"}
    assert errors(client.post(change_url(article), data)) == [
        "Nothing was saved: somebody else has saved this article meanwhile."
    ]


def test_a_verb_from_elsewhere_is_a_save_between(client, editor, article):
    opened = fields(client, change_url(article))
    article.publish()
    response = client.post(change_url(article), opened | {"headline": "x", "_save": "yes"})
    assert response.context["saved_by_another"]["by"] is None
    assert "Somebody saved this article at " in response.content.decode()


def test_saving_twice_from_a_page_that_was_opened_again_is_no_conflict(client, editor, article):
    post(client, change_url(article), "_continue", headline="One")
    post(client, change_url(article), "_continue", headline="Two")
    article.refresh_from_db()
    assert article.headline == "Two"


def test_who_saved_is_the_first_in_the_history_after_that_moment(client, editor, article):
    opened = fields(client, change_url(article))
    client.force_login(person("bo", "Editors"))
    post(client, change_url(article), headline="Bo was here")
    LogEntry.objects.create(
        user=editor, content_type=ContentType.objects.get_for_model(Article), object_id=article.pk,
        object_repr="A dam", action_flag=CHANGE, change_message="On the front page: it leads.",
    )  # fmt: skip
    response = client.post(change_url(article), opened | {"headline": "x", "_save": "yes"})
    assert response.context["saved_by_another"]["by"] == "Bo"


# --- byline ---------------------------------------------------------------------------------------------------------
def named(article):
    return [(byline.author.name, byline.role, byline.position) for byline in article.bylines.all()]


def test_the_byline_follows_its_numbers_and_what_has_none_comes_last(client, editor, article):
    bo, cy = (Author.objects.create(name=name) for name in ("Bo Lind", "Cy Dee"))
    given = {"bylines-TOTAL_FORMS": "3", "bylines-0-position": "7"}
    given |= {"bylines-1-author": bo.pk, "bylines-1-role": "photos", "bylines-1-position": ""}
    given |= {"bylines-2-author": cy.pk, "bylines-2-role": "by", "bylines-2-position": "3"}
    post(client, change_url(article), **given)
    assert named(article) == [("Cy Dee", "by", 1), ("Ana Ruiz", "by", 2), ("Bo Lind", "photos", 3)]


def test_an_author_is_named_once_in_a_role(client, editor, article):
    ana = Author.objects.get()
    given = {"bylines-TOTAL_FORMS": "2", "bylines-1-author": ana.pk, "bylines-1-role": "by"}
    assert errors(post(client, change_url(article), **given))[0] == "An author is named once in a role."
    given["bylines-1-role"] = "photos"
    post(client, change_url(article), **given)
    assert [role for _, role, _ in named(article)] == ["by", "photos"]


def test_an_author_is_made_from_inside_the_article(client, editor):
    url = reverse("admin:articles_author_add") + "?_popup=1&_to_field=id"
    response = client.post(url, {"name": "Dee Ray", "_popup": "1", "_to_field": "id"})
    assert response.status_code == 200
    assert (
        response.context["popup_response_data"]
        == f'{{"value": "{Author.objects.get().pk}", "obj": "Dee Ray"}}'
    )


# --- tags -----------------------------------------------------------------------------------------------------------
def test_tags_are_separated_by_commas_alone(client, editor, article):
    post(client, change_url(article), tags="climate change, Sanctions ,, law of the sea,sanctions")
    assert sorted(tag.name for tag in article.tags.all()) == ["Sanctions", "climate change", "law of the sea"]


def test_a_tag_that_exists_is_found_whatever_its_case(client, editor, article):
    Tag.objects.create(name="Sanctions", slug="sanctions")
    post(client, change_url(article), tags="SANCTIONS")
    assert [tag.name for tag in article.tags.all()] == ["Sanctions"]
    assert Tag.objects.count() == 1


def test_a_tag_that_is_too_long_is_refused_in_words(client, editor, article):
    assert errors(post(client, change_url(article), tags="x" * 101))[0].startswith(
        "A tag has 100 characters at most"
    )


def test_tags_that_exist_are_offered_the_most_used_first(client, editor, article):
    article.tags.add("water", "law")
    whole_article("Another").tags.add("water")
    assert (
        'data-tags="[&quot;water&quot;, &quot;law&quot;]"' in client.get(change_url(article)).content.decode()
    )


def test_saving_without_a_change_of_tags_writes_none_into_the_history(client, editor, article):
    article.tags.add("water", "law")
    post(client, change_url(article))
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


# --- address, hero, related -----------------------------------------------------------------------------------------
def test_a_new_address_leads_on_from_the_former_one(client, editor, article):
    article.publish()
    post(client, change_url(article), slug="the-dam")
    assert FormerSlug.objects.get().slug == "a-dam"
    response = client.get(reverse("articles:article", args=["a-dam"]))
    assert (response.status_code, response["Location"]) == (
        301,
        reverse("articles:article", args=["the-dam"]),
    )


def test_the_address_of_another_is_refused_in_words(client, editor, article):
    whole_article("A dike")
    response = post(client, change_url(article), slug="a-dike")
    assert "slug" in response.context["adminform"].form.errors


def test_an_emptied_address_is_made_anew(client, editor, article):
    post(client, change_url(article), slug="", headline="A dike")
    article.refresh_from_db()
    assert article.slug == "a-dike"


def test_the_hero_is_a_photo_of_the_library_or_nothing(client, editor, article):
    photo = Photo.objects.create(caption="A wall")
    post(client, change_url(article), hero=photo.pk, hero_caption="Seen from the south.")
    article.refresh_from_db()
    assert (article.hero, article.hero_caption) == (photo, "Seen from the south.")
    assert "hero" in post(client, change_url(article), hero="4711").context["adminform"].form.errors
    assert "hero" in post(client, change_url(article), hero="x").context["adminform"].form.errors


def test_related_are_what_readers_have_or_will_have_and_not_the_article_itself(client, editor, article):
    article.publish()
    live, scheduled, draft, withdrawn = (
        whole_article(f"A {name} dam") for name in ("live", "scheduled", "drafted", "withdrawn")
    )
    live.publish()
    scheduled.publish(at=timezone.now() + timedelta(days=1))
    withdrawn.publish()
    withdrawn.withdraw("It was wrong.")
    query = {"app_label": "articles", "model_name": "article", "field_name": "related", "term": "dam"}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert {entry["text"] for entry in found} == {"A dam", "A live dam", "A scheduled dam"}
    post(client, change_url(article), related=[live.pk, scheduled.pk])
    assert set(article.related.all()) == {live, scheduled}
    assert errors(post(client, change_url(article), related=[article.pk])) == [
        "An article is not related to itself."
    ]
    assert "related" in post(client, change_url(article), related=[draft.pk]).context["adminform"].form.errors


# --- imported -------------------------------------------------------------------------------------------------------
@pytest.fixture
def imported(article):
    photo = Photo.objects.create(caption="A wall, maybe.")
    article.body = f'<p>Text.</p><figure data-photo="{photo.pk}" data-uncertain="caption"></figure>'
    article.save()
    receipt = {
        "date_shown": "2022-01-04",
        "date_text": "Jan 4, 2022",
        "notes": ["A note."],
        "tags_shown": ["Dams"],
    }
    ImportRun.objects.create(
        source_name="dam.txt", source_hash="x", format="text", article=article, receipt=receipt
    )
    return article


def test_an_imported_draft_says_what_is_left_to_settle(client, editor, imported):
    notes = client.get(change_url(imported)).context["import_notes"]
    assert notes["uncertain"] == [(1, "A wall, maybe.")]
    assert [placement.position for placement in notes["awaiting"]] == [1]
    assert notes["shown_on"].isoformat() == "2022-01-04"
    html = client.get(change_url(imported)).content.decode()
    for words in (
        "Imported from dam.txt",
        "4 January 2022",
        "A note.",
        "Dams",
        'data-set-date="2022-01-04T12:00"',
    ):
        assert words in html


def test_what_is_settled_is_not_said_any_more(client, editor, imported, picture):
    photo = Photo.objects.get()
    photo.image = picture()
    photo.save()
    post(client, change_url(imported), body=f'<p>Text.</p><figure data-photo="{photo.pk}"></figure>')
    notes = client.get(change_url(imported)).context["import_notes"]
    assert (notes["uncertain"], notes["awaiting"]) == ([], [])


def test_a_published_article_does_not_talk_of_its_import(client, editor, imported):
    imported.body = "<p>Text.</p>"
    imported.save()
    imported.publish()
    assert client.get(change_url(imported)).context["import_notes"] is None


def test_hostile_words_in_a_message_are_shown_as_words(client, editor, article):
    article.headline = "<script>alert(1)</script>"
    article.topic = None
    article.save()
    response = post(client, change_url(article), "_publish")
    assert "<script>alert(1)" not in response.content.decode()
    assert messages(response)[0].startswith("It is saved, but not published")


def test_saving_what_was_deleted_meanwhile_answers_that_it_is_not_there(client, editor, article):
    data = fields(client, change_url(article))
    Byline.objects.all().delete()
    article.delete()
    assert client.post(change_url(article), data | {"_save": "yes"}).status_code == 404
