"""A crowd that nobody knows stops at the brake of a conversation; who is known goes on writing."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Topic
from comments import brake, load, moderation
from comments.models import Brake, Comment, Commenter, Mail, ModeChoice, Policy, TopicScope
from tests.plans import analyze, indexes, is_covered, sorts

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T21")]
DESK = "/moderation/"
SAYS = "Very many people write here for the first time just now. Please try again in {}: your words stay in this form."


@pytest.fixture(autouse=True)
def nobody_counted_before():
    brake._counted.clear()


@pytest.fixture
def say(article):
    """`say("words", name="Voice 1")` posts as a guest of that name, or as `by`, without waiting for the clock of the form."""

    def say(words, name="Ida Berg", by=None, on=None, **more):
        email = f"{name.lower().replace(' ', '.')}@example.org"
        data = {"name": name, "email": email, "comment": words} | more
        return (by or Client()).post(f"/articles/{(on or article).slug}/comments/new/", data)

    return say


@pytest.fixture
def crowd(say):
    """`crowd(3)` are three guests whom nobody knows, each with words of their own. Returns what they were answered."""

    def crowd(number, start=0, **more):
        return [
            say(f"Words of voice {n}.", name=f"Voice {n}", **more).status_code
            for n in range(start, start + number)
        ]

    return crowd


def policy(limit=3, **more):
    Policy(**{"seconds_to_write": 0, "newcomers_in_ten_minutes": limit} | more).save()


def told(response):
    return re.sub(r"\s+", " ", response.content.decode())


def as_member(name, **fields):
    user = get_user_model().objects.create_user(
        name, f"{name}@example.org", first_name=name.title(), **fields
    )
    browser = Client()
    browser.force_login(user)
    return browser, user


# --- who is held off ----------------------------------------------------------------------------------------------
def test_above_the_limit_somebody_new_is_told_when_to_try_again_and_keeps_every_word(say, crowd):
    policy(3)
    with time_machine.travel(timezone.now() - timedelta(minutes=4)):
        assert crowd(3) == [302] * 3
    mails = Mail.objects.count()
    response = say("Mine, with <b>signs</b> & “all”.\nAnd a line.", name="Bo Lind", follow="on")
    page = told(response)
    assert (response.status_code, SAYS.format("6 minutes") in page) == (429, True)
    assert 5 * 60 < int(response["Retry-After"]) <= 6 * 60
    assert "Mine, with &lt;b&gt;signs&lt;/b&gt; &amp; “all”.\nAnd a line." in response.content.decode()
    assert 'value="Bo Lind"' in page and 'value="bo.lind@example.org"' in page
    assert re.search(r'name="follow"[^>]* checked', page)
    assert "no-store" in response["Cache-Control"]
    assert (Comment.objects.count(), Mail.objects.count()) == (3, mails)
    assert not Commenter.objects.filter(name="Bo Lind").exists()


def test_guests_who_are_to_confirm_by_mail_are_counted_when_they_have_sent_it(crowd):
    policy(3)
    assert crowd(5) == [302] * 3 + [429] * 2
    assert set(Comment.objects.values_list("status", flat=True)) == {"unconfirmed"}


def test_one_more_is_taken_when_the_oldest_is_ten_minutes_old(say, crowd):
    policy(2)
    now = timezone.now()
    for minutes in (9, 5):
        with time_machine.travel(now - timedelta(minutes=minutes)):
            crowd(1, start=minutes)
    with time_machine.travel(now, tick=False):
        assert crowd(1) == [429]
    with time_machine.travel(now + timedelta(minutes=1, seconds=1)):
        assert crowd(2, start=20) == [302, 429]


def test_the_default_is_one_that_the_first_sixty_new_persons_do_not_reach(say, article):
    Policy(seconds_to_write=0).save()
    for n in range(59):
        Comment.objects.create(
            article=article, comment=f"{n}", user_name="V", status="held", newcomer_at=timezone.now()
        )
    assert [say("The sixtieth.").status_code, say("The next.", name="Bo").status_code] == [302, 429]


def test_none_is_held_off_where_the_limit_is_zero_or_the_rule_is_off(crowd):
    policy(0)
    assert crowd(4) == [302] * 4
    policy(2, switched_off=["rate_of_newcomers"])
    assert crowd(3, start=4) == [302] * 3
    policy(2)  # what came while it was off is counted
    assert crowd(1, start=7) == [429]


def test_another_conversation_is_open_meanwhile(crowd, make_article):
    policy(2)
    assert crowd(3) == [302, 302, 429]
    assert crowd(1, start=3, on=make_article("Elsewhere")) == [302]


@pytest.mark.parametrize("status", sorted(Comment.Status.values))
def test_whatever_became_of_a_comment_it_is_counted(crowd, status):
    policy(2)
    crowd(2)
    Comment.objects.update(status=status, fingerprint=None)
    assert crowd(1, start=2) == [429]


def test_what_a_moderator_approves_makes_room(crowd, staff):
    policy(2, who_may_post="everyone")
    mo = staff("mo")
    crowd(2)
    first, second = Comment.objects.order_by("pk")
    moderation.reject(second, mo, "abuse")
    assert crowd(1, start=2) == [429]
    moderation.approve(first, mo)
    assert crowd(2, start=3) == [302, 429]


# --- who is not ---------------------------------------------------------------------------------------------------
def test_known_readers_trusted_ones_and_staff_are_not_held_off(say, crowd, make_comment, staff, article):
    policy(2)
    mo = staff("mo")
    (reader, user), (trusted, other) = as_member("ria"), as_member("tom")
    ria = Commenter.objects.create(user=user, email=user.email)
    moderation.approve(make_comment("Earlier.", commenter=ria, user=user, status="held"), mo)
    Commenter.objects.create(user=other, email=other.email, standing="trusted")
    guest = Commenter.objects.create(email="gus.holm@example.org")  # confirms by mail, as ever
    moderation.approve(make_comment("Of mine.", commenter=guest, status="held"), mo)
    at_desk = Client()
    at_desk.force_login(mo)
    crowd(2)
    assert crowd(1, start=2) == [429]
    known = [("Ria", reader), ("Tom", trusted), ("Gus Holm", None), ("Mo", at_desk)]
    assert [say(f"Known, {name}.", name=name, by=by).status_code for name, by in known] == [302] * 4
    assert crowd(1, start=3) == [429]


def test_an_answer_from_the_desk_is_shown_as_ever(crowd, staff, make_comment):
    policy(2)
    crowd(3)
    mo = staff("mo")
    moderation.answer(make_comment("A question.", status="held"), mo, "An answer.")
    assert Comment.objects.get(comment="An answer.").status == "visible"


def test_who_claims_the_address_of_somebody_known_without_a_proof_is_new(say, crowd, make_comment, staff):
    policy(2, who_may_post="everyone")
    gus = Commenter.objects.create(email="gus.holm@example.org", standing="trusted")
    moderation.approve(make_comment("Of mine.", commenter=gus, status="held"), staff("mo"))
    crowd(2)
    assert say("Not Gus.", name="Gus Holm").status_code == 429


def test_where_nothing_is_held_the_first_words_of_a_crowd_make_nobody_known(say):
    policy(2, mode="open")
    crowd = [as_member(f"voice{n}")[0] for n in range(2)]
    assert [say(f"First, {n}.", by=by).status_code for n, by in enumerate(crowd)] == [302] * 2
    assert set(Comment.objects.values_list("status", flat=True)) == {"visible"}
    assert [say(f"Second, {n}.", by=by).status_code for n, by in enumerate(crowd)] == [429] * 2
    with time_machine.travel(timezone.now() + timedelta(hours=25)):  # they stood for a day
        answers = [say(f"Third {m}, {n}.", by=by).status_code for m in range(2) for n, by in enumerate(crowd)]
        assert answers == [302] * 4


def test_a_second_click_on_the_last_that_is_taken_leads_to_it(say):
    policy(1)
    first, second = say("Only once."), say("Only once.")
    assert (first.status_code, second.status_code, Comment.objects.count()) == (302, 302, 1)
    assert "?sent=" in second["Location"] and not Brake.objects.exists()


def test_a_second_click_at_a_persons_own_limit_leads_to_the_comment_as_well(say):
    policy(0, a_person_an_hour=1)
    assert [say("Only once.").status_code, say("Only once.").status_code] == [302, 302]
    assert (say("Another.").status_code, Comment.objects.count()) == (429, 1)


def test_a_comment_is_mended_meanwhile_and_seen_before_it_is_sent(say, crowd, client):
    policy(1)
    sent = say("With a misteak.", by=client)
    mark = re.search(r"sent=([^&]+)", sent["Location"])[1]
    comment = Comment.objects.get()
    client.post(f"/comments/{comment.pk}/edit/", {"comment": "With a mistake.", "mark": mark})
    comment.refresh_from_db()
    assert comment.comment == "With a mistake."
    assert say("Seen first.", name="Bo", preview="1").status_code == 200


# --- a number of its own ------------------------------------------------------------------------------------------
def test_an_article_and_a_topic_may_have_a_limit_of_their_own(crowd, article, make_article):
    policy(1, mode="open")
    other = make_article("Another of the topic")
    ModeChoice.objects.create(topic=article.topic, mode="cautious", newcomers_in_ten_minutes=3)
    assert crowd(4, on=other) == [302] * 3 + [429]
    own = ModeChoice.objects.create(article=article, mode="cautious", newcomers_in_ten_minutes=2)
    assert crowd(3, start=10) == [302] * 2 + [429]
    ModeChoice.objects.filter(pk=own.pk).update(newcomers_in_ten_minutes=None)  # then that of the topic
    assert crowd(2, start=20) == [302, 429]
    ModeChoice.objects.filter(pk=own.pk).update(newcomers_in_ten_minutes=0)
    assert crowd(2, start=30) == [302] * 2


def test_an_editor_sets_it_in_the_admin_and_a_moderator_reads_it(client, article, staff):
    policy(3)
    client.force_login(staff("edith", "Editors"))
    page = client.get("/admin/comments/policy/1/change/")
    assert "are told to try again some minutes later" in page.content.decode()
    data = {k: v for k, v in page.context["adminform"].form.initial.items() if v is not None}
    client.post("/admin/comments/policy/1/change/", data | {"newcomers_in_ten_minutes": 7})
    assert Policy.current().newcomers_in_ten_minutes == 7
    page = client.get(f"/admin/comments/modechoice/add/?article={article.pk}&mode=cautious")
    assert page.context["adminform"].form.initial == {"article": str(article.pk), "mode": "cautious"}
    client.post(
        "/admin/comments/modechoice/add/",
        {"article": article.pk, "mode": "cautious", "newcomers_in_ten_minutes": 0},
    )
    assert ModeChoice.objects.get().newcomers_in_ten_minutes == 0


# --- what the desk sees -------------------------------------------------------------------------------------------
def notices(browser, address=DESK):
    page = told(browser.get(address))
    found = re.findall(r'<li data-brake="(\d+)">(.*?)</li>', page)
    return {int(pk): re.sub(r"<[^>]*>", "", words).strip() for pk, words in found}


def test_the_desk_says_where_new_persons_are_held_off_since_when_and_how_many(
    crowd, staff, article, time_machine
):
    time_machine.move_to("2026-11-30T12:04:00Z", tick=False)
    type(article).objects.update(published_at=timezone.now() - timedelta(hours=1))
    policy(2)
    mo = Client()
    mo.force_login(staff("mo"))
    crowd(2)
    assert notices(mo) == {}
    crowd(1, start=2)
    brake._counted.clear()  # a second later
    crowd(1, start=3)
    local = timezone.localtime().strftime("%-d %B, %H:%M")
    says = (
        f"Under {article.headline} since {local}: 2 turned away or a few more, at a limit of 2 in ten minutes."
        f" What waits there: {article.headline}"
    )
    assert notices(mo) == {article.pk: says}
    assert notices(mo, f"{DESK}?queue=new") == {article.pk: says}
    time_machine.move_to("2026-11-30T12:14:01Z", tick=False)  # the brake lets somebody in
    assert notices(mo) == {}
    time_machine.move_to("2026-11-30T12:30:00Z", tick=False)
    brake._counted.clear()
    crowd(3, start=10)  # another time
    local = timezone.localtime().strftime("%-d %B, %H:%M")
    assert notices(mo)[article.pk].startswith(f"Under {article.headline} since {local}: 1 turned away")


def test_an_editor_is_led_to_the_limit_of_the_article_and_lifting_it_ends_the_notice(crowd, staff, article):
    policy(2, mode="open", who_may_post="everyone")
    crowd(3)
    edith = Client()
    edith.force_login(staff("edith", "Editors"))
    add = f"/admin/comments/modechoice/add/?article={article.pk}&amp;mode=open"
    assert f'href="{add}"' in told(edith.get(DESK))
    own = ModeChoice.objects.create(article=article, mode="open", newcomers_in_ten_minutes=1)
    assert f'href="/admin/comments/modechoice/{own.pk}/change/"' in told(edith.get(DESK))
    ModeChoice.objects.update(newcomers_in_ten_minutes=0)
    assert notices(edith) == {}
    ModeChoice.objects.all().delete()
    assert list(notices(edith)) == [article.pk]
    moderation.approve(Comment.objects.order_by("pk")[0], get_user_model().objects.get(username="edith"))
    assert notices(edith) == {}  # what is approved makes room


def test_a_moderator_of_a_topic_is_told_of_its_articles_alone(crowd, staff, article, make_article):
    policy(1)
    other = make_article("Elsewhere", topic=Topic.objects.create(name="Hills", slug="hills"))
    crowd(2), crowd(2, start=2, on=other)
    kept = staff("kept")
    TopicScope.objects.create(user=kept, topic=other.topic)
    browsers = {name: Client() for name in ("kept", "mo")}
    browsers["kept"].force_login(kept)
    browsers["mo"].force_login(staff("mo"))
    assert {name: set(notices(browser)) for name, browser in browsers.items()} == {
        "kept": {other.pk}, "mo": {article.pk, other.pk},
    }  # fmt: skip


def test_the_notice_costs_the_same_for_one_article_and_for_four(crowd, staff, make_article):
    policy(1)
    mo = Client()
    mo.force_login(staff("mo"))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            number = len(notices(mo))
        return number, len(queries)

    crowd(2)
    cost()
    one = cost()
    for n in range(3):
        crowd(2, start=10 * n + 10, on=make_article(f"Another {n}"))
    assert (one[0], cost()) == (1, (4, one[1]))


# --- what it costs ------------------------------------------------------------------------------------------------
def test_a_flood_that_is_turned_away_writes_once_in_a_while_and_no_more(crowd, monkeypatch):
    policy(1)
    monkeypatch.setattr(brake, "WRITTEN_EVERY", 3600)
    crowd(2)
    with CaptureQueriesContext(connection) as queries:
        assert crowd(5, start=2) == [429] * 5
    written = [q["sql"] for q in queries if re.match(r"INSERT|UPDATE|DELETE", q["sql"])]
    assert (written, Brake.objects.get().turned_away) == ([], 1)
    monkeypatch.setattr(brake, "WRITTEN_EVERY", 0)  # then all that were counted
    crowd(1, start=7)
    assert Brake.objects.get().turned_away == 7


def test_a_comment_costs_the_same_queries_among_few_and_among_many(say, crowd):
    policy(0, a_network_an_hour=0, an_address_an_hour=0)

    def cost(number, limit):
        Policy.objects.update(newcomers_in_ten_minutes=limit)
        with CaptureQueriesContext(connection) as queries:
            status = crowd(1, start=number)
        return status, len(queries)

    crowd(2)
    few = [cost(2, 1000), cost(3, 1)]
    crowd(30, start=10)
    brake._counted.clear()
    Brake.objects.all().delete()
    assert ([cost(50, 1000), cost(51, 1)], [status for status, _ in few]) == (few, [[302], [429]])


def test_the_brake_is_read_from_an_index_alone(article, make_article):
    writer = load.Writer(1, texts=20)
    for each in (article, *(make_article(f"Another {n}") for n in range(3))):
        writer.conversation(each.pk, 150)
    writer.finish()
    new = list(Comment.objects.values_list("pk", flat=True)[::3])
    Comment.objects.filter(pk__in=new).update(newcomer_at=timezone.now() - timedelta(minutes=1))
    for learnt in (False, True):
        if learnt or connection.vendor == "postgresql":
            analyze(by_order=True)
        with CaptureQueriesContext(connection) as queries:
            assert brake.holds_until(article, 20)
        (sql,) = [query["sql"] for query in queries]
        assert indexes(sql, "comments_comment") == ["comment_newcomers"]
        assert not sorts(sql)
        if connection.vendor == "sqlite":  # the other looks which rows are there still
            assert is_covered(sql, "comments_comment")
