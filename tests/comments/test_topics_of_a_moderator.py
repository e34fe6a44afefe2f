"""A moderator who is kept to some topics: no page, mail or action tells of the others or reaches them."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Topic
from comments import emails, moderation, numbers, ranking
from comments.fairness import Appeal
from comments.models import Comment, Commenter, Decision, Hold, Mail, TopicScope
from comments.numbers import DayCount, TopicDayCount

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(client, staff):
    """Kept to rivers, and logged in."""
    user = staff("kept")
    rivers = Topic.objects.create(name="Rivers", slug="rivers")
    TopicScope.objects.create(user=user, topic=rivers)
    client.force_login(user)
    return user


@pytest.fixture
def inside(kept, make_article, make_comment):
    on_rivers = make_article("The dam", topic=Topic.objects.get(slug="rivers"))
    return make_comment("The dam is old.", name="Ada Inside", article=on_rivers, status="held")


@pytest.fixture
def outside(make_comment):
    return make_comment("The tide is late.", name="Bo Outside", status="held")


def test_the_admins_lists_hold_what_is_of_these_topics(client, inside, outside):
    Mail.objects.create(kind="decided", to="bo.outside@example.org", comment=outside, key="one")
    Mail.objects.create(kind="decided", to="ada.inside@example.org", comment=inside, key="two")
    for of, mine, others in (
        ("comment", inside.pk, outside.pk),
        ("commenter", inside.commenter_id, outside.commenter_id),
    ):
        page = client.get(f"/admin/comments/{of}/").text
        assert "Ada Inside" in page and "Bo Outside" not in page
        assert client.get(f"/admin/comments/{of}/{mine}/change/").status_code == 200
        assert (
            client.get(f"/admin/comments/{of}/{others}/change/").status_code == 302
        )  # as for what is not there
    page = client.get("/admin/comments/mail/").text
    assert "ada.inside@example.org" in page and "bo.outside@example.org" not in page


def test_the_admin_of_persons_changes_nobody_who_wrote_elsewhere_only(client, inside, outside):
    client.post(
        f"/admin/comments/commenter/{outside.commenter_id}/change/", {"name": "Renamed", "standing": "banned"}
    )
    assert Commenter.objects.get(pk=outside.commenter_id).standing == "normal"


@pytest.mark.threat("T5")
def test_a_person_who_wrote_elsewhere_only_is_not_there(client, inside, outside, staff):
    address = f"/moderation/persons/{outside.commenter_id}/"
    warning = moderation.sanction(outside.commenter, "warn", staff("other"), words="Please keep to the tide.")
    asked = [client.get(address)] + [
        client.post(address, {"do": do, "kind": "ban", "text": "A note", "since": "2020-01-01T00:00"})
        for do in ("sanction", "lift", "note", "count", "since")
    ]
    assert {answer.status_code for answer in asked} == {404}
    assert client.post("/moderation/", {"undo": warning.pk}).status_code == 403
    assert list(Decision.objects.all()) == [warning]
    assert client.get(f"/moderation/persons/{inside.commenter_id}/").status_code == 200


def test_a_persons_page_tells_of_their_comments_in_these_topics(client, inside, make_comment, staff):
    elsewhere = make_comment("I know where you live.", name="Ada Inside", status="held")
    moderation.reject(elsewhere, staff("other"), "abuse", note="Not here, ever.")
    page = client.get(f"/moderation/persons/{inside.commenter_id}/").text
    assert "Held for a moderator: 1" in page
    assert "Rejected: 1" not in page and "Not here, ever." not in page
    assert f"/moderation/comments/{elsewhere.pk}/" not in page


def test_filters_offer_and_name_nothing_else(client, inside, outside, make_article):
    make_article("Not said yet", published_at=None)
    page = client.get("/moderation/?queue=all").text
    assert "Rivers</option>" in page and "Seas</option>" not in page
    for query in (f"article={outside.article_id}", f"person={outside.commenter_id}"):
        page = client.get(f"/moderation/?queue=all&{query}").text
        assert outside.article.headline not in page and "Bo Outside" not in page
    page = client.get(f"/moderation/?queue=all&person={inside.commenter_id}").text
    assert "Only by <bdi>Ada Inside</bdi>" in page


@pytest.fixture
def decided(inside, outside, make_comment, staff, time_machine):
    """Of rivers: one waits, one was approved after five minutes. Of the rest: one waits, two were rejected after 69,
    and one of these was appealed against."""
    free, now = staff("free"), timezone.now()
    of_rivers = make_comment("The weir.", article=inside.article, status="held", submit_date=now)
    of_seas = [make_comment(f"The ebb {n}.", status="held", submit_date=now) for n in range(2)]
    for comment, rule in ((of_rivers, "links"), (of_seas[0], "capitals"), (of_seas[1], "capitals")):
        Hold.objects.create(comment=comment, rule=rule, at=now)
    time_machine.move_to(now + timedelta(seconds=256))
    moderation.approve(of_rivers, free)
    time_machine.move_to(now + timedelta(seconds=4096))
    for comment in of_seas:
        moderation.reject(comment, free, "abuse")
    Appeal.file(of_seas[0], "Why?").reopen(by=staff("third"))
    numbers.rebuild()
    return free


def figures_on(page):
    return dict(re.findall(r'data-number="(\w+)">([^<]*)<', page))


@pytest.mark.parametrize("period", ["day", "week", "season"])
def test_the_numbers_are_those_of_these_topics(client, kept, decided, period):
    client.force_login(kept)
    page = client.get(f"/moderation/numbers/?period={period}").text
    assert figures_on(page) == {
        "waiting": "1", "decided": "1", "median": "5 minutes", "approved": "100 %", "reopened": "0",
    }  # fmt: skip
    assert "of 2 received" in page and "of 0 decided" in page
    assert "All of it is counted in your topics." in page
    described = dict(re.findall(r'<desc id="chart-(\w+)-desc">([^<]*)</desc>', page))
    assert described["decisions"].startswith("1 approved, 0 rejected, 0 spam.")
    assert "capitals" not in page and "It attacks or insults someone" not in page

    client.force_login(decided)
    page = client.get(f"/moderation/numbers/?period={period}").text
    assert figures_on(page) == {
        "waiting": "2", "decided": "4", "median": "69 minutes", "approved": "50 %", "reopened": "1",
    }  # fmt: skip
    assert "of 5 received" in page and "your topics" not in page


def test_of_two_topics_the_numbers_are_added(client, kept, decided):
    TopicScope.objects.create(user=kept, topic=Topic.objects.get(slug="seas"))
    client.force_login(kept)
    page = client.get("/moderation/numbers/").text
    assert figures_on(page)["decided"] == "4" and "of 5 received" in page


def test_numbers_counted_before_topics_were_are_counted_again_for_a_season(decided, time_machine):
    TopicDayCount.objects.all().delete()
    of_all = list(DayCount.objects.values_list("day", "what", "key", "count"))
    time_machine.move_to(timezone.now() + timedelta(days=80))
    numbers.count_lately()
    of_rivers = TopicDayCount.objects.filter(topic__slug="rivers", what="decided")
    assert list(of_rivers.values_list("key", "count")) == [("visible", 1)]
    assert list(DayCount.objects.values_list("day", "what", "key", "count")) == of_all
    time_machine.move_to(timezone.now() + timedelta(days=20))
    numbers.count_lately()
    assert not TopicDayCount.objects.exists()  # nobody is told of them any more
    assert list(DayCount.objects.values_list("day", "what", "key", "count")) == of_all


@pytest.mark.parametrize("period", ["day", "season"])
def test_the_numbers_of_topics_cost_the_same_however_many(
    client, kept, decided, make_article, make_comment, period
):
    client.force_login(kept)
    address = f"/moderation/numbers/?period={period}"
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for n in range(3):
        topic = Topic.objects.create(name=f"Lakes {n}", slug=f"lakes-{n}")
        TopicScope.objects.create(user=kept, topic=topic)
        comment = make_comment(
            f"The shore {n}.", article=make_article(f"Lake {n}", topic=topic), status="held"
        )
        moderation.reject(comment, decided, "abuse")
    numbers.rebuild()
    with CaptureQueriesContext(connection) as four:
        page = client.get(address).text
    assert figures_on(page)["decided"] == "4" and len(four) == len(one)


@pytest.fixture
def a_monday(time_machine):
    time_machine.move_to("2026-11-23T12:00:00Z")


def test_the_digest_on_mondays_has_the_numbers_of_these_topics(a_monday, decided, time_machine):
    time_machine.move_to("2026-11-30T12:00:00Z")  # the next one
    numbers.count_lately()
    emails.ask_for_digest()
    emails.send_due()
    weeks = {m.to[0]: m.body.partition("The last week")[2].partition(".")[0] for m in mail.outbox}
    assert (
        weeks["kept@example.org"]
        == ": 2 received, 1 decided, 100 % of them approved, the median time to a decision 5 minutes"
    )
    assert weeks["free@example.org"].startswith(": 5 received, 4 decided, 50 % of them approved")


def test_the_digest_counts_what_waits_in_these_topics(kept, inside, outside, make_comment, staff):
    staff("free")
    call_command("worker", "--once")
    assert {m.to[0]: m.body.partition(",")[0] for m in mail.outbox} == {
        "kept@example.org": "1 comment waits",
        "free@example.org": "2 comments wait",
    }


def test_nothing_waits_in_these_topics_and_no_digest_says_so(kept, outside, time_machine):
    time_machine.move_to("2026-11-24T12:00:00Z")  # a Tuesday
    call_command("worker", "--once")
    assert mail.outbox == []


def test_whoever_may_not_decide_any_more_gets_no_digest(staff, outside):
    gone, moved = staff("gone"), staff("moved")
    emails.ask_for_digest()
    gone.is_active = False
    gone.save()
    moved.groups.clear()
    emails.send_due()
    assert mail.outbox == []
    assert Mail.objects.filter(kind="digest", sent_at=None, dropped_at__isnull=False).count() == 2
    assert Comment.objects.held().exists()


def test_an_editor_kept_to_some_topics_tries_words_on_the_comments_of_those(client, staff, make_article):
    editor = staff("ed", group="Editors")
    rivers = Topic.objects.create(name="Rivers", slug="rivers")
    TopicScope.objects.create(user=editor, topic=rivers)
    for article, name in (
        (make_article("The dam", topic=rivers), "Ada Inside"),
        (make_article(), "Bo Outside"),
    ):
        Comment.objects.create(article=article, comment="A turbine.", user_name=name, status="held")
    client.force_login(editor)
    page = client.post("/admin/comments/policy/try/", {"banned_words": "turbine"})
    assert [comment.user_name for comment, _, _ in page.context["found"]] == ["Ada Inside"]


def test_the_ranking_is_switched_by_who_decides_on_all_topics(client, kept, staff):
    for user, status, is_on in ((kept, 403, True), (staff("free"), 302, False)):
        client.force_login(user)
        assert ("Switch it off" in client.get("/moderation/ranking/").text) == (status == 302)
        assert client.post("/moderation/ranking/switch/", {"on": "0"}).status_code == status
        assert ranking.state().is_on == is_on


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_each_action_on_what_is_of_other_topics_answers_404(client, inside, outside, staff, accept):
    shown = moderation.reject(outside, staff("other"), "abuse")
    acts = ("approve", "reject", "spam", "feature", "unfeature", "hold", "answer", "first", "seen")
    sent = [{act: outside.pk, f"reason-{outside.pk}": "abuse", f"reply-{outside.pk}": "Yes."} for act in acts]
    sent += [{"bulk": act, "pick": outside.pk} for act in ("approve", "spam")] + [{"undo": shown.pk}]
    answers = [client.post("/moderation/", data, headers={"accept": accept}) for data in sent]
    assert {answer.status_code for answer in answers} == {404}
    assert list(Decision.objects.all()) == [shown]
    both = client.post("/moderation/", {"bulk": "spam", "pick": [inside.pk, outside.pk]}, follow=True)
    assert f"Comment {outside.pk}: It is not there any more, or not yours to decide." in both.text
    assert Decision.objects.get(verb="spam").comment == inside
