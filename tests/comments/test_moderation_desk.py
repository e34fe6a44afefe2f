"""The moderation desk: its queues, its decisions, undo, scope, and who may not."""

import re
from datetime import timedelta
from html import unescape
from importlib import import_module
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from articles.models import Article, Topic
from comments import moderation, rules, similar
from comments.accounts import everything_written_by
from comments.models import (
    Claim,
    Comment,
    Commenter,
    Decision,
    Hold,
    Mail,
    NeverRewritten,
    Policy,
    RejectionReason,
    Report,
    Sanction,
    SavedSearch,
    TopicScope,
)  # fmt: skip

DESK = "/moderation/"


@pytest.fixture
def moderator(groups):
    user = User.objects.create_user("mo", "mo@example.org", "a long password", is_staff=True, first_name="Mo")
    user.groups.add(Group.objects.get(name="Moderators"))
    return user


@pytest.fixture
def at_desk(client, moderator):
    client.force_login(moderator)
    return client


def held(make_comment, words="A question about the tide.", **fields):
    comment = make_comment(words, status="held", **fields)
    Hold.objects.create(comment=comment, rule="links", words=["tide"], value=2, limit=2)
    return comment


def in_queue(client, query=""):
    page = client.get(DESK + query)
    assert page.status_code == 200
    return [card.comment for card in page.context["cards"]]


def statuses():
    return dict(Comment.objects.values_list("pk", "status"))


def test_each_queue_holds_its_own(at_desk, make_comment):
    waits = held(make_comment)
    new = make_comment("Nobody looked at this.")
    reported = make_comment("Reported.", seen_at=timezone.now())
    Report.file(reported, "abuse", browser="b", network="n")
    spam = make_comment("Buy.", status="spam")
    make_comment("Not confirmed.", status="unconfirmed")
    assert in_queue(at_desk) == in_queue(at_desk, "?queue=held") == [waits]
    assert in_queue(at_desk, "?queue=new") == [new]
    assert in_queue(at_desk, "?queue=reported") == [reported]
    assert in_queue(at_desk, "?queue=spam") == [spam]
    assert moderation_counts(at_desk) == {"held": 1, "reported": 1, "new": 1, "likely": 0}
    at_desk.post(DESK, {"reject": waits.pk, f"reason-{waits.pk}": "abuse"})
    assert in_queue(at_desk, "?queue=decided") == [waits]


def moderation_counts(client):
    return {name: n for name, _, n, _ in client.get(DESK).context["queues"] if n is not None}


def test_filters_narrow_and_nonsense_narrows_nothing(at_desk, make_comment, make_article):
    here = held(make_comment, name="Ida Berg")
    other_topic = Topic.objects.create(name="Rivers", slug="rivers")
    there = held(make_comment, name="Olu Adeyemi", article=make_article("The dam", topic=other_topic))
    assert in_queue(at_desk, f"?topic={other_topic.pk}") == [there]
    assert in_queue(at_desk, f"?article={here.article_id}") == [here]
    assert in_queue(at_desk, f"?person={here.commenter_id}") == [here]
    assert in_queue(at_desk, "?rule=links") == [here, there]
    assert in_queue(at_desk, "?rule=capitals") == []
    assert in_queue(at_desk, "?order=newest") == [there, here]
    assert in_queue(at_desk, "?since=2100-01-01") == []
    for nonsense in ("?topic=x", "?page=0", "?queue=%00", "?person=99999999999999999999", "?since=tomorrow"):
        assert in_queue(at_desk, nonsense) == [here, there]


def test_rough_words_are_mixed_with_others_where_no_order_by_time_was_chosen(at_desk, make_comment):
    comments = [held(make_comment, f"Number {n}.") for n in range(6)]
    for comment in comments[:5]:
        Hold.objects.create(comment=comment, rule="suspect_words")
    assert in_queue(at_desk) == [*comments[:3], comments[5], *comments[3:5]]
    assert in_queue(at_desk, "?order=oldest") == comments
    assert in_queue(at_desk, "?order=newest") == comments[::-1]


def test_a_card_leads_to_all_comments_on_its_article_and_a_queue_says_by_what_it_is_narrowed(
    at_desk, make_comment, make_article
):
    comment = held(make_comment, article=make_article("The dam"))
    held(make_comment, "Elsewhere.", name="Olu Adeyemi")
    narrowed = f"?queue=all&article={comment.article_id}"
    assert f'href="{DESK}{narrowed.replace("&", "&amp;")}"' in at_desk.get(DESK).text
    assert in_queue(at_desk, narrowed) == [comment]
    assert "Only on <bdi>The dam</bdi>." in at_desk.get(DESK + narrowed).text
    by = at_desk.get(f"{DESK}?queue=all&person={comment.commenter_id}").text
    assert "Only by <bdi>Ida Berg</bdi>." in by
    nothing = at_desk.get(f"{DESK}?queue=spam&article={comment.article_id}").text
    assert "Nothing here is as you asked." in nothing and "Nothing waits here." not in nothing


def test_what_is_looked_for_in_a_queue_is_found_among_all_comments_and_in_another_queue(
    at_desk, make_comment, make_article
):
    found = make_comment(
        "The table of the tide is wrong.", status="rejected", article=make_article("The dam")
    )
    held(make_comment, "Nothing of it.")
    page = at_desk.get(f"{DESK}?queue=held&q=table&article={found.article_id}&page=1")
    assert page.context["cards"] == []
    links = re.findall(r'href="([^"]*)">(The same in all comments|Look in all comments)<', page.text)
    assert [words for _, words in links] == ["The same in all comments", "Look in all comments"]
    for href, _ in links:
        assert in_queue(at_desk, unescape(href)) == [found]
    page = at_desk.get(f"{DESK}?queue=all&article={found.article_id}").text
    assert '<option value="all" selected>All comments</option>' in page
    assert '<option value="held" selected>Held</option>' in at_desk.get(f"{DESK}?queue=none").text


@pytest.mark.parametrize("name", ["article", "topic", "person"])
def test_a_queue_of_what_is_gone_is_empty_and_says_so(at_desk, make_comment, name):
    held(make_comment)
    page = at_desk.get(f"{DESK}?queue=held&{name}=987654")
    assert (page.context["cards"], "What it was narrowed to is not there any more." in page.text) == (
        [],
        True,
    )
    assert at_desk.get(f"{DESK}?queue=held&{name}=987654&part=cards").context["cards"] == []


@pytest.mark.threat("T5")
@pytest.mark.parametrize("is_kept_to_a_topic", [False, True])
def test_a_queue_is_not_narrowed_to_an_article_that_its_moderator_does_not_see(
    at_desk, moderator, make_article, make_comment, is_kept_to_a_topic
):
    draft = Article.objects.create(headline="A secret draft", slug="secret", topic=make_article("Live").topic)
    if is_kept_to_a_topic:
        TopicScope.objects.create(user=moderator, topic=draft.topic)
    page = f"{DESK}?queue=all&article={draft.pk}"
    assert "A secret draft" not in at_desk.get(page).text
    make_comment("From when it was live.", article=draft)
    assert "Only on <bdi>A secret draft</bdi>." in at_desk.get(page).text


def test_a_queue_of_today_is_of_today_on_every_day(at_desk, make_comment, time_machine):
    held(make_comment, "Of Monday.")
    held(make_comment, "Of last week.", submit_date=timezone.now() - timedelta(days=6))
    held(make_comment, "Of long ago.", submit_date=timezone.now() - timedelta(days=9))
    assert len(in_queue(at_desk, "?queue=held&lately=today")) == 1
    assert len(in_queue(at_desk, "?queue=held&lately=week")) == 2
    time_machine.move_to(timezone.now() + timedelta(days=1), tick=False)
    assert in_queue(at_desk, "?queue=held&lately=today") == []
    later = held(make_comment, "Of Tuesday.")
    assert in_queue(at_desk, "?queue=held&lately=today") == [later]


