"""The smaller pages of the desk: first page, log-in, topics, authors, tags, about pages, import runs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from taggit.models import Tag as TaggitTag

from articles.models import Author, ImportRun, Page, Photo, Tag, Topic
from tests.articles.at_the_desk import change_url, errors, person, post, whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")


def test_the_desk_leads_to_the_log_in_which_has_the_name_of_the_publication(client, settings):
    page = client.get(reverse("admin:index"), follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "<h1>Log in</h1>" in page.content.decode() and settings.SITE_NAME in page.content.decode()


def test_an_editor_starts_with_what_waits(client, editor):
    whole_article("A draft of anyone")
    whole_article("A scheduled one").publish(at=timezone.now() + timedelta(days=1))
    whole_article("A live one").publish()
    Photo.objects.create(caption="An unready photo nobody placed")
    unready = Photo.objects.create(caption="An unready photo")
    whole_article("Another draft", hero=unready)
    context = client.get(reverse("admin:index")).context
    assert {article.headline for article in context["drafts"]} == {"A draft of anyone", "Another draft"}
    assert [article.headline for article in context["scheduled"]] == ["A scheduled one"]
    assert (list(context["unready_photos"]), context["unready_photo_count"]) == ([unready], 1)


def test_a_writer_starts_with_their_own_drafts(client):
    writer = person("wim", "Writers")
    client.force_login(writer)
    whole_article("A draft of another")
    whole_article("Mine", created_by=writer)
    response = client.get(reverse("admin:index"))
    assert (response.context["drafts_title"], [a.headline for a in response.context["drafts"]]) == (
        "My drafts",
        ["Mine"],
    )
    assert "Scheduled" not in response.content.decode()


def test_a_moderator_starts_without_drafts(client):
    client.force_login(person("mo", "Moderators"))
    whole_article("A draft of another")
    html = client.get(reverse("admin:index")).content.decode()
    assert ("A draft of another" in html, "Write an article" in html) == (False, False)


def test_the_first_page_costs_the_same_with_one_article_and_with_eight(
    client, editor, django_assert_num_queries
):
    def add(n):
        whole_article(f"Draft {n}", hero=Photo.objects.create(caption=f"No {n}"))
        whole_article(f"Scheduled {n}").publish(at=timezone.now() + timedelta(days=1))

    add(0)
    with django_assert_num_queries(9):
        client.get(reverse("admin:index"))
    for n in range(1, 8):
        add(n)
    with django_assert_num_queries(9):
        client.get(reverse("admin:index"))


def test_lists_count_the_articles_that_readers_have(client, editor):
    live = whole_article("Live")
    live.publish()
    live.tags.add("water")
    for article in (whole_article("Draft"), whole_article("Withdrawn"), whole_article("Scheduled")):
        article.tags.add("water")
        if article.headline == "Withdrawn":
            article.publish()
            article.withdraw("It was wrong.")
        elif article.headline == "Scheduled":
            article.publish(at=timezone.now() + timedelta(days=1))
    for model in ("topic", "author", "tag"):
        rows = client.get(reverse(f"admin:articles_{model}_changelist")).context["cl"].result_list
        assert [row.live_count for row in rows] == [1]


def test_a_renamed_tag_keeps_its_address_and_its_articles(client, editor):
    article = whole_article()
    article.tags.add("water")
    tag = Tag.objects.get()
    post(client, change_url(tag), name="Rivers and seas")
    tag.refresh_from_db()
    assert (tag.name, tag.slug, list(article.tags.all())) == ("Rivers and seas", "rivers-and-seas", [tag])


def test_a_tag_is_not_there_twice_whatever_its_case(client, editor):
    Tag.objects.create(name="Water", slug="water")
    assert errors(post(client, reverse("admin:articles_tag_add"), name="WATER"))[0].startswith(
        "There is a tag"
    )
    assert errors(post(client, reverse("admin:articles_tag_add"), name="a, b"))[0].startswith(
        "A comma separates"
    )
    post(client, reverse("admin:articles_tag_add"), name="Seas")
    assert Tag.objects.get(name="Seas").slug == "seas"


def test_the_tags_of_the_library_beside_ours_are_not_in_the_admin(client):
    client.force_login(person("root", "Editors"))
    assert client.get("/admin/taggit/tag/").status_code == 404
    assert TaggitTag.objects.count() == 0


def test_a_topic_with_articles_is_not_deleted(client, editor):
    whole_article()
    client.post(reverse("admin:articles_topic_delete", args=[Topic.objects.get().pk]), {"post": "yes"})
    assert Topic.objects.count() == 1


def test_an_author_may_be_linked_to_staff_alone(client, editor):
    person("rita", is_staff=False)
    form = client.get(reverse("admin:articles_author_add")).context["adminform"].form
    assert [user.username for user in form.fields["user"].queryset] == ["edith"]


def test_the_links_of_an_author_are_checked(client, editor):
    author = Author.objects.create(name="Ana")
    assert (
        "does not end with an address"
        in errors(post(client, change_url(author), links="javascript:alert(1)"))[0]
    )


def test_an_about_page_is_written_in_the_body_editor_and_cleaned(client, editor):
    page = Page.objects.create(title="About", slug="about", body="<p>Hello.</p>")
    assert "data-body-editor" in client.get(change_url(page)).content.decode()
    post(client, change_url(page), body='<p onclick="x">Hello, <b>you</b>.</p><script>alert(1)</script>')
    page.refresh_from_db()
    assert page.body == "<p>Hello, <strong>you</strong>.</p>"


def test_an_about_page_is_not_checked_for_publishing(client, editor):
    assert client.post("/admin/articles/page/check/", {"title": "x"}).status_code == 404


def test_an_import_run_is_read_as_a_table_and_never_changed(client, editor):
    article = whole_article()
    lines = [
        {"line": 1, "text": "A dam", "became": "headline"},
        {"line": 2, "text": "", "became": "blank"},
        {"line": 3, "text": "<b>12 Views</b>", "became": "dropped", "why": "a counter"},
        {"line": 4, "text": "A wall.", "became": "caption", "of": 1, "or_else": "paragraph"},
    ]
    receipt = {"lines": lines, "totals": {"lines": 4, "blank": 1, "words": {"source": 6, "dropped": 2}}}
    run = ImportRun.objects.create(
        source_name="dam.txt", source_hash="x", format="text", article=article, receipt=receipt
    )
    html = client.get(change_url(run)).content.decode()
    for words in (
        "dropped: a counter",
        "caption of photo 1, or paragraph (not certain)",
        "&lt;b&gt;12 Views",
        change_url(article),
    ):
        assert words in html
    assert client.post(change_url(run), {"format": "x"}).status_code == 403


def test_links_to_the_site_go_there_directly(client, editor):
    article = whole_article()
    article.publish()
    for thing in (article, article.topic, article.writers[0]):
        assert f'href="{thing.get_absolute_url()}"' in client.get(change_url(thing)).content.decode()
