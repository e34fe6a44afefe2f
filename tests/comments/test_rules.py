"""What makes a comment wait, and what makes it be refused: each rule, its reason, and its switch."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from comments import limits, rules
from comments.models import Comment, Commenter, Hold, ModeChoice, Policy

pytestmark = pytest.mark.django_db
PLAIN = "The harbour silted up within ten years of the dam."


@pytest.fixture
def draft(article):
    """`draft(text, …)` is one that no rule objects to, but for what is changed."""

    def draft(text=PLAIN, policy=None, **fields):
        person = fields.pop("commenter", None) or Commenter.objects.get_or_create(email="old@example.org")[0]
        values = {"article": article, "commenter": person, "is_proven": True, "seconds": 60}
        settings = {"mode": "open"} | (policy or {})
        return rules.Draft(text=text, policy=Policy(pk=1, **settings), **values | fields)

    return draft


def held(draft):
    return {rule.name: (found.words, found.value, found.limit) for rule, found in rules.judge(draft).held_by}


def refused(draft):
    verdict = rules.judge(draft)
    return verdict.refused_by and verdict.refused_by.name


def test_nothing_is_held_or_refused_without_a_reason(draft):
    assert (held(draft()), refused(draft())) == ({}, None)


def test_every_rule_has_a_name_a_sentence_for_the_reader_and_one_for_the_desk():
    assert len({rule.name for rule in rules.RULES}) == len(rules.RULES)
    assert all(rule.reader.endswith(".") and rule.moderator for rule in rules.RULES)


def test_a_closed_article_refuses(draft, article):
    article.comment_policy = "closed"
    assert refused(draft()) == "closed"
    article.comment_policy, article.published_at = "site", None
    assert refused(draft()) == "closed"


@pytest.mark.parametrize(
    "standing, until, expected",
    [
        ("banned", None, "shut_out"),
        ("suspended", timedelta(days=1), "shut_out"),
        ("suspended", -timedelta(days=1), None),
        ("normal", None, None),
    ],
)
def test_who_is_banned_or_suspended_is_refused(draft, standing, until, expected):
    person = Commenter.objects.create(
        email="bad@example.org", standing=standing, suspended_until=until and timezone.now() + until
    )
    assert refused(draft(commenter=person)) == expected


@pytest.mark.threat("T21")
def test_a_person_who_writes_too_much_is_told_when_to_try_again(draft, make_comment):
    person = Commenter.objects.create(email="fast@example.org")
    for number in range(3):
        make_comment(
            f"{number}", commenter=person, submit_date=timezone.now() - timedelta(minutes=50 - number)
        )
    verdict = rules.judge(draft(commenter=person, policy={"a_person_an_hour": 3}))
    assert verdict.refused_by.name == "rate_of_person"
    assert verdict.refusal_sentence == "That was a lot in one hour. Please try again in 10 minutes."
    assert timedelta(minutes=9) < verdict.refusal.again_at - timezone.now() < timedelta(minutes=11)
    assert refused(draft(commenter=person, policy={"a_person_an_hour": 4})) is None


@pytest.mark.threat("T21")
def test_many_persons_from_one_address_or_network_are_slowed_down(draft, make_comment):
    for number in range(3):
        make_comment(
            f"{number}",
            name=f"P {number}",
            from_address=limits.keyed(f"203.0.113.{number}"),
            from_network=limits.keyed("203.0.113.0/24"),
        )
    few = {"an_address_an_hour": 1, "a_network_an_hour": 3}
    assert refused(draft(address="203.0.113.1", policy=few)) == "rate_of_address"
    assert refused(draft(address="203.0.113.9", policy=few)) == "rate_of_network"
    assert refused(draft(address="203.0.114.9", policy=few)) is None
    assert refused(draft(address="not an address", policy=few)) is None


def test_an_address_of_ipv6_is_in_its_48(draft):
    assert limits.network_of("2001:db8:1:2:3::4") == "2001:db8:1::/48"
    assert limits.network_of("::ffff:203.0.113.7") == "203.0.113.0/24"


@pytest.mark.threat("T21")
def test_the_same_words_again_are_held(draft, make_comment):
    make_comment(PLAIN.upper() + "!!")
    assert held(draft()) == {"duplicate": ([], 1, 1)}
    make_comment("Same here.")
    assert held(draft("Same here.")) == {}


@pytest.mark.threat("T22")
def test_a_machine_fills_in_the_hidden_field_or_is_too_fast(draft):
    assert held(draft(honey="http://spam.example")) == {"honeypot": (["http://spam.example"], None, None)}
    assert held(draft(seconds=0.4)) == {"too_fast": ([], 0.4, 3)}
    assert held(draft(seconds=None)) == {"too_fast": ([], 0, 3)}


@pytest.mark.threat("T21")
def test_the_first_comments_of_a_new_person_are_held_until_two_were_approved(draft, make_comment):
    person = Commenter.objects.create(email="new@example.org")
    cautious = {"mode": "cautious"}
    for approved in (0, 1):
        assert held(draft(commenter=person, policy=cautious)) == {"first_comments": ([], approved, 2)}
        make_comment(f"approved {approved}", commenter=person)
        make_comment(f"held {approved}", commenter=person, status="held")
    assert held(draft(commenter=person, policy=cautious)) == {}
    assert "first_comments" in held(draft(commenter=person, policy=cautious, is_proven=False))


@pytest.mark.threat("T22")
def test_links_are_held_but_not_those_of_a_trusted_person(draft):
    text = "See https://a.example and [b](https://b.example)."
    assert held(draft(text)) == {"links": (["https://a.example", "https://b.example"], 2, 2)}
    trusted = Commenter.objects.create(email="t@example.org", standing="trusted")
    assert held(draft(text, commenter=trusted)) == {}
    assert "links" in held(draft(text, commenter=trusted, is_proven=False))
    staff = Commenter.objects.create(user=get_user_model().objects.create_user("s", is_staff=True))
    assert held(draft(text, commenter=staff)) == {}


@pytest.mark.parametrize(
    "words, text, found",
    [
        ("press", "I use WordPress", []),
        ("press", "Stop the PRESS now", ["press"]),
        ("cialis", "a specialist", []),
        ("cas*no", "Casiino, casino and cas no", ["casiino", "casino"]),
        ("buy  now", "buy\nnow!", ["buy now".replace(" ", "\n")]),
        ("c++", "C++ is it", ["c++"]),
        ("*", "anything", []),
        ("ﬀ", "ff", ["ff"]),
        ("straße", "STRASSE", ["strasse"]),
        ("", "anything", []),
    ],
)
def test_words_match_whole_and_with_wildcards(words, text, found):
    assert rules.matching_words(words, text) == found


def test_banned_words_are_refused_and_suspect_ones_held(draft):
    policy = {"banned_words": "casino\nviagra", "suspect_words": "idiot*"}
    verdict = rules.judge(draft("Visit my casino", policy=policy))
    assert verdict.refusal_sentence == "We do not print “casino”. Please put it another way."
    assert held(draft("You idiots and idiot", policy=policy)) == {
        "suspect_words": (["idiots", "idiot"], None, None)
    }


def test_a_reply_below_a_rejected_comment_is_held(draft, make_comment):
    root = make_comment("bad", status="rejected")
    reply = make_comment("good", answers=root)
    assert held(draft(answers=reply)) == {"below_rejected": ([], None, None)}
    assert held(draft(answers=make_comment("fine"))) == {}


def test_a_watched_person_is_always_held(draft):
    person = Commenter.objects.create(email="w@example.org", standing="watched")
    assert held(draft(commenter=person)) == {"watched": ([], None, None)}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("THIS IS ALL IN CAPITALS YOU SEE", {"capitals": ([], 100, 70)}),
        ("NATO", {}),
        ("What?!?! Nooooooooo", {"shouting": (["?!?!", "oooooooo"[:9]], None, None)}),
        ("שלום לכולם וברוכים הבאים אל האתר", {}),
        (".", {"very_short": ([], 0, 2)}),
    ],
)
def test_tone_and_length_are_held(draft, text, expected):
    found = held(draft(text))
    assert found.keys() == expected.keys()
    if "shouting" not in expected:
        assert found == expected


def test_the_spam_score_is_a_seam(draft, settings):
    settings.COMMENT_SPAM_SCORE = "tests.comments.test_rules.score"
    assert held(draft()) == {}


def score(draft):
    return 0.2


def test_modes_of_the_site_a_topic_and_an_article_go_from_the_nearest(draft, article):
    assert draft(policy={"mode": "approve_first"}).mode == "approve_first"
    ModeChoice.objects.create(topic=article.topic, mode="approve_first")
    assert held(draft()) == {"approve_first": ([], None, None)}
    ModeChoice.objects.create(article=article, mode="open")
    assert held(draft()) == {}


@pytest.mark.parametrize("rule", [rule.name for rule in rules.RULES if rule.can_be_switched_off])
def test_each_rule_can_be_switched_off(draft, make_comment, rule):
    make_comment(PLAIN * 2)
    text = PLAIN * 2 + " IDIOT https://a.example https://b.example WWWWWWWW!!!!"
    everything = {"suspect_words": "idiot", "capitals_percent": 1, "mode": "cautious"}
    found = held(draft(text, honey="x", seconds=0, policy=everything))
    off = held(draft(text, honey="x", seconds=0, policy=everything | {"switched_off": [rule]}))
    assert off == {name: value for name, value in found.items() if name != rule}


def test_an_order_of_rules_the_first_refusal_ends_it(draft, article):
    article.comment_policy = "closed"
    verdict = rules.judge(draft("casino", policy={"banned_words": "casino"}, honey="x"))
    assert (verdict.refused_by.name, verdict.held_by) == ("closed", [])


def test_a_hold_stores_which_rule_which_words_and_which_value_against_which_limit(client, article):
    Policy(who_may_post="everyone", suspect_words="idiot", nudge=False, seconds_to_write=0).save()
    client.post(
        f"/articles/{article.slug}/comments/new/",
        {"name": "Ida", "email": "i@example.org", "comment": "Idiot: https://a.example https://b.example"},
    )
    assert list(Hold.objects.values_list("rule", "words", "value", "limit")) == [
        ("first_comments", [], 0, 2),
        ("links", ["https://a.example", "https://b.example"], 2, 2),
        ("suspect_words", ["idiot"], None, None),
    ]


def test_a_writer_may_revise_once_before_tone_is_held(client, article):
    Policy(who_may_post="everyone", mode="open", seconds_to_write=0).save()
    address = f"/articles/{article.slug}/comments/new/"
    data = {"name": "Ida", "email": "i@example.org", "comment": "THIS IS OUTRAGEOUS AND YOU KNOW IT"}
    first = client.post(address, data)
    assert first.status_code == 422
    assert "almost wholly in capitals" in first.content.decode()
    assert data["comment"] in first.content.decode()
    assert not Comment.objects.exists()

    assert client.post(address, data | {"nudged": "1"}).status_code == 302
    assert list(Comment.objects.get().holds.values_list("rule", flat=True)) == ["capitals"]


def test_word_lists_can_be_tried_on_the_comments_that_are_there(client, make_comment):
    staff = get_user_model().objects.create_superuser("boss", "b@example.org", "x")
    client.force_login(staff)
    make_comment("You idiot"), make_comment("Well said"), make_comment("Casino!", status="held")
    page = client.post("/admin/comments/policy/try/", {"banned_words": "casino", "suspect_words": "idiot"})
    text = page.content.decode()
    assert "2 of 3 comments match" in text
    assert "You idiot" in text and "Casino!" in text and "Well said" not in text
    assert Comment.objects.filter(status="visible").count() == 2


def test_the_switches_are_in_the_admin(client):
    client.force_login(get_user_model().objects.create_superuser("boss", "b@example.org", "x"))
    page = client.get("/admin/comments/policy/", follow=True)
    form = page.context["adminform"].form
    data = {k: v for k, v in form.initial.items() if v is not None} | {"switched_on": ["links", "honeypot"]}
    client.post("/admin/comments/policy/1/change/", data)
    switchable = {rule.name for rule in rules.RULES if rule.can_be_switched_off}
    assert set(Policy.current().switched_off) == switchable - {"links", "honeypot"}