def test_what_was_reported_today_is_of_today_whenever_it_was_written(at_desk, make_comment, time_machine):
    old, other = (
        make_comment(words, submit_date=timezone.now()) for words in ("Of Monday.", "Of Monday, too.")
    )
    Report.file(other, "abuse", browser="b")
    time_machine.move_to(timezone.now() + timedelta(days=2), tick=False)
    Report.file(old, "abuse", browser="b")
    assert in_queue(at_desk, "?queue=reported&lately=today") == [old]
    assert in_queue(at_desk, f"?queue=reported&until={timezone.localdate() - timedelta(days=1)}") == [other]
    assert '<label for="id_lately">Reported</label>' in at_desk.get(f"{DESK}?queue=reported").text
    assert in_queue(at_desk, "?queue=new&lately=today") == []
    assert '<label for="id_lately">Written</label>' in at_desk.get(f"{DESK}?queue=new").text


@pytest.mark.threat("T16")
def test_search_finds_whole_words_in_every_status_and_any_input_answers(at_desk, make_comment):
    spam = make_comment("Cheap lanterns, best lanterns.", status="spam")
    shown = make_comment("The LANTERN went out.", name="Zoë Ångström")
    make_comment("Nothing of it.")
    assert in_queue(at_desk, "?queue=all&q=lantern") == [shown, spam]
    assert in_queue(at_desk, "?queue=all&q=lantern+out") == [shown]
    assert in_queue(at_desk, "?queue=all&q=Zoë") == [shown]
    shown.comment = "It was a candle."
    shown.save(update_fields=["comment"])
    assert in_queue(at_desk, "?queue=all&q=candle") == [shown]
    assert in_queue(at_desk, "?queue=all&q=lantern") == [spam]
    for q in ('"', "a-b", "foo:", "*", "NEAR(", "' OR 1=1 --", "%00", "\\", "&|!", "(", "x" * 300, "🐟"):
        assert at_desk.get(DESK, {"queue": "all", "q": q}).status_code == 200


@pytest.mark.parametrize(
    "q",
    [
        "straße",
        "STRAẞE",
        "istan",
        "İstanbul",
        "ÉTÉ",
        "e\u0301te\u0301",
        "οδος",
        "日本",
        "sheets.example",
        "tim@mail.example",
        "example",
        "cheap",
        "offers.html",
        "script",
        "40",
    ],
)
def test_search_finds_words_of_any_script_and_addresses(at_desk, make_comment, q):
    found = make_comment(
        "Die Straße nach İstanbul, istanbul, été, οδος, 日本語: https://sheets.example/1, tim@mail.example,"
        " www.buy-cheap.org/offers.html?x=-40 <script>",
        status="held",
    )
    make_comment("Die Strasse nach Rom, ete, sheet, mail.", status="held")
    assert in_queue(at_desk, f"?queue=all&{urlencode({'q': q})}") == [found]


@pytest.mark.parametrize(
    ("listed", "text", "shown"),
    [
        ("amp\nlt", "AT&T & amp <b>", "<p>AT&amp;T &amp; <mark>amp</mark> &lt;b&gt;</p>"),
        ("ass", "A class of ass.", "<p>A class of <mark>ass</mark>.</p>"),
        ("straße", "Die STRASSE, die Straße", "<p>Die <mark>STRASSE</mark>, die <mark>Straße</mark></p>"),
        ("idiot", "ＩＤＩＯＴ *idiot*", "<p><mark>ＩＤＩＯＴ</mark> <em><mark>idiot</mark></em></p>"),
        ("filth", "So ﬁlthy, ﬁlth.", "<p>So ﬁlthy, <mark>ﬁlth</mark>.</p>"),
        ("q̃a", "Q̃A qa", "<p><mark>Q̃A</mark> qa</p>"),
        ("bad word", "a bad\nword", "<p>a <mark>bad</mark><br><mark>\nword</mark></p>"),
    ],
)
def test_a_word_of_a_list_is_marked_where_it_was_found(at_desk, make_comment, listed, text, shown):
    comment = make_comment(text, status="held")
    words = rules.matching_words(listed, comment.comment)
    Hold.objects.create(comment=comment, rule="suspect_words", words=words)
    assert at_desk.get(DESK).context["cards"][0].html == shown


@pytest.mark.parametrize(
    "deep", ["> " * 40 + "deep words", "> " * 10 + "deep words", "* " * 6 + "deep words"]
)
def test_words_that_are_quoted_ever_deeper_are_shown_as_they_were_typed(at_desk, make_comment, deep):
    held(make_comment, f"On top.\n\n{deep}")
    assert at_desk.get(DESK).context["cards"][0].html == f"<p>On top.</p>\n<p>{escape(deep)}</p>"


def test_a_link_and_shouting_are_marked_where_they_were_found(at_desk, make_comment):
    comment = make_comment(
        "Nooooooooo! [Here](https://sheets.example/?a=1&b=2) or [there](https://other.example/)",
        status="held",
    )
    for found in (rules.links, rules.shouting):
        draft = rules.Draft(article=comment.article, text=comment.comment, policy=Policy(links_held_from=1))
        hold = found(draft)
        Hold.objects.create(comment=comment, rule=found.__name__, words=hold.words[:1])
    html = at_desk.get(DESK).context["cards"][0].html
    assert re.findall("<mark>(.*?)</mark>", html) == ["ooooooooo", "Here"]


def test_an_approved_comment_is_seen_after_ten_seconds_and_not_at_all_when_taken_back(
    at_desk, make_comment, time_machine
):
    comment = held(make_comment)
    at_desk.post(DESK, {"approve": comment.pk, f"stamp-{comment.pk}": comment.stamp})
    event = Decision.objects.get()
    mail = Mail.objects.get(kind="decided")
    assert not Comment.objects.visible().exists()
    assert mail.due_at == event.effect_at == event.at + timedelta(seconds=10)
    time_machine.move_to(event.effect_at + timedelta(milliseconds=1), tick=False)
    assert list(Comment.objects.visible()) == [comment]

    at_desk.post(DESK, {"undo": "last"})
    assert not Comment.objects.visible().exists()
    assert not Mail.objects.exists()
    assert statuses() == {comment.pk: "held"}
    assert [(e.verb, e.was, e.became) for e in Decision.objects.all()] == [
        ("approve", "held", "visible"),
        ("undo", "visible", "held"),
    ]
    assert list(Decision.objects.standing()) == [Decision.objects.last()]


def test_taking_down_acts_at_once(at_desk, make_comment):
    comment = make_comment("A bad one.")
    at_desk.post(
        DESK, {"reject": comment.pk, f"reason-{comment.pk}": "off_topic", f"note-{comment.pk}": "Sorry."}
    )
    assert not Comment.objects.visible().exists()
    event = Decision.objects.get()
    assert (event.verb, event.reason, event.note, event.text_hash) == (
        "reject", "off_topic", "Sorry.", comment.text_hash,
    )  # fmt: skip
    assert event.get_reason_display() == "It is not about the article"


@pytest.mark.parametrize(("verb", "became", "mails"), [("spam", "spam", 0), ("approve", "visible", 50)])
def test_fifty_are_decided_and_taken_back_as_one(at_desk, make_comment, verb, became, mails):
    comments = [held(make_comment, f"Number {n} of them.") for n in range(50)]
    data = {"bulk": verb, "pick": [c.pk for c in comments]} | {f"stamp-{c.pk}": c.stamp for c in comments}
    at_desk.post(DESK, data)
    assert set(statuses().values()) == {became}
    assert Mail.objects.filter(kind="decided", due_at__gt=timezone.now()).count() == mails
    assert Decision.objects.values("batch").distinct().count() == 1
    at_desk.post(DESK, {"undo": "last"})
    assert set(statuses().values()) == {"held"}
    assert Decision.objects.filter(verb="undo").count() == 50
    assert not Mail.objects.exists()


