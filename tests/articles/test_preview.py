"""The preview: the article as readers will see it, for staff alone."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User

from articles.models import Photo
from tests.articles.reading import between, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_editor(client, groups):
    editor = User.objects.create_user("edith", is_staff=True)
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    return client


def banner(response):
    return text_of(between(response, '<aside class="banner" aria-label="Preview">', "</p>"))


def test_it_is_the_page_that_readers_will_get(as_editor, write, client):
    article = write("A dam", tags=["Water"])
    preview = as_editor.get(f"/preview/{article.pk}/")
    article.publish(at=datetime(2026, 3, 1, tzinfo=UTC))
    live = as_editor.get(article.get_absolute_url())

    def piece(response):
        html = between(response, "<article", "</article>")
        # what links lead to is given to readers only
        html = re.sub(r'<p id="p-[0-9a-f-]+">', "<p>", html)
        return re.sub(
            r'<p class="byline__facts">.*?</p>|<section class="ask".*?</section>', "", html, flags=re.DOTALL
        )

    assert piece(preview) == piece(live) and "A dam" in piece(preview)


def test_nobody_keeps_or_indexes_it(as_editor, write):
    response = as_editor.get(f"/preview/{write('A dam').pk}/")
    html = response.content.decode()
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    assert '<meta name="robots" content="noindex, nofollow">' in html and "canonical" not in html


def test_its_banner_says_what_readers_see(as_editor, write, publish):
    draft, scheduled, gone = write("Draft"), write("Scheduled"), publish("Gone")
    scheduled.publish(at=datetime(2099, 3, 1, 6, 30, tzinfo=UTC))
    gone.withdraw("It was wrong.")
    said = [banner(as_editor.get(f"/preview/{a.pk}/")) for a in (draft, scheduled, publish("Live"), gone)]
    assert said == [
        "Preview. A draft: readers do not see it.",
        "Preview. Scheduled: readers will see it from 1 March 2099, 06:30 UTC .",
        "Preview. This article is live, and this is how readers see it.",
        "Preview. Withdrawn: readers are told why, and do not see it.",
    ]


def test_an_empty_draft_can_be_looked_at(as_editor, write):
    response = as_editor.get(f"/preview/{write('', standfirst='', body='', topic=None, by=[]).pk}/")
    assert response.status_code == 200 and "Not published" in response.content.decode()


def test_a_photo_that_awaits_its_picture_has_its_place(as_editor, write, photo):
    hero, inside = photo(caption="Of the hero"), photo(caption="Inside")
    article = write("A dam", hero=hero, body=f'<p>Text.</p><figure data-photo="{inside.pk}"></figure>')
    Photo.objects.update(image="")
    html = as_editor.get(f"/preview/{article.pk}/").content.decode()
    assert html.count("Awaiting its picture") == 2 and "Of the hero" in html and "Inside" in html


def test_nobody_else_learns_that_it_is_there(client, groups, write):
    article = write("A dam")
    reader = User.objects.create_user("reader")
    helper = User.objects.create_user("helper", is_staff=True)  # staff, without a right to see articles
    was_editor = User.objects.create_user("was", is_staff=False)
    was_editor.groups.add(Group.objects.get(name="Editors"))
    for user in (None, reader, helper, was_editor):
        if user:
            client.force_login(user)
        response = client.get(f"/preview/{article.pk}/")
        assert response.status_code == 404 and "A dam" not in response.content.decode()


def test_it_cannot_be_changed_from_there(as_editor, write):
    assert as_editor.post(f"/preview/{write('A dam').pk}/").status_code == 405
