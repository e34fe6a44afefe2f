"""Who may see and do what at the desk: people by addresses, the articles of others, and forged forms."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Author, Byline, FrontPageSlot, ImportRun, Page, Photo, Tag
from comments.models import Comment
from tests.articles.at_the_desk import change_url, fields, messages, person, post, whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")


@pytest.fixture
def people():
    return {
        "nobody": None,
        "reader": person("rita", is_staff=False),
        "writer": person("wim", "Writers"),
        "moderator": person("mo", "Moderators"),
        "editor": person("edith", "Editors"),
    }


def log_in(client, user):
    client.logout()
    if user:
        client.force_login(user)


def desk(name, *args):
    return reverse(f"admin:articles_{name}", args=args)


@pytest.mark.threat("T5")
def test_each_kind_of_person_gets_what_is_theirs(client, people):
    own = whole_article("Own draft", created_by=people["writer"])
    other = whole_article("A draft of another")
    live = whole_article("A live one")
    live.publish()
    own_live = whole_article("Own live one", created_by=people["writer"])
    own_live.publish()
    photo = Photo.objects.create(caption="A wall")
    author, tag = Author.objects.get(), Tag.objects.create(name="water", slug="water")
    page = Page.objects.create(title="About", slug="about")
    run = ImportRun.objects.create(source_name="x.txt", source_hash="x", format="text", article=other)
    to_log_in = 302
    expected = {
        # address: nobody, reader, writer, moderator, editor
        reverse("admin:index"): (302, 302, 200, 200, 200),
        desk("article_changelist"): (302, 302, 200, 200, 200),
        desk("article_add"): (302, 302, 200, 403, 200),
        desk("article_change", own.pk): (302, 302, 200, 404, 200),
        desk("article_change", other.pk): (302, 302, 404, 404, 200),
        desk("article_change", live.pk): (302, 302, 200, 200, 200),
        desk("article_change", own_live.pk): (302, 302, 200, 200, 200),
        desk("article_change", 4711): (302, 302, 404, 404, 404),
        desk("article_history", own.pk): (302, 302, 200, 404, 200),
        desk("article_history", other.pk): (302, 302, 404, 404, 200),
        desk("article_delete", own.pk): (302, 302, 403, 404, 200),
        desk("article_delete", other.pk): (302, 302, 404, 404, 200),
        desk("article_delete", live.pk): (302, 302, 403, 403, 403),
        desk("photo_changelist"): (302, 302, 200, 403, 200),
        desk("photo_add"): (302, 302, 200, 403, 200),
        desk("photo_change", photo.pk): (302, 302, 200, 403, 200),
        desk("photo_delete", photo.pk): (302, 302, 403, 403, 200),
        desk("author_changelist"): (302, 302, 200, 200, 200),
        desk("author_add"): (302, 302, 403, 403, 200),
        desk("author_change", author.pk): (302, 302, 200, 200, 200),
        desk("author_delete", author.pk): (302, 302, 403, 403, 200),
        desk("topic_changelist"): (302, 302, 200, 200, 200),
        desk("topic_add"): (302, 302, 403, 403, 200),
        desk("tag_changelist"): (302, 302, 200, 403, 200),
        desk("tag_change", tag.pk): (302, 302, 200, 403, 200),
        desk("tag_delete", tag.pk): (302, 302, 403, 403, 200),
        desk("page_changelist"): (302, 302, 403, 403, 200),
        desk("page_change", page.pk): (302, 302, 403, 403, 200),
        desk("importrun_changelist"): (302, 302, 403, 403, 200),
        desk("importrun_change", run.pk): (302, 302, 403, 403, 200),
        desk("importrun_delete", run.pk): (302, 302, 403, 403, 403),
        desk("frontpageslot_changelist"): (302, 302, 403, 403, 200),
        reverse("admin:auth_user_changelist"): (302, 302, 403, 403, 403),
    }
    assert to_log_in == 302
    found = {url: [] for url in expected}
    for user in people.values():
        log_in(client, user)
        for url in expected:
            found[url].append(client.get(url).status_code)
    assert {url: tuple(codes) for url, codes in found.items()} == expected


@pytest.mark.threat("T5")
def test_the_preview_is_for_those_who_see_the_article_at_the_desk(client, people):
    other = whole_article("A draft of another")
    own = whole_article("Own draft", created_by=people["writer"])
    found = {}
    for name, user in people.items():
        log_in(client, user)
        found[name] = tuple(
            client.get(reverse("articles:preview", args=[article.pk])).status_code for article in (own, other)
        )
    assert found == {
        "nobody": (404, 404),
        "reader": (404, 404),
        "writer": (200, 404),
        "moderator": (404, 404),
        "editor": (200, 200),
    }


@pytest.mark.threat("T5")
def test_the_admin_leads_to_the_page_of_what_it_shows_and_of_nothing_else(client, people):
    live, comment = whole_article("A live one"), None
    live.publish()
    draft = whole_article("A draft of another")
    comment = Comment.objects.create(article=live, comment="Words.", user_name="Ida", status="visible")
    held = Comment.objects.create(article=live, comment="Held.", user_name="Ida", status="held")
    found = {}
    for name in ("reader", "writer", "moderator", "editor"):
        log_in(client, people[name])
        found[name] = [
            client.get(f"/admin/r/{ContentType.objects.get_for_model(thing).pk}/{thing.pk}/").get(
                "Location", ""
            )
            for thing in (live, draft, comment, held, people["editor"])
        ]
    page = client.get(f"/admin/comments/comment/{comment.pk}/change/").content.decode()
    assert f'href="{comment.get_absolute_url()}"' in page
    lives, said = live.get_absolute_url(), (comment.get_absolute_url(), held.get_absolute_url())
    assert all("/account/login/" in where or "/admin/login/" in where for where in found.pop("reader"))
    assert found == {
        "writer": [lives, "", "", "", ""],
        "moderator": [lives, "", *said, ""],
        "editor": [lives, draft.get_absolute_url(), *said, ""],
    }


@pytest.mark.threat("T5")
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_no_way_of_asking_tells_that_a_draft_is_there(client, people, method):
    draft = whole_article("A draft of another")
    draft.save()
    number = ContentType.objects.get_for_model(draft).pk
    addresses = [
        f"/preview/{draft.pk}/", f"/preview/{draft.pk}", f"/articles/{draft.slug}/", f"/articles/{draft.slug}", f"/s/{draft.code}",
        f"/articles/{draft.slug}/print/", f"/articles/{draft.slug}/comments/", f"/articles/{draft.slug}/comments/new/",
        f"/articles/{draft.slug}/comments/feed/", f"/articles/{draft.slug}/share/", f"/admin/r/{number}/{draft.pk}/",
        f"/admin/articles/article/{draft.pk}/", f"/admin/articles/article/{draft.pk}/change/",
    ]  # fmt: skip
    for name in ("nobody", "reader", "writer", "moderator"):
        log_in(client, people[name])
        for address in addresses:
            there = getattr(client, method)(address, follow=True)
            nothing = getattr(client, method)(
                address.replace(str(draft.pk), "4711").replace(draft.slug, "nothing"), follow=True
            )
            assert there.status_code == nothing.status_code, (name, address)
            assert "A draft of another" not in there.content.decode()


def test_a_page_of_the_desk_is_kept_by_no_cache(client, people):
    log_in(client, people["editor"])
    for url in (reverse("admin:index"), desk("article_changelist"), desk("article_add")):
        assert "no-store" in client.get(url)["Cache-Control"]


# --- writers --------------------------------------------------------------------------------------------------------
@pytest.fixture
def writer(client):
    writer = person("wim", "Writers")
    client.force_login(writer)
    return writer


@pytest.mark.threat("T5")
def test_a_writer_sees_own_articles_and_what_readers_see(client, writer):
    whole_article("A draft of another")
    whole_article("A scheduled one of another").publish(at=timezone.now() + timedelta(days=1))
    withdrawn = whole_article("A withdrawn one of another")
    withdrawn.publish()
    withdrawn.withdraw("It was wrong.")
    whole_article("A live one").publish()
    whole_article("Begun by Wim", created_by=writer)
    Author.objects.create(name="Wim", user=writer)
    whole_article("With Wim in its byline", by="Wim")
    listed = client.get(desk("article_changelist")).context["cl"].queryset
    assert {article.headline for article in listed} == {
        "A live one",
        "Begun by Wim",
        "With Wim in its byline",
    }


def test_a_writer_changes_a_draft_with_their_name_in_the_byline(client, writer):
    Author.objects.create(name="Wim", user=writer)
    article = whole_article(by="Wim")
    post(client, change_url(article), headline="A dike")
    article.refresh_from_db()
    assert article.headline == "A dike"


@pytest.mark.threat("T5")
@pytest.mark.threat("T23")
@pytest.mark.parametrize("state", ["scheduled", "live", "withdrawn"])
def test_a_writer_only_reads_an_own_article_that_is_no_draft_any_more(client, writer, state):
    article = whole_article(created_by=writer)
    article.publish(at=timezone.now() + timedelta(days=1 if state == "scheduled" else -1))
    if state == "withdrawn":
        article.withdraw("It was wrong.")
    html = client.get(change_url(article)).content.decode()
    assert ('name="_save"' in html, 'name="headline"' in html, ">Text.</p>" in html) == (False, False, True)
    assert client.post(change_url(article), {"headline": "x", "_save": "yes"}).status_code == 403
    article.refresh_from_db()
    assert (article.headline, article.state) == ("A dam", state)


@pytest.mark.threat("T5")
def test_a_writer_cannot_save_the_draft_of_another(client, writer):
    article = whole_article()
    assert client.post(change_url(article), {"headline": "x", "_save": "yes"}).status_code == 404
    article.refresh_from_db()
    assert article.headline == "A dam"


@pytest.mark.threat("T5")
def test_a_writer_cannot_check_the_draft_of_another(client, writer):
    article = whole_article()
    assert client.post(desk("article_check", article.pk), {"headline": "x"}).status_code == 404


def test_a_writer_is_offered_no_verb(client, writer):
    html = client.get(change_url(whole_article(created_by=writer))).content.decode()
    assert [f'name="{verb}"' in html for verb in ("_save", "_publish", "_schedule", "publish_at")] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.threat("T23")
@pytest.mark.parametrize("verb", ["_publish", "_schedule", "_unpublish", "_withdraw"])
def test_a_forged_verb_is_refused_and_the_text_saved(client, writer, verb):
    article = whole_article(created_by=writer)
    response = post(client, change_url(article), verb, headline="A dike", publish_at="2022-01-04T12:00")
    article.refresh_from_db()
    assert (article.state, article.headline) == ("draft", "A dike")
    assert messages(response) == ["It is saved. Only editors publish."]


@pytest.mark.threat("T23")
def test_forged_fields_are_ignored(client, writer):
    article = whole_article(created_by=writer)
    other = person("other", "Editors")
    given = {"published_at": "2022-01-04", "published_at_0": "2022-01-04", "published_at_1": "12:00"}
    given |= {"created_by": other.pk, "withdrawn_at": "2022-01-04", "word_count": 7, "body_text": "forged"}
    post(client, change_url(article), headline="A dike", **given)
    article.refresh_from_db()
    assert (article.headline, article.state, article.created_by, article.body_text) == (
        "A dike",
        "draft",
        writer,
        "Text.",
    )


@pytest.mark.threat("T23")
def test_forged_bulk_actions_of_a_writer_do_nothing(client, writer):
    article = whole_article(created_by=writer)
    for action in ("publish_selected", "schedule_selected", "withdraw_selected", "delete_selected"):
        data = {"action": action, "_selected_action": article.pk, "confirmed": "yes", "post": "yes"}
        client.post(desk("article_changelist"), data | {"at": "2022-01-04T12:00", "reason": "x"})
    article.refresh_from_db()
    assert article.state == "draft"


@pytest.mark.threat("T23")
def test_who_changes_any_article_but_does_not_publish_cannot_break_a_live_one_by_a_forged_verb(
    client, writer
):
    writer.user_permissions.add(Permission.objects.get(codename="change_any_article"))
    article = whole_article()
    article.publish()
    response = post(client, change_url(article), "_withdraw", **{"bylines-0-DELETE": "on", "standfirst": ""})
    assert response.context["errors"]
    assert Byline.objects.count() == 1


def test_a_new_article_is_its_writers_with_their_name_in_the_byline(client, writer):
    Author.objects.create(name="Wim Aalders", user=writer)
    post(client, desk("article_add"), headline="A dike")
    article = Article.objects.get()
    assert (article.created_by, [author.name for author in article.writers]) == (writer, ["Wim Aalders"])


@pytest.mark.threat("T5")
def test_a_writer_finds_only_what_readers_see_among_related_articles(client, writer):
    whole_article("A live dam").publish()
    whole_article("A scheduled dam").publish(at=timezone.now() + timedelta(days=1))
    whole_article("A draft of a dam")
    whole_article("My own draft of a dam", created_by=writer)
    query = {"app_label": "articles", "model_name": "article", "field_name": "related", "term": "dam"}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [entry["text"] for entry in found] == ["A live dam"]


@pytest.mark.threat("T23")
def test_a_writer_cannot_relate_the_draft_of_another(client, writer):
    own, secret = whole_article(created_by=writer), whole_article("A secret")
    response = post(client, change_url(own), related=[secret.pk])
    assert "related" in response.context["adminform"].form.errors
    assert own.related.count() == 0


def test_what_an_editor_related_stays_when_the_writer_saves(client, writer):
    own, scheduled = whole_article(created_by=writer), whole_article("A scheduled dam")
    scheduled.publish(at=timezone.now() + timedelta(days=1))
    own.related.add(scheduled)
    post(client, change_url(own), headline="A dike")
    own.refresh_from_db()
    assert (own.headline, list(own.related.all())) == ("A dike", [scheduled])


@pytest.mark.threat("T5")
def test_a_photo_does_not_tell_a_writer_of_the_drafts_of_others(client, writer):
    photo = Photo.objects.create(caption="A wall")
    whole_article("A secret", hero=photo)
    own = whole_article("Mine", hero=photo, created_by=writer)
    html = client.get(change_url(photo)).content.decode()
    assert ("A secret" in html, change_url(own) in html, "in 1 draft of others" in html) == (
        False,
        True,
        True,
    )


@pytest.mark.threat("T23")
def test_the_front_page_cannot_be_posted_by_a_writer(client, writer):
    article = whole_article()
    article.publish()
    data = {"add": article.pk, "save": "yes", "seen": ""}
    assert client.post(desk("frontpageslot_changelist"), data).status_code == 403
    assert FrontPageSlot.objects.count() == 0


def test_a_writer_without_an_author_starts_with_an_empty_byline(client, writer):
    assert fields(client, desk("article_add"))["bylines-0-author"] == ""