def test_what_is_left_of_a_batch_that_was_taken_back_stands_in_nobodys_way(
    at_desk, moderator, make_comment, staff
):
    first = held(make_comment, "The first of them.")
    batch = [held(make_comment, f"Number {n} of them.") for n in range(3)]
    at_desk.post(DESK, {"spam": first.pk})
    at_desk.post(DESK, {"bulk": "spam", "pick": [c.pk for c in batch]})
    moderation.approve(batch[1], staff("other"))

    def undo():
        return at_desk.post(DESK, {"undo": "last"}, headers={"accept": "application/json"}).json()

    taken_back = undo()
    assert (taken_back["done"], list(taken_back["refused"])) == (
        [batch[0].pk, batch[2].pk], [str(batch[1].pk)],
    )  # fmt: skip
    assert undo()["done"] == [first.pk]
    assert undo()["words"] == "There is nothing to take back."
    assert statuses() == dict.fromkeys([first.pk, batch[0].pk, batch[2].pk], "held") | {
        batch[1].pk: "visible"
    }


@pytest.mark.parametrize("is_batch", [False, True])
@pytest.mark.parametrize(
    "what", ["was decided by somebody else", "was removed", "is gone", "is of another topic"]
)
def test_what_cannot_be_taken_back_is_said_and_undo_then_goes_on_to_what_was_decided_before_it(
    at_desk, moderator, make_comment, make_article, staff, what, is_batch
):
    first, after = held(make_comment, "The first."), held(make_comment, "The one after.")
    elsewhere = make_article("Elsewhere", topic=Topic.objects.create(name="Rivers", slug="rivers"))
    lost = [held(make_comment, f"Lost {n}.", article=elsewhere) for n in range(1 + is_batch)]

    def undo():
        answer = at_desk.post(DESK, {"undo": "last"}, headers={"accept": "application/json"})
        return (
            answer.status_code,
            answer.json()["words"],
            answer.json()["done"],
            list(answer.json()["refused"]),
        )

    at_desk.post(DESK, {"approve": first.pk})
    at_desk.post(DESK, {"bulk": "spam", "pick": [c.pk for c in lost]})
    ids = [str(c.pk) for c in lost]
    for comment in lost:
        comment.refresh_from_db()
        if what == "was decided by somebody else":
            moderation.approve(comment, staff(f"other {comment.pk}"))
        elif what == "was removed":
            comment.remove()
        elif what == "is gone":
            comment.delete()
    if what == "is of another topic":
        TopicScope.objects.create(user=moderator, topic=first.article.topic)
    status, words, done, refused = undo()
    assert (status, done, refused) == (200, [], [] if what == "is gone" else ids)
    assert re.fullmatch(
        rf"“Marked as spam”{r' .2 comments.' if is_batch else ''} of \d+ \w+, \d\d:\d\d is not taken back. "
        "Undo again takes back what you decided before it.",
        words,
    )
    assert undo() == (200, "Taken back.", [first.pk], [])
    at_desk.post(DESK, {"spam": after.pk})
    assert undo() == (200, "Taken back.", [after.pk], [])
    assert undo() == (200, "There is nothing to take back.", [], [])
    assert {pk: status for pk, status in statuses().items() if str(pk) not in ids} == {
        first.pk: "held", after.pk: "held",
    }  # fmt: skip


def test_undo_says_why_a_comment_does_not_come_back_and_keeps_what_was_reported_since(
    at_desk, moderator, make_comment, staff
):
    decided, removed, edited, reported = (make_comment(f"Number {n}.", name=f"W {n}") for n in range(4))
    shown = {c.pk for c in (decided, removed, edited, reported)}
    at_desk.post(DESK, {"bulk": "approve", "pick": sorted(shown)})
    moderation.reject(decided, staff("other"), "abuse")
    Comment.objects.get(pk=removed.pk).remove()
    Comment.objects.get(pk=edited.pk).edit("Number 2 indeed.", [Hold(comment=edited, rule="links")])
    Report.file(Comment.objects.get(pk=reported.pk), "abuse", browser="b")
    answer = at_desk.post(DESK, {"undo": "last"}, headers={"accept": "application/json"}).json()
    assert (answer["done"], answer["refused"]) == (
        [reported.pk],
        {
            f"{pk}": moderation.WHY_REFUSED[why]
            for pk, why in ((decided.pk, "decided"), (removed.pk, "removed"), (edited.pk, "edited"))
        },
    )
    assert in_queue(at_desk, "?queue=reported") == in_queue(at_desk, "?queue=new") == [reported]
    undo = Decision.objects.get(verb="undo")
    answer = at_desk.post(DESK, {"undo": undo.pk}, headers={"accept": "application/json"}).json()
    assert answer["words"] == "There is nothing to take back."


@pytest.mark.parametrize("n", [1, 5])
def test_a_decision_costs_the_same_for_one_and_for_many(
    n, moderator, make_comment, django_assert_num_queries
):
    comments = [held(make_comment, f"Number {n}.", name=f"Writer {n}") for n in range(n)]
    moderator.has_perm("x")
    with django_assert_num_queries(9):
        moderation.decide("spam", {c.pk: c.stamp for c in comments}, by=moderator)


def test_a_text_that_was_edited_since_is_not_decided(at_desk, make_comment):
    comment = held(make_comment)
    stamp = comment.stamp
    comment.edit("Something quite different.", [])
    answer = at_desk.post(
        DESK, {"approve": comment.pk, f"stamp-{comment.pk}": stamp}, headers={"accept": "application/json"}
    ).json()
    assert answer["done"] == []
    assert answer["refused"] == {str(comment.pk): moderation.WHY_REFUSED["edited"]}
    assert statuses() == {comment.pk: "held"}
    assert not Decision.objects.exists()


@pytest.mark.parametrize("is_held_anew", [False, True])
def test_words_that_changed_after_a_moderator_saw_them_are_new_again(
    at_desk, make_comment, moderator, is_held_anew
):
    comment = held(make_comment)
    moderation.approve(comment, moderator)
    assert in_queue(at_desk, "?queue=new") == []
    comment.edit("Something quite different.", [Hold(comment=comment, rule="links")] if is_held_anew else [])
    assert in_queue(at_desk, "?queue=new") == ([] if is_held_anew else [comment])
    assert in_queue(at_desk) == ([comment] if is_held_anew else [])


def test_without_script_what_was_typed_and_not_used_comes_back(at_desk, make_comment):
    refused, other = held(make_comment), held(make_comment, "Another one.", name="Bo")
    stamp = refused.stamp
    refused.edit("Something quite different.", [])
    typed = {f"note-{refused.pk}": "Please say <b>why</b>.", f"reply-{other.pk}": "We asked the mayor."}
    page = at_desk.post(
        DESK, {"reject": refused.pk, f"reason-{refused.pk}": "off_topic", f"stamp-{refused.pk}": stamp} | typed, follow=True,
    ).content.decode()  # fmt: skip
    assert "You had written: “Please say &lt;b&gt;why&lt;/b&gt;.”" in page
    assert "You had written: “We asked the mayor.”" in page
    page = at_desk.post(
        DESK, {"reject": other.pk, f"reason-{other.pk}": "off_topic", f"stamp-{other.pk}": other.stamp, f"note-{other.pk}": "Sorry."} | typed,
        follow=True,
    ).content.decode()  # fmt: skip
    assert statuses()[other.pk] == "rejected"
    assert "You had written: “Please say" in page and "You had written: “Sorry.”" not in page


