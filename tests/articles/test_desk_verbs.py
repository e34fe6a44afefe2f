"""Publishing, scheduling, taking back and withdrawing from the form of an article."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Byline
from tests.articles.at_the_desk import change_url, errors, fields, messages, post, whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")


@pytest.fixture
def article():
    return whole_article()


def history_of(article):
    return [e.get_change_message() for e in LogEntry.objects.filter(object_id=article.pk).order_by("pk")]


def buttons(client, article):
    """The verbs that the bar of the article offers."""
    html = client.get(change_url(article)).content.decode()
    return [verb for verb in ("_publish", "_schedule", "_unpublish", "_withdraw") if f'name="{verb}"' in html]


def test_a_draft_is_published_with_what_was_just_typed(client, editor, article):
    response = post(client, change_url(article), "_publish", headline="A dam, and who pays")
    article.refresh_from_db()
    assert (article.state, article.headline) == ("live", "A dam, and who pays")
    assert response.redirect_chain == [(change_url(article), 302)]
    assert messages(response)[0].startswith("Published, dated ")
    assert len(history_of(article)) == 1
    assert history_of(article)[0].startswith("Changed Headline. Published, dated ")


def test_a_refused_publish_keeps_the_text_and_says_what_is_missing(client, editor, article):
    response = post(client, change_url(article), "_publish", topic="", body="<p>Newly written.</p>")
    article.refresh_from_db()
    assert (article.state, article.body, article.topic) == ("draft", "<p>Newly written.</p>", None)
    assert messages(response) == ["It is saved, but not published:<ul><li>No topic is chosen.</li></ul>"]


def test_a_new_article_can_be_published_at_once(client, editor, article):
    given = {
        "headline": "Another dam",
        "standfirst": "Who pays now.",
        "body": "<p>More.</p>",
        "topic": article.topic_id,
        "bylines-0-author": article.writers[0].pk,
    }
    post(client, reverse("admin:articles_article_add"), "_publish", **given)
    new = Article.objects.get(headline="Another dam")
    assert (new.state, new.created_by, [a.name for a in new.writers]) == ("live", editor, ["Ana Ruiz"])


def test_a_new_article_that_cannot_be_published_is_saved_as_a_draft(client, editor):
    response = post(client, reverse("admin:articles_article_add"), "_publish", headline="An idea")
    new = Article.objects.get()
    assert (new.state, new.headline) == ("draft", "An idea")
    assert response.redirect_chain == [(change_url(new), 302)]
    assert "The standfirst is missing." in messages(response)[0]


def test_a_time_to_come_schedules_in_the_time_zone_of_the_site(client, editor, article, settings):
    settings.TIME_ZONE = "Europe/Madrid"
    post(client, change_url(article), "_schedule", publish_at="2099-07-01T08:00")
    article.refresh_from_db()
    assert (article.state, article.published_at) == ("scheduled", datetime(2099, 7, 1, 6, tzinfo=UTC))
    assert history_of(article)[0].endswith("Scheduled for 1 July 2099, 08:00 (Europe/Madrid).")


def test_a_time_that_has_passed_publishes_under_that_date(client, editor, article):
    post(client, change_url(article), "_schedule", publish_at="2022-01-04T12:00")
    article.refresh_from_db()
    assert (article.state, article.published_at) == ("live", datetime(2022, 1, 4, 12, tzinfo=UTC))


def test_scheduling_without_a_time_saves_and_asks_for_it(client, editor, article):
    response = post(client, change_url(article), "_schedule", headline="A dike")
    article.refresh_from_db()
    assert (article.state, article.headline) == ("draft", "A dike")
    assert messages(response) == [
        "It is saved, but not scheduled:<ul><li>Please give the date and time.</li></ul>"
    ]


def test_publishing_now_does_not_pass_over_a_date_that_is_typed(client, editor, article):
    response = post(client, change_url(article), "_publish", publish_at="2022-01-04T12:00", headline="A dike")
    article.refresh_from_db()
    assert (article.state, article.headline) == ("draft", "A dike")
    assert "choose “Schedule” to publish under it" in messages(response)[0]


def test_a_date_typed_beside_a_plain_save_is_not_taken_for_scheduling(client, editor, article):
    response = post(client, change_url(article), publish_at="2099-07-01T08:00")
    article.refresh_from_db()
    assert article.state == "draft"
    assert "still a draft" in messages(response)[0]


def test_a_scheduled_article_can_be_published_now(client, editor, article):
    article.publish(at=timezone.now() + timedelta(days=9))
    post(client, change_url(article), "_publish")
    article.refresh_from_db()
    assert article.state == "live"


def test_a_scheduled_article_goes_back_to_being_a_draft(client, editor, article):
    article.publish(at=timezone.now() + timedelta(days=9))
    response = post(client, change_url(article), "_unpublish", standfirst="")
    article.refresh_from_db()
    assert errors(response) == ["What was published keeps a headline, a standfirst, a text and a topic."]
    assert article.state == "scheduled"
    post(client, change_url(article), "_unpublish")
    article.refresh_from_db()
    assert (article.state, article.published_at) == ("draft", None)


def test_a_live_article_is_withdrawn_with_a_reason_for_readers(client, editor, article):
    article.publish()
    post(client, change_url(article), "_withdraw", withdraw_reason="A source\ntook back what it said.")
    article.refresh_from_db()
    assert (article.state, article.withdrawn_reason) == ("withdrawn", "A source took back what it said.")
    assert history_of(article)[-1].endswith("Withdrawn: A source took back what it said.")


def test_withdrawing_without_a_reason_is_refused(client, editor, article):
    article.publish()
    response = post(client, change_url(article), "_withdraw", withdraw_reason=" ")
    article.refresh_from_db()
    assert article.state == "live"
    assert "Please say why" in messages(response)[0]


def test_what_could_not_be_published_any_more_can_still_be_withdrawn(client, editor, article):
    article.publish()
    Byline.objects.all().delete()
    post(client, change_url(article), "_withdraw", withdraw_reason="It was wrong.")
    article.refresh_from_db()
    assert article.state == "withdrawn"


def test_what_is_published_again_stands_where_it_stood(client, editor, article):
    at = timezone.now() - timedelta(days=40)
    article.publish(at=at)
    article.withdraw("It was wrong.")
    post(client, change_url(article), "_publish")
    article.refresh_from_db()
    assert (article.state, article.withdrawn_reason) == ("live", "")
    assert abs(article.published_at - at) < timedelta(minutes=1)


def test_each_state_offers_its_own_verbs(client, editor, article):
    offered = {"draft": buttons(client, article)}
    article.publish(at=timezone.now() + timedelta(days=1))
    offered["scheduled"] = buttons(client, article)
    article.publish()
    offered["live"] = buttons(client, article)
    article.withdraw("It was wrong.")
    offered["withdrawn"] = buttons(client, article)
    assert offered == {
        "draft": ["_publish", "_schedule"],
        "scheduled": ["_publish", "_schedule", "_unpublish"],
        "live": ["_withdraw"],
        "withdrawn": ["_publish"],
    }


def test_a_verb_that_the_state_does_not_have_is_refused_and_the_text_saved(client, editor, article):
    at = timezone.now() - timedelta(days=9)
    article.publish(at=at)
    response = post(client, change_url(article), "_publish", headline="A dike")
    article.refresh_from_db()
    assert (article.published_at, article.headline) == (at, "A dike")
    assert "It is live already." in messages(response)[0]


def test_the_bar_says_what_is_missing(client, editor, article):
    article.topic = None
    article.save()
    html = client.get(change_url(article)).content.decode()
    assert "<li>No topic is chosen.</li>" in html
    assert "1 missing" in html


def test_the_bar_of_a_refused_form_says_what_the_form_lacks(client, editor, article):
    response = post(client, change_url(article), headline="", standfirst="")
    assert response.context["missing"] == ["The standfirst is missing."]


# --- what readers have ----------------------------------------------------------------------------------------------
def test_a_live_article_that_would_lack_something_is_not_saved_and_the_text_stays(client, editor, article):
    article.publish()
    response = post(client, change_url(article), standfirst="", body="<p>Newly written.</p>")
    assert errors(response) == ["The standfirst is missing."]
    assert response.context["adminform"].form["body"].value() == "<p>Newly written.</p>"
    article.refresh_from_db()
    assert (article.standfirst, article.body) == ("Who pays.", "<p>Text.</p>")


def test_a_scheduled_article_that_would_lack_something_is_not_saved(client, editor, article):
    article.publish(at=timezone.now() + timedelta(days=1))
    assert errors(post(client, change_url(article), topic="")) == ["No topic is chosen."]


def test_the_last_writer_of_a_live_article_is_not_removed(client, editor, article):
    article.publish()
    response = post(client, change_url(article), **{"bylines-0-DELETE": "on"})
    assert errors(response) == ["The byline names nobody."]
    assert article.bylines.count() == 1


def test_a_withdrawn_article_keeps_what_it_was(client, editor, article):
    article.publish()
    article.withdraw("It was wrong.")
    response = post(client, change_url(article), body="")
    assert errors(response) == ["What was published keeps a headline, a standfirst, a text and a topic."]


def test_a_small_repair_does_not_move_the_date_of_the_update(client, editor, article):
    article.publish(at=timezone.now() - timedelta(days=9))
    post(client, change_url(article), headline="A dike")
    article.refresh_from_db()
    assert (article.headline, article.updated_at) == ("A dike", None)


def test_a_change_of_substance_moves_the_date_of_the_update(client, editor, article):
    at = timezone.now() - timedelta(days=9)
    article.publish(at=at)
    post(client, change_url(article), headline="A dike", change="substance")
    article.refresh_from_db()
    assert (article.published_at, article.is_updated) == (at, True)
    assert history_of(article)[-1] == "Changed Headline. Readers are told of the update."


def test_a_draft_has_no_date_of_update(client, editor, article):
    post(client, change_url(article), change="substance")
    article.refresh_from_db()
    assert article.updated_at is None


def test_the_date_of_a_live_article_is_corrected_by_saving(client, editor, article):
    article.publish()
    article.mark_updated()
    updated_at = article.updated_at
    post(client, change_url(article), publish_at="2022-01-04T12:00")
    article.refresh_from_db()
    assert (article.published_at, article.updated_at) == (datetime(2022, 1, 4, 12, tzinfo=UTC), updated_at)


def test_a_date_that_is_not_touched_keeps_its_seconds(client, editor, article):
    at = datetime(2022, 1, 4, 12, 30, 45, tzinfo=UTC)
    article.publish(at=at)
    post(client, change_url(article), headline="A dike")
    article.refresh_from_db()
    assert article.published_at == at


@pytest.mark.parametrize("at", ["", "2099-01-01T08:00"])
def test_a_live_article_is_not_taken_from_readers_by_its_date(client, editor, article, at):
    article.publish()
    response = post(client, change_url(article), publish_at=at)
    article.refresh_from_db()
    assert article.state == "live"
    assert "Withdraw it instead" in errors(response)[0]


@pytest.mark.parametrize("at", ["", "2001-01-01T08:00"])
def test_a_scheduled_article_is_not_published_by_its_date_alone(client, editor, article, at):
    article.publish(at=timezone.now() + timedelta(days=1))
    response = post(client, change_url(article), publish_at=at)
    article.refresh_from_db()
    assert article.state == "scheduled"
    assert "Publish now" in errors(response)[0]


def test_the_time_of_a_scheduled_article_is_changed_by_saving(client, editor, article):
    article.publish(at=timezone.now() + timedelta(days=1))
    post(client, change_url(article), publish_at="2099-01-01T08:00")
    article.refresh_from_db()
    assert article.published_at == datetime(2099, 1, 1, 8, tzinfo=UTC)


def test_only_a_live_article_links_to_the_site_and_each_to_its_preview(client, editor, article):
    preview = reverse("articles:preview", args=[article.pk])
    draft = client.get(change_url(article)).content.decode()
    assert (preview in draft, f'href="{article.get_absolute_url()}"' in draft) == (True, False)
    article.publish()
    live = client.get(change_url(article)).content.decode()
    assert (preview in live, f'href="{article.get_absolute_url()}"' in live) == (True, True)


def test_a_time_that_the_clock_skips_is_refused_with_the_text_kept(client, editor, article, settings):
    settings.TIME_ZONE = "Europe/Madrid"
    response = post(
        client, change_url(article), "_schedule", publish_at="2099-03-29T02:30", headline="A dike"
    )
    assert response.context["adminform"].form["headline"].value() == "A dike"
    assert len(response.context["adminform"].form.errors["publish_at"]) == 1


def test_the_unsaved_form_is_told_what_it_lacks(client, editor, article):
    url = reverse("admin:articles_article_check", args=[article.pk])
    data = fields(client, change_url(article)) | {"topic": "", "bylines-0-DELETE": "on"}
    assert client.post(url, data).json() == {"missing": ["No topic is chosen.", "The byline names nobody."]}