def test_without_script_an_answer_that_was_not_sent_comes_back(at_desk, make_comment):
    comment = held(make_comment)
    typed = {f"note-{comment.pk}": "Thanks.", f"reply-{comment.pk}": "We asked the mayor."}
    page = at_desk.post(DESK, {"approve": comment.pk} | typed, follow=True).content.decode()
    assert statuses()[comment.pk] == "visible"
    assert "You had written: “We asked the mayor.”" in page and "You had written: “Thanks.”" not in page


def test_without_script_one_stays_on_the_page_of_the_queue_until_it_is_done(at_desk, make_comment):
    comments = [held(make_comment, f"Number {n}.") for n in range(27)]
    page = at_desk.get(f"{DESK}?order=oldest&page=2").text
    (query,) = re.findall(r'name="query" value="([^"]*)"', page.partition("data-queue")[2])
    for comment, left in ((comments[25], [comments[26]]), (comments[26], comments[:25])):
        after = at_desk.post(DESK, {"approve": comment.pk, "query": unescape(query)}, follow=True)
        assert [card.comment for card in after.context["cards"]] == left
        assert "Approved." in after.text


def test_what_was_only_looked_at_is_new_no_more_and_its_count_follows(at_desk, make_comment):
    new, picked = make_comment("Looked at."), make_comment("Not yet.", name="Bo")
    reported = make_comment("Reported.", name="Cy", reported_at=timezone.now())
    page = at_desk.get(f"{DESK}?queue=new").text
    offered = re.findall(r'name="seen" value="(\d+)"', page)
    assert offered == [f"{new.pk}", f"{picked.pk}"]  # a report is settled by keeping the comment
    answer = at_desk.post(
        DESK, {"seen": new.pk, "pick": picked.pk}, headers={"accept": "application/json"}
    ).json()
    assert (answer["done"], answer["moved"]["new"]) == ([new.pk], -1)
    assert in_queue(at_desk, "?queue=new") == [picked, reported]
    assert 'name="seen"' not in at_desk.get(f"{DESK}comments/{new.pk}/").text


def test_nobody_decides_twice(moderator, make_comment, staff):
    comment = held(make_comment)
    stamps = {comment.pk: comment.stamp}
    assert len(moderation.decide("approve", stamps, by=moderator).events) == 1
    assert moderation.decide("approve", stamps, by=staff("other")).refused == {comment.pk: "decided"}
    assert moderation.decide("spam", stamps, by=moderator).refused == {comment.pk: "yourself"}
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("sent", ["one", "bulk", "an answer"])
def test_a_decision_whose_answer_was_lost_on_its_way_is_done_when_it_is_sent_again(
    at_desk, make_comment, sent
):
    comments = [held(make_comment, f"Number {n} of them.") for n in range(1 if sent != "bulk" else 3)]
    first = comments[0].pk
    data = {f"stamp-{c.pk}": c.stamp for c in comments} | {
        "one": {"reject": first, f"reason-{first}": "abuse"},
        "bulk": {"bulk": "reject", "reason-bulk": "abuse", "pick": [c.pk for c in comments]},
        "an answer": {"answer": first, f"reply-{first}": "We asked the mayor."},
    }[sent]

    def send(data):
        return at_desk.post(DESK, data, headers={"accept": "application/json"}).json()

    lost = send(data)
    again = send(data)
    assert again == lost and lost["done"] == [c.pk for c in comments]
    assert Decision.objects.count() == len(comments)
    other = {name: value for name, value in data.items() if name.startswith("stamp")} | {"spam": first}
    assert send(other)["refused"] == {f"{first}": "You decided on it yourself a moment ago."}
    assert len(send({"undo": "last"})["done"]) == len(comments)
    assert send(data)["done"] == lost["done"]  # taken back since: it is decided once more
    assert Decision.objects.filter(verb="undo").count() == len(comments)


def test_the_log_is_never_rewritten(moderator, make_comment):
    event = moderation.mark_spam(held(make_comment), moderator)
    for rewrite in (event.save, event.delete, Decision.objects.all().delete):
        with pytest.raises(NeverRewritten):
            rewrite()
    for other in ({"reason": "abuse"}, {"note": "Other words"}, {"reason": "", "note": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Decision._base_manager.filter(pk=event.pk).update(**other)
    Decision.objects.forget_notes()  # that alone, for who is erased
    if (
        connection.vendor == "sqlite"
    ):  # a test that empties the database has no such trigger (tests/conftest.py)
        kept = import_module("comments.migrations.0017_reported_first_and_log_kept")
        connection.cursor().execute(kept.KEPT)
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision._base_manager.filter(pk=event.pk)._raw_delete("default")
    assert Decision.objects.get().reason == "spam"


def test_who_is_erased_leaves_the_log_as_it_was(moderator, make_comment):
    comment = held(make_comment)
    event = moderation.mark_spam(comment, moderator)
    if connection.vendor == "sqlite":
        kept = import_module("comments.migrations.0017_reported_first_and_log_kept")
        connection.cursor().execute(kept.KEPT)
    comment.commenter.delete()
    comment.delete()
    moderator.delete()
    left = Decision.objects.get()
    assert (left.pk, left.verb, left.comment, left.commenter, left.by) == (event.pk, "spam", None, None, None)


def test_personal_data_is_edited_out_kept_as_a_revision_and_comes_back_by_undo(at_desk, make_comment):
    comment = make_comment("Call her on 555 0199, any time.")
    at_desk.post(
        f"{DESK}comments/{comment.pk}/redact/", {"text": "Call her, any time.", "stamp": comment.stamp}
    )
    comment.refresh_from_db()
    assert (comment.comment, comment.status) == ("Call her, any time.", "visible")
    assert comment.redacted_at
    assert comment.revisions.get().text == "Call her on 555 0199, any time."
    at_desk.post(DESK, {"undo": "last"})
    comment.refresh_from_db()
    assert (comment.comment, comment.redacted_at) == ("Call her on 555 0199, any time.", None)


def test_a_comment_is_approved_with_an_answer_and_both_are_taken_back(at_desk, make_comment, settings):
    settings.UNDO_SECONDS = 0
    comment = held(make_comment)
    at_desk.post(DESK, {"answer": comment.pk, f"reply-{comment.pk}": "Thank you, we asked."})
    assert [c.comment for c in Comment.objects.visible().order_by("pk")] == [
        comment.comment,
        "Thank you, we asked.",
    ]
    at_desk.post(DESK, {"undo": "last"})
    assert not Comment.objects.visible().exists()


def test_everything_of_a_person_since_a_day_goes_and_comes_back(at_desk, make_comment):
    old = make_comment("Long ago.", submit_date=timezone.now() - timedelta(days=9))
    recent = [make_comment("One."), held(make_comment, "Two.")]
    make_comment("Of somebody else.", name="Olu Adeyemi")
    form = {"do": "count", "since": f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M}", "verb": "spam"}
    address = f"{DESK}persons/{old.commenter_id}/"
    assert at_desk.post(address, form).context["counted"] == 2
    at_desk.post(address, form | {"do": "since"})
    assert set(Comment.objects.filter(status="spam")) == set(recent)
    at_desk.post(DESK, {"undo": "last"})
    assert [statuses()[c.pk] for c in recent] == ["visible", "held"]


def test_the_log_of_a_comment_takes_back_what_stands_and_leads_back_to_it(at_desk, make_comment):
    comment = held(make_comment, "Ola of Fjordgata 3 pays.")
    address = f"{DESK}comments/{comment.pk}/"
    at_desk.post(f"{address}redact/", {"text": "Somebody pays."})
    at_desk.post(
        DESK, {"reject": comment.pk, f"reason-{comment.pk}": "abuse", f"note-{comment.pk}": "Kindly."}
    )
    page = at_desk.get(address).text
    edited, rejected = Decision.objects.order_by("pk")
    assert "Rejected by Mo: It attacks or insults someone. “Kindly.”" in page
    for event in (edited, rejected):
        assert f'name="undo" value="{event.pk}"' in page
    back = at_desk.post(DESK, {"undo": rejected.pk, "back": address})
    assert back.url == address
    page = at_desk.get(address).text
    assert "Taken back by Mo: Rejected" in page and f'value="{rejected.pk}"' not in page
    at_desk.post(DESK, {"undo": edited.pk, "back": "https://elsewhere.example/"})
    comment.refresh_from_db()
    assert (comment.comment, comment.status) == ("Ola of Fjordgata 3 pays.", "held")
    assert at_desk.post(DESK, {"undo": "last", "back": "https://elsewhere.example/"}).url == DESK


def test_a_person_page_says_what_holds_until_when_and_takes_each_back(at_desk, make_comment):
    comment = held(make_comment)
    address = f"{DESK}persons/{comment.commenter_id}/"
    until = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    given = {"reason": "abuse", "words": "Rest a little.", "until": f"{until:%Y-%m-%dT%H:%M}"}
    at_desk.post(address, {"do": "sanction", "kind": "warn", "words": "Please do not insult."})
    at_desk.post(address, {"do": "sanction", "kind": "suspend"} | given)
    page = at_desk.get(address).text
    assert "until a date" not in page
    said = f"{timezone.localtime(until):%-d %B %Y, %H:%M}"
    assert f"Suspended until {said} by Mo: It attacks or insults someone. “Rest a little.”" in page
    assert "Warned by Mo. “Please do not insult.” Not acknowledged yet." in page
    at_desk.post(address, {"do": "lift"})
    lifted = Decision.objects.get(verb="lift")
    page = at_desk.get(address).text
    assert (
        "What holds" not in page and page.count(f'name="undo" value="{lifted.pk}"') == 2
    )  # as a message, too
    assert at_desk.post(DESK, {"undo": lifted.pk, "back": address}).url == address
    assert f"Suspended until {said}" in at_desk.get(address).text
    at_desk.post(address, {"do": "lift"})
    page = at_desk.get(address).text  # what was lifted is given back by taking back the lifting
    offered = {event.verb for event in Decision.objects.all() if f'value="{event.pk}"' in page}
    assert offered == {"lift"}
    at_desk.post(DESK, {"spam": comment.pk})
    assert f'href="{DESK}comments/{comment.pk}/"' in at_desk.get(address).text


def test_what_came_since_it_was_counted_is_counted_again_before_it_is_decided(at_desk, make_comment):
    first = held(make_comment, "One.")
    form = {"since": f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M}", "verb": "spam"}
    address = f"{DESK}persons/{first.commenter_id}/"
    assert 'name="counted" value="1"' in at_desk.post(address, form | {"do": "count"}).text
    held(make_comment, "Two.")
    again = at_desk.post(address, form | {"do": "since", "counted": 1})
    assert again.context["counted"] == 2 and "Decide on 2" in again.text
    assert set(statuses().values()) == {"held"}
    at_desk.post(address, form | {"do": "since", "counted": 2})
    assert set(statuses().values()) == {"spam"}


def test_everything_of_a_person_is_rejected_for_a_reason_of_the_desks_own_list(at_desk, make_comment):
    comment = held(make_comment)
    RejectionReason.objects.filter(slug="other").delete()
    RejectionReason.objects.create(slug="tone", label="Tone", words="It is not the tone here.")
    form = {"do": "since", "since": f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M}", "verb": "reject"}
    address = f"{DESK}persons/{comment.commenter_id}/"
    assert '<option value="tone">Tone</option>' in at_desk.get(address).text
    assert at_desk.post(address, form | {"reason": "other"}).status_code == 422
    at_desk.post(address, form | {"reason": "tone"})
    assert Decision.objects.get().reason_words == "It is not the tone here."


@pytest.mark.threat("T10")
def test_a_person_is_suspended_warned_and_let_off(at_desk, client, make_comment):
    who = make_comment().commenter
    address = f"{DESK}persons/{who.pk}/"
    until = timezone.now() + timedelta(days=2)
    assert at_desk.post(address, {"do": "sanction", "kind": "suspend"}).status_code == 422
    at_desk.post(address, {"do": "sanction", "kind": "suspend", "until": f"{until:%Y-%m-%dT%H:%M}"})
    who.refresh_from_db()
    assert who.is_shut_out
    at_desk.post(DESK, {"undo": "last"})
    who.refresh_from_db()
    assert (who.standing, who.suspended_until) == ("normal", None)

    at_desk.post(address, {"do": "sanction", "kind": "warn", "words": "Please do not insult."})
    who.refresh_from_db()
    warning = who.sanctions.get(kind="warn")
    assert who.warned_at
    assert "Please do not insult." in Mail.objects.get(kind="account").words["text"]
    client.logout()
    link = f"/comments/warning/{moderation.warning_token(warning)}/"
    assert [client.get(link).status_code, client.head(link).status_code] == [200, 200]
    who.refresh_from_db()
    assert who.warned_at  # reading it acknowledges nothing
    client.post(link, {"acknowledge": 1})
    who.refresh_from_db()
    assert who.warned_at is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_ban_that_was_taken_back_and_lifted_holds_in_no_order(moderator, make_comment, order):
    person = make_comment().commenter
    events = [moderation.sanction(person, "ban", moderator), moderation.lift(person, moderator)]
    for n in order:
        moderation.undo([events[n]], moderator)
    person.refresh_from_db()
    assert (person.standing, list(person.sanctions.holding())) == ("normal", [])


@pytest.mark.parametrize("kind", ["trust", "watch", "suspend", "ban"])
def test_what_is_said_of_a_person_until_a_day_ends_on_it(
    at_desk, moderator, make_comment, kind, time_machine
):
    address = f"{DESK}persons/{make_comment().commenter_id}/"
    until = timezone.localtime(timezone.now() + timedelta(days=2))
    given = {"do": "sanction", "kind": kind, "until": f"{until:%Y-%m-%dT%H:%M}"}
    assert at_desk.post(address, given | {"until": "2020-01-01T00:00"}).status_code == 422
    at_desk.post(address, given)
    during = Commenter.objects.get().holds_now[0]
    assert f"until {until:%-d %B %Y, %H:%M}." in at_desk.get(address).text
    time_machine.move_to(until)
    assert (during, Commenter.objects.get().holds_now) == (Sanction.STANDING[kind], ("normal", None))
    at_desk.force_login(moderator)
    assert "Normal." in at_desk.get(address).text


def test_a_warning_ends_by_being_acknowledged_alone(at_desk, make_comment):
    who = make_comment().commenter
    given = {"do": "sanction", "kind": "warn", "words": "Please do not.", "until": "2999-01-01T00:00"}
    answer = at_desk.post(f"{DESK}persons/{who.pk}/", given)
    assert answer.status_code == 422 and "A warning holds until it is acknowledged." in answer.text
    assert not who.sanctions.exists()


@pytest.mark.parametrize("before", ["ban", "watch", "trust"])
def test_after_a_suspension_what_was_said_of_a_person_before_holds_again(
    moderator, make_comment, before, time_machine
):
    person = make_comment().commenter
    moderation.sanction(person, before, moderator)
    moderation.sanction(person, "suspend", moderator, until=timezone.now() + timedelta(days=7))
    time_machine.move_to(timezone.now() + timedelta(days=8))
    person.refresh_from_db()
    draft = rules.Draft(
        article=Comment.objects.get().article,
        text="It rained.",
        policy=Policy(),
        commenter=person,
        is_proven=True,
    )
    found = (person.is_shut_out, person.is_trusted, bool(rules.shut_out(draft)), bool(rules.watched(draft)))
    assert found == (before == "ban", before == "trust", before == "ban", before == "watch")


@pytest.mark.parametrize("n", [1, 3])
def test_a_card_and_ones_own_data_say_what_holds_for_a_person_now(
    at_desk, moderator, make_comment, time_machine, n
):
    for number in range(n):
        for before in ("normal", "watch"):
            person = held(make_comment, f"Words {number}", name=f"{before} {number}").commenter
            if before != "normal":
                moderation.sanction(person, before, moderator)
            moderation.sanction(person, "suspend", moderator, until=timezone.now() + timedelta(days=7))

    def said():
        at_desk.force_login(moderator)
        at_desk.get(DESK)
        with CaptureQueriesContext(connection) as queries:
            page = at_desk.get(DESK).text
        return sorted(re.findall(r"Here since \w+ \d+(?:, <b>(\w+)</b>)?</p>", page)), len(queries)

    during = said()
    time_machine.move_to(timezone.now() + timedelta(days=8))
    assert (during[0], said()) == (["suspended"] * 2 * n, ([""] * n + ["watched"] * n, during[1]))
    standings = {everything_written_by(person)["standing"] for person in Commenter.objects.all()}
    assert standings == {"Normal", "Watched: every comment is held"}


@pytest.mark.parametrize(
    ("kind", "rule"), [("ban", "shut_out"), ("suspend", "shut_out"), ("watch", "watched")]
)
def test_what_is_confirmed_by_somebody_of_whom_that_was_said_meanwhile_waits(
    at_desk, moderator, make_comment, kind, rule
):
    comment = make_comment("Sent before.", status="unconfirmed")
    event = moderation.sanction(comment.commenter, kind, moderator, until=timezone.now() + timedelta(days=2))
    comment = Comment.objects.get()  # as the link reads it
    comment.confirm()
    assert [(c.status, [hold.rule for hold in c.holds.all()]) for c in in_queue(at_desk)] == [
        ("held", [rule])
    ]
    moderation.undo([event], moderator)
    other = make_comment("Sent after.", status="unconfirmed", commenter=Commenter.objects.get())
    other.confirm()
    assert other.status == "visible"


def test_who_must_acknowledge_a_warning_is_led_to_it_with_the_words_kept(
    client, moderator, article, settings
):
    settings.UNDO_SECONDS = 0
    user = User.objects.create_user("ida", "ida@example.org", first_name="Ida")
    who = Commenter.objects.create(user=user, email="ida@example.org", name="Ida")
    moderation.sanction(who, "warn", moderator, words="Please do not insult.")
    client.force_login(user)
    refused = client.post(f"/articles/{article.slug}/comments/new/", {"comment": "What I wanted to say."})
    assert refused.status_code == 403 and "What I wanted to say." in refused.text
    assert '<a href="/account/comments/">My comments</a>' in refused.text


def test_the_words_of_a_suspension_and_of_a_ban_reach_the_person(at_desk, make_comment):
    who = make_comment().commenter
    address = f"{DESK}persons/{who.pk}/"
    until = timezone.now() + timedelta(days=2)
    given = {
        "suspend": {"words": "Two days of rest.", "until": f"{until:%Y-%m-%dT%H:%M}"},
        "ban": {"words": "This was the last time."},
    }
    for kind, fields in given.items():
        at_desk.post(address, {"do": "sanction", "kind": kind} | fields)
        told = Mail.objects.get(kind="account")
        assert fields["words"] in told.words["text"] and told.due_at > timezone.now()
        assert "say here that you have read this" not in told.words["text"]
        at_desk.post(DESK, {"undo": "last"})
        assert not Mail.objects.exists()


@pytest.mark.parametrize("kind", ["trust", "watch"])
def test_words_that_nobody_would_be_told_are_not_taken(at_desk, make_comment, kind):
    who = make_comment().commenter
    answer = at_desk.post(f"{DESK}persons/{who.pk}/", {"do": "sanction", "kind": kind, "words": "Dear Ida."})
    assert answer.status_code == 422
    assert "leave a note instead" in answer.text and "Dear Ida." in answer.text
    assert not who.sanctions.exists()


def test_a_claim_is_shown_to_the_other_by_name_and_runs_out(at_desk, make_comment, moderator, time_machine):
    comment = held(make_comment)
    other = User.objects.create_user("ada", is_staff=True, is_superuser=True, first_name="Ada")
    assert moderation.claim(comment.pk, other) == other
    answer = at_desk.post(f"{DESK}comments/{comment.pk}/claim/", {"shown": f"{comment.pk}"}).json()
    assert answer["claims"] == {str(comment.pk): "Ada"}
    assert "Ada is looking at it" in at_desk.get(DESK).text
    time_machine.move_to(timezone.now() + Claim.HOLDS_FOR + timedelta(seconds=1), tick=False)
    assert moderation.claim(comment.pk, moderator) == moderator


@pytest.mark.threat("T5")
def test_a_moderator_of_a_topic_sees_and_decides_that_topic_only(
    at_desk, moderator, make_comment, make_article
):
    rivers = Topic.objects.create(name="Rivers", slug="rivers")
    inside = held(make_comment, article=make_article("The dam", topic=rivers))
    outside = held(make_comment, "Elsewhere.")
    TopicScope.objects.create(user=moderator, topic=rivers)
    assert in_queue(at_desk) == [inside]
    at_desk.post(DESK, {"bulk": "spam", "pick": [inside.pk, outside.pk]})
    assert statuses() == {inside.pk: "spam", outside.pk: "held"}
    assert at_desk.get(f"{DESK}comments/{outside.pk}/").status_code == 404


def test_a_saved_search_is_a_queue_of_ones_own(at_desk, moderator):
    query = "queue=reported&q=tide"
    unnamed = at_desk.post(f"{DESK}searches/", {"name": "", "query": query}, follow=True)
    assert "Please give it a name." in unnamed.text and "Keep as a queue" in unnamed.text
    at_desk.post(f"{DESK}searches/", {"name": "Tide", "query": query})
    assert f'<a href="{DESK}?{escape(query)}">Tide</a>' in at_desk.get(DESK).text
    page = at_desk.get(f"{DESK}?{query}&page=1").text
    assert re.findall(r'aria-current="page">([^<]*)<', page) == ["Tide"]
    assert "<h1>Tide</h1>" in page and "Keep as a queue" not in page
    at_desk.post(f"{DESK}searches/", {"forget": SavedSearch.objects.get().pk})
    assert not SavedSearch.objects.exists()


@pytest.mark.threat("T23")
@pytest.mark.parametrize("who", ["stranger", "reader", "writer", "staff", "former moderator"])
def test_who_may_not_decide_is_refused_everywhere(who, client, groups, make_comment):
    comment = held(make_comment)
    if who != "stranger":
        user = User.objects.create_user(who, is_staff=who in ("writer", "staff"))
        if who == "writer":
            user.groups.add(Group.objects.get(name="Writers"))
        if who == "former moderator":  # still in the group, and not of the staff any more
            user.groups.add(Group.objects.get(name="Moderators"))
        client.force_login(user)
    one, person = f"{DESK}comments/{comment.pk}/", f"{DESK}persons/{comment.commenter_id}/"
    asked = [
        client.get(address) for address in (DESK, f"{DESK}?queue=all&q=tide", one, f"{one}redact/", person)
    ]
    asked += [client.post(DESK, {verb: comment.pk, f"reason-{comment.pk}": "abuse"}) for verb in (
        "approve", "reject", "spam", "feature", "unfeature", "hold", "answer", "first", "seen", "undo",
    )]  # fmt: skip
    asked.append(client.post(DESK, {"bulk": "spam", "pick": comment.pk}))
    asked += [client.post(a) for a in (f"{one}claim/", f"{one}redact/", person, f"{DESK}searches/")]
    asked += [client.post(person, {"do": do, "kind": "ban"}) for do in ("sanction", "lift", "note", "since")]
    beside = (
        "appeals/",
        "second-opinions/",
        "numbers/",
        "rules/",
        "rules/draft/",
        "rules/versions/1/",
        "ranking/",
    )
    asked += [client.get(DESK + address) for address in beside]
    written = (
        "appeals/1/",
        "second-opinions/",
        "rules/draft/",
        "rules/versions/1/",
        "ranking/switch/",
        "choices/",
    )
    asked += [client.post(DESK + address, {"on": "0"}) for address in written]
    assert {response.status_code for response in asked} == {403}
    assert statuses() == {comment.pk: "held"}
    assert not Decision.objects.exists()


LETTER = (
    "We, the readers of the coast, ask the ministry to keep the evening ferry through the winter, because three "
    "hundred people have no other way home from work."
)


@pytest.fixture
def campaign(make_comment, make_article):
    """Four who sent one letter, two of them elsewhere, and somebody who says something else."""
    elsewhere = make_article("The other ferry")
    letters = [
        held(make_comment, f"{LETTER} {sender}", name=f"Sender {sender}", **fields)
        for sender, fields in (
            ("A", {}),
            ("B", {}),
            ("C", {"article": elsewhere}),
            ("D", {"article": elsewhere}),
        )
    ]
    alone = held(make_comment, "The ministry has never once asked an islander what the tide does.")
    for comment in (*letters, alone):
        similar.remember(comment)
    return letters, alone


def decision_on(client, comment, verb, **more):
    """What the form of the desk sends for the card of `comment`."""
    card = next(c for c in client.get(DESK).context["cards"] if c.comment == comment)
    return {
        verb: comment.pk,
        f"stamp-{comment.pk}": comment.stamp,
        f"alike-{comment.pk}": card.alike_mark,
    } | more


def test_a_letter_of_many_is_one_card_and_one_decision(at_desk, campaign):
    letters, alone = campaign
    assert in_queue(at_desk) == [letters[0], alone]
    page = at_desk.get(DESK)
    card = page.context["cards"][0]
    assert (card.alike.size, card.alike.waiting, card.alike.people, card.alike.articles) == (4, 4, 4, 2)
    assert "4 comments say nearly the same" in page.text
    assert in_queue(at_desk, f"?queue=held&alike={card.alike.id}") == letters
    answer = at_desk.post(
        DESK, decision_on(at_desk, letters[0], "spam"), headers={"accept": "application/json"}
    ).json()
    assert answer["done"] == [letter.pk for letter in letters]
    assert answer["moved"] == {"held": -4, "reported": 0, "new": 0, "likely": 0}
    assert statuses() == dict.fromkeys((letter.pk for letter in letters), "spam") | {alone.pk: "held"}
    at_desk.post(DESK, {"undo": "last"})
    assert set(statuses().values()) == {"held"}


def test_the_first_of_a_letter_may_stay(at_desk, campaign):
    letters, alone = campaign
    at_desk.post(DESK, decision_on(at_desk, letters[0], "first"))
    assert statuses() == dict.fromkeys((letter.pk for letter in letters), "rejected") | {
        letters[0].pk: "visible", alone.pk: "held",
    }  # fmt: skip
    told = Decision.objects.filter(verb="reject")
    assert {(d.reason, d.note) for d in told} == {
        ("duplicate", "Several people sent these words: the first of them is shown.")
    }
    at_desk.post(DESK, {"undo": "last"})
    assert set(statuses().values()) == {"held"}


def test_what_came_or_was_edited_after_the_card_was_shown_is_not_decided_with_it(
    at_desk, campaign, make_comment
):
    letters, _ = campaign
    sent = decision_on(at_desk, letters[0], "approve")
    late = held(make_comment, f"{LETTER} E", name="Sender E")
    similar.remember(late)
    letters[1].edit(f"{LETTER} And the morning ferry!", [])
    at_desk.post(DESK, sent)
    became = statuses()
    assert [became[c.pk] for c in (*letters, late)] == ["visible", "held", "visible", "visible", "held"]


def test_a_group_holds_nothing_that_is_not_ones_own_to_decide(at_desk, moderator, campaign):
    letters, _ = campaign
    rivers = Topic.objects.create(name="Rivers", slug="rivers")
    letters[2].article.topic = rivers
    letters[2].article.save()
    TopicScope.objects.create(user=moderator, topic=rivers)
    assert in_queue(at_desk) == [letters[2]]
    card = at_desk.get(DESK).context["cards"][0]
    assert (card.alike.size, card.alike.first_id) == (2, letters[2].pk)
    at_desk.post(DESK, decision_on(at_desk, letters[2], "spam"))
    assert [statuses()[letter.pk] for letter in letters] == ["held", "held", "spam", "spam"]


def test_a_card_tells_what_was_decided_on_such_words_and_how_right_rule_and_reporter_were(
    at_desk, moderator, make_comment
):
    reporter = User.objects.create_user("rea", first_name="Rea", last_name="Porter")
    past = held(
        make_comment, "Ministers who close the ferry should resign, the islanders are fools", name="Ada"
    )
    Report.file(past, "abuse", user=reporter)
    moderation.reject(past, moderator, "abuse")
    Report.objects.update(outcome="upheld")
    similar.trace(past)
    now = held(make_comment, "Those islanders are fools and the ministers close their ferry", name="Bo")
    Report.file(now, "abuse", user=reporter)
    page = at_desk.get(DESK)
    (card,) = page.context["cards"]
    assert [(each.comment, each.decision.reason) for each in card.precedents] == [(past, "abuse")]
    assert [(note.name, note.line) for note in card.reports] == [("Rea Porter", "1 of 1 upheld")]
    assert [record.words for _, _, record in card.reasons] == ["held 2 in 90 days, 0 of them approved"]
    for words in ("Rejected</a> by Mo (It attacks or insults someone)", "1 of 1 upheld", "held 2 in 90 days"):
        assert words in page.text


def test_a_card_shows_the_conversation_the_article_and_who_wrote_it(at_desk, moderator, make_comment):
    top = make_comment("The ferry was late.", name="Ada Above")
    between = make_comment("It always is.", name="Bo Between", answers=top, status="rejected")
    for n in range(5):
        make_comment(f"Said before {n}.")
    last = ("rejected", "visible", "spam", "held")  # and in the oldest thread: a path tells nothing of time
    for n, status in enumerate(last):
        make_comment(f"Answered {n}.", answers=top, status=status)
    waits = held(make_comment, "Who says so?", answers=between, from_network="a hash")
    make_comment("Not I.", name="Cy Sibling", answers=between, status="held")
    make_comment("I do.", name="Di Reply", answers=waits, status="held")
    make_comment("From next door.", name="Eve", from_network="a hash")
    moderation.note(waits.commenter, moderator, "Writes when it is late.")
    page = at_desk.get(f"{DESK}?queue=held").text
    (card,) = re.findall(rf'<li class="case" id="case-{waits.pk}".*?</details>\s*</div>\s*</li>', page, re.S)
    words = " ".join(re.sub("<[^>]*>", " ", card).split())
    for said in (
        "On The strait at low tide , Seas", "What the water leaves behind.",
        "Ada Above The ferry was late. Bo Between (rejected) It always is. Who says so?",
        "Also held: Di Reply , a reply Also held: Cy Sibling Links: held 1 in 90 days",
        "6 approved, 2 rejected Here since", "1 other wrote from the same network Writes when it is late.",
    ):  # fmt: skip
        assert said in words
    assert f"Last comments, oldest first: {', '.join((*last, 'held'))}" in card
    assert f'href="{waits.article.get_absolute_url()}"' in card and "a hash" not in card


def test_rough_words_stand_under_a_veil_wherever_they_are_on_a_card(at_desk, moderator, make_comment):
    def rough(words, **fields):
        comment = make_comment(words, **fields)
        Hold.objects.create(comment=comment, rule="suspect_words", words=["wretched"])
        return comment

    above = rough("You wretched captain.", name="Ada")
    past = rough("You wretched ferryman of the strait.", name="Bo", status="held")
    moderation.reject(past, by=moderator, reason="abuse")
    similar.trace(past)
    waits = rough("You wretched ferryman of the strait, say I.", name="Cy", status="held", answers=above)

    def shown():
        page = at_desk.get(f"{DESK}?queue=held")
        (card,) = page.context["cards"]
        assert (card.comment, [each.comment for each in card.precedents]) == (waits, [past])
        plain = re.sub(r'<details class="veil">.*?</details>', "", page.text, flags=re.S)
        return [len(re.findall("You (?:<mark>)?wretched", text)) for text in (page.text, plain)]

    assert shown() == [3, 0]
    at_desk.post("/moderation/choices/", {})  # they want to read them
    assert shown() == [3, 3]


def test_what_a_reliable_reader_reported_stands_first(at_desk, make_comment):
    first, second = make_comment("One."), make_comment("Two.")
    for comment, user, upheld in ((first, "crier", "not_upheld"), (second, "rea", "upheld")):
        reporter = User.objects.create_user(user)
        for n in range(3):
            Report.objects.create(
                comment=make_comment(f"{user} {n}"), reason="abuse", user=reporter, outcome=upheld
            )
        Report.file(comment, "abuse", user=reporter)
    assert in_queue(at_desk, "?queue=reported") == [second, first]
    assert in_queue(at_desk, "?queue=reported&order=oldest") == [first, second]


def test_readers_see_that_a_moderator_took_personal_data_out(client, moderator, make_comment):
    comment = make_comment("Call her on 555 0199, any time.")
    assert "personal data removed" not in client.get(comment.article.get_absolute_url()).text
    moderation.redact(comment, moderator, "Call her, any time.")
    page = client.get(comment.article.get_absolute_url()).text
    assert "personal data removed by a moderator" in page
    assert "555 0199" not in page


@pytest.mark.threat("T21")
def test_a_queue_costs_the_same_for_ten_and_for_fifty(at_desk, make_comment):
    def fill(numbers):
        for n in numbers:
            comment = held(
                make_comment, f"{LETTER[n:]} The tide {n // 2}.", name=f"Writer {n}", spam_score=0.9
            )
            Report.objects.create(comment=comment, reason="abuse", browser=f"b{n}", from_network=f"n{n}")
            similar.remember(comment)
            past = make_comment(f"Evening ferry tide {n}", name=f"Reader {n}", reported_at=timezone.now())
            Comment.objects.filter(pk=past.pk).update(decided_at=timezone.now())
            similar.trace(past)
            make_comment("A reply to the tide.", answers=comment, status="held")

    def costs():
        found = {}
        for query in ("", "?queue=reported", "?queue=all&q=tide", "?rule=links", "?queue=decided"):
            with CaptureQueriesContext(connection) as queries:
                assert at_desk.get(DESK + query).context["cards"]
            found[query] = len(queries)
        return found

    fill(range(10))
    at_desk.get(DESK)
    ten = costs()
    fill(range(10, 50))
    assert costs() == ten


def test_authors_moderate_under_their_own_articles_where_the_policy_allows_it(
    client, groups, make_comment, make_article
):
    from articles.models import Author, Byline
    from comments.models import Policy

    user = User.objects.create_user("wim", is_staff=True)
    own = make_article("Mine")
    Byline.objects.create(article=own, author=Author.objects.create(name="Wim", slug="wim", user=user))
    mine, other = held(make_comment, article=own), held(make_comment, "Elsewhere.")
    client.force_login(user)
    assert client.get(DESK).status_code == 403
    Policy(authors_moderate=True).save()
    assert in_queue(client) == [mine]
    client.post(DESK, {"bulk": "spam", "pick": [mine.pk, other.pk]})
    assert statuses() == {mine.pk: "spam", other.pk: "held"}
    assert client.get(f"{DESK}persons/{mine.commenter_id}/").status_code == 403
    assert Commenter.objects.filter(standing="normal").exists()


def test_the_admin_and_the_account_lead_whoever_may_decide_to_the_desk(client, moderator, make_comment):
    for user, is_led in ((moderator, True), (User.objects.create_user("none", is_staff=True), False)):
        client.force_login(user)
        for address in ("/admin/", "/account/"):
            assert (f'href="{DESK}"' in client.get(address).text) is is_led


def test_an_author_in_two_roles_narrows_a_queue_to_the_article(client, make_comment, make_article):
    from articles.models import Author, Byline
    from comments.models import Policy

    Policy(authors_moderate=True).save()
    user, article = User.objects.create_user("wim", is_staff=True), make_article("Mine")
    author = Author.objects.create(name="Wim", slug="wim", user=user)
    for role in (Byline.Role.BY, Byline.Role.PHOTOS):
        Byline.objects.create(article=article, author=author, role=role)
    comment = held(make_comment, article=article)
    client.force_login(user)
    assert in_queue(client, f"?queue=all&article={article.pk}") == [comment]
    assert "Only on <bdi>Mine</bdi>" in client.get(f"{DESK}?queue=all&article={article.pk}").text


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "9" * 40, "last of all"])
def test_an_undo_of_nothing_known_takes_nothing_back(at_desk, make_comment, nonsense):
    comment = held(make_comment)
    at_desk.post(DESK, {"spam": comment.pk})
    assert at_desk.post(DESK, {"undo": nonsense}).status_code == 404
    assert statuses() == {comment.pk: "spam"}


@pytest.mark.parametrize("zero", ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"])
@pytest.mark.parametrize(
    ("listed", "text", "shown"),
    [
        ("casino", "A ca{0}si{0}no, {0}here.", "A <mark>ca{0}si{0}no</mark>, {0}here."),
        ("ca{0}sino", "A casino <here>.", "A <mark>casino</mark> &lt;here&gt;."),
        ("cas*no", "A CAS{0}I{0}NO{0}!", "A <mark>CAS{0}I{0}NO{0}</mark>!"),
        ("two words", "{0}Two{0} wor{0}ds", "<mark>{0}Two{0} wor{0}ds</mark>"),
        ("sin", "A ca{0}sin{0}o", "A ca{0}sin{0}o"),
    ],
)
def test_a_letter_that_nobody_sees_hides_no_word_from_a_list(
    at_desk, make_comment, listed, text, shown, zero
):
    listed, text, shown = (each.format(zero) for each in (listed, text, shown))
    words = rules.matching_words(listed, text)
    assert bool(words) == ("<mark>" in shown)
    comment = make_comment(text, status="held")
    if words:
        Hold.objects.create(comment=comment, rule="suspect_words", words=words)
    html = at_desk.get(DESK).context["cards"][0].html
    assert html.replace(zero, "") == f"<p>{shown}</p>".replace(zero, "")
    assert html.count(zero) == text.count(zero)
