"""The workbench of rules: drafts, trials on what was decided, switching on, rolling back."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from articles.models import Topic
from comments import moderation, ranking, workbench
from comments.fairness import Appeal
from comments.models import Comment, Decision, Hold, Mail, ModeChoice, Policy, PolicyVersion, TopicScope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_cache():
    cache.clear()


@pytest.fixture
def person():
    def person(group, staff=True):
        user = get_user_model().objects.create_user(group.lower(), password="x", is_staff=staff)
        if group in ("Editors", "Moderators", "Writers"):
            user.groups.add(Group.objects.get(name=group))
        return user

    return person


@pytest.fixture
def editor(client, person):
    user = person("Editors")
    client.force_login(user)
    return user


def draft(**changed):
    policy = Policy.current()
    off = set(policy.switched_off)
    return {
        **{name: getattr(policy, name) for name in workbench.FIELDS if name != "switched_off"},
        "switched_on": [r.name for r in workbench.rules.RULES if r.can_be_switched_off and r.name not in off],
        **changed,
    }


def settled(comment, by, verb="approve"):
    comment.reject(by=by, reason="abuse") if verb == "reject" else comment.approve(by=by)
    return comment


def test_nobody_but_moderators_sees_the_workbench(client, person, make_comment):
    version = workbench.save_draft(workbench.settings_of(Policy.current()), None)
    make_comment("held words", status="held")
    addresses = [
        ("get", reverse("comments:rules")), ("get", reverse("comments:rules_draft")),
        ("post", reverse("comments:rules_draft")), ("get", reverse("comments:rules_version", args=[version.pk])),
        ("post", reverse("comments:rules_version", args=[version.pk])), ("get", reverse("comments:ranking")),
        ("post", reverse("comments:switch_ranking")),
    ]  # fmt: skip
    for user in (None, person("Writers"), person("reader", staff=False)):
        client.logout()
        if user:
            client.force_login(user)
        answers = [getattr(client, method)(address).status_code for method, address in addresses]
        assert answers == [403] * len(addresses)
    assert PolicyVersion.objects.get().is_draft
    assert ranking.state().is_on


@pytest.mark.threat("T23")
def test_a_moderator_drafts_and_an_editor_switches_on(client, person):
    client.force_login(person("Moderators"))
    page = client.post(reverse("comments:rules_draft"), draft(links_held_from=1, save="1", note="Spam wave"))
    version = PolicyVersion.objects.get()
    address = reverse("comments:rules_version", args=[version.pk])
    assert page.url == address
    assert client.post(address, {"switch_on": "1"}).status_code == 403
    assert Policy.current().links_held_from == 2
    editor = person("Editors")
    client.force_login(editor)
    client.post(address, {"switch_on": "1"})
    version.refresh_from_db()
    assert (Policy.current().links_held_from, version.is_on) == (1, True)
    assert version.changes == [("links_held_from", 2, 1)]
    assert "Spam wave" in client.get(reverse("comments:rules")).content.decode()


def test_a_draft_is_tried_on_what_was_decided_and_changes_nothing(client, editor, make_comment):
    settled(
        make_comment("Visit the casino of <b>Old Quay</b> today", name="Bad", status="held"), editor, "reject"
    )
    settled(make_comment("The casino was closed in 1910", name="Good", status="held"), editor)
    settled(make_comment("The harbour was closed", name="Fine", status="held"), editor)
    make_comment("An undecided casino", name="Waits", status="held")
    page = client.post(reverse("comments:rules_draft"), draft(suspect_words="casino", **{"try": "1"}))
    trial = page.context["trial"]
    assert trial.tried == 3
    assert dict(trial.caught) == {"down": 1, "approved": 1}
    row = next(row for row in trial.rows if row.rule.name == "suspect_words")
    assert (row.now_count, row.then_count, row.then_right) == (0, 2, 50)
    said = page.content.decode()
    assert "Visit the <mark>casino</mark> of &lt;b&gt;Old Quay" in said
    assert "undecided" not in said
    assert (Policy.current().suspect_words, PolicyVersion.objects.count()) == ("", 0)


def test_a_trial_costs_the_same_for_one_comment_and_for_many(editor, make_comment, django_assert_num_queries):
    chosen = workbench.settings_of(Policy.current()) | {"suspect_words": "harbour"}
    settled(make_comment("The harbour", status="held"), editor)
    moderation.sees_all(editor)  # permissions and topics are asked once a request
    with django_assert_num_queries(3):
        workbench.try_on(chosen, editor)
    for n in range(4):
        settled(make_comment(f"The harbour {n}", name=f"R {n}", status="held"), editor)
    with django_assert_num_queries(3):
        assert workbench.try_on(chosen, editor).caught_count == 5


def test_a_moderator_of_a_topic_sees_examples_of_that_topic_alone(client, person, make_comment, make_article):
    moderator = person("Moderators")
    here, there = (
        Topic.objects.create(name="Here", slug="here"),
        Topic.objects.create(name="There", slug="there"),
    )
    TopicScope.objects.create(user=moderator, topic=here)
    for topic in (here, there):
        comment = make_comment(
            f"A casino {topic.slug}", article=make_article(f"Of {topic}", topic=topic), status="held"
        )
        Hold.objects.create(comment=comment, rule="suspect_words", words=["casino"])
        settled(comment, moderator, "reject")
    client.force_login(moderator)
    chosen = draft(suspect_words="casino")
    trial = client.post(reverse("comments:rules_draft"), chosen | {"try": "1"}).context["trial"]
    assert ([each.comment.article.topic for each in trial.newly], trial.tried) == ([here], 1)
    version = workbench.save_draft(
        workbench.settings_of(Policy.current()) | {"suspect_words": "casino"}, None
    )
    workbench.switch_on(version)
    Hold.objects.update(at=timezone.now())
    page = client.get(reverse("comments:rules_version", args=[version.pk]))
    assert [comment.article.topic for comment in page.context["alone"]] == [here]
    assert "casino there" not in page.content.decode()


def test_what_a_version_alone_held_is_offered_again_when_it_is_rolled_back(client, editor, make_comment):
    version = workbench.save_draft(
        workbench.settings_of(Policy.current()) | {"suspect_words": "ferry"}, editor
    )
    workbench.switch_on(version)

    def held(text, name, *rules):
        comment = make_comment(text, name=name, status="held")
        Hold.objects.bulk_create([Hold(comment=comment, rule=r, value=v, limit=2) for r, v in rules])
        return comment

    waits = held("The ferry is late", "A", ("suspect_words", None))
    both = held("The ferry http://a.example http://b.example", "B", ("suspect_words", None), ("links", 2))
    rejected = held("The ferry again", "C", ("suspect_words", None))
    rejected.reject(by=editor, reason="other")
    other = held("Links only", "D", ("links", 3))
    approved = held("The ferry once more", "E", ("suspect_words", None))
    approved.approve(by=editor)

    address = reverse("comments:rules_version", args=[version.pk])
    client.post(address, {"offer_again": "1"})  # not before it is rolled back
    assert Comment.objects.get(pk=waits.pk).status == "held"
    client.post(address, {"roll_back": "1"})
    assert Policy.current().suspect_words == ""
    assert client.get(address).context["alone"] == [waits, rejected]
    client.post(address, {"offer_again": "1"})
    statuses = {c.user_name: c.status for c in Comment.objects.all()}
    assert statuses == {"A": "visible", "B": "held", "C": "held", "D": "held", "E": "visible"}
    assert list(rejected.holds.values_list("rule", flat=True)) == ["rolled_back"]
    assert {both.decisions.count(), other.decisions.count()} == {0}
    assert client.get(address).context["alone"] == []


def test_a_version_is_switched_on_and_rolled_back_once(editor):
    version = workbench.save_draft(workbench.settings_of(Policy.current()) | {"capitals_percent": 50}, editor)
    workbench.switch_on(version)
    with pytest.raises(workbench.AlreadyDecided):
        workbench.switch_on(PolicyVersion.objects.get())
    workbench.roll_back(version, editor)
    with pytest.raises(workbench.AlreadyDecided):
        workbench.roll_back(version, editor)
    assert Policy.current().capitals_percent == 70


def test_the_record_of_a_rule_is_counted(editor, make_comment, django_assert_num_queries):
    for n, verb in enumerate(["approve", "approve", "reject", None]):
        comment = make_comment(f"Words {n}", name=f"R {n}", status="held")
        Hold.objects.create(comment=comment, rule="links", value=3, limit=2)
        if verb:
            settled(comment, editor, verb)
    other = get_user_model().objects.create_superuser("other")
    Appeal.file(Comment.objects.get(status="rejected"), "I was quoting.").reopen(by=other)
    with django_assert_num_queries(2):
        record = workbench.rules_record()
    assert record == {"links": workbench.Record(held=4, approved=3, turned_down=0, reopened=1)}
    assert record["links"].words == "held 4 in 90 days, 3 of them approved, 1 on appeal"
    with django_assert_num_queries(0):
        assert workbench.rules_record() == record


def test_the_ranking_is_shown_and_switched_off(client, editor, make_comment):
    spam = make_comment("Free money on my channel", name="Bo", status="held")
    Comment.objects.filter(pk=spam.pk).update(spam_score=0.9, priority=0.9)
    page = client.get(reverse("comments:ranking")).content.decode()
    assert "Free money on my channel" in page
    assert "too little" in page
    client.post(reverse("comments:switch_ranking"), {"on": "0"})
    assert not ranking.state().is_on
    assert "Switch it on" in client.get(reverse("comments:ranking")).content.decode()


def test_an_impossible_draft_is_given_back_with_what_is_wrong(client, editor):
    page = client.post(reverse("comments:rules_draft"), draft(capitals_percent=300, save="1"))
    assert page.status_code == 200
    assert "There is a problem" in page.content.decode()
    assert not PolicyVersion.objects.exists()


def test_a_share_that_is_none_is_refused_in_plain_words(client, editor):
    for percent in (0, 700):
        page = client.post(reverse("comments:rules_draft"), draft(capitals_percent=percent, **{"try": 1}))
        assert page.context["form"].errors == {"capitals_percent": ["Please give a share from 1 to 100."]}
        assert "Constraint" not in page.text


def test_what_is_offered_again_is_one_decision_that_goes_back_whole_and_stands_against_no_later_one(
    editor, make_comment, staff
):
    version = workbench.save_draft({"suspect_words": "tide"}, editor)
    workbench.switch_on(version)
    waits, away = (make_comment(f"The tide {n}", status="held") for n in range(2))
    for comment in (waits, away):
        Hold.objects.create(comment=comment, rule="suspect_words", words=["tide"])
    moderation.reject(away, staff("first"), "off_topic")
    workbench.roll_back(version, editor)
    before = list(Comment.objects.order_by("pk").values(*Comment.KEPT))

    assert workbench.offer_again(version, editor) == (1, 1)
    assert not Comment.objects.visible().exists()  # not before the seconds for undo are over
    assert set(Mail.objects.waiting().values_list("due_at", flat=True)) >= {
        Decision.objects.get(comment=waits).effect_at
    }
    moderation.undo(moderation.last_of(editor), editor)
    assert list(Comment.objects.order_by("pk").values(*Comment.KEPT)) == before

    assert workbench.offer_again(version, editor)[0] == 1
    waits.refresh_from_db()
    moderation.reject(waits, staff("second"), "abuse")
    assert workbench.offer_again(version, editor) == (0, 0)
    assert Comment.objects.get(pk=waits.pk).status == "rejected"


@pytest.fixture
def held(make_comment):
    """`held("words", "links", value=2)`: a comment that waits because of a rule."""

    def held(text, rule="suspect_words", **fields):
        of_comment = {name: fields.pop(name) for name in ("article",) if name in fields}
        comment = make_comment(text, name=text, status="held", **of_comment)
        Hold.objects.create(comment=comment, rule=rule, **fields)
        return comment

    return held


def test_what_an_article_or_a_topic_holds_by_its_own_mode_was_not_held_by_a_version_of_the_site(
    editor, held, make_article
):
    Policy(mode="open").save()
    approved_first, cautious = make_article("Approved first"), make_article("Cautious")
    cautious.topic = Topic.objects.create(name="Careful", slug="careful")
    cautious.save()
    ModeChoice.objects.create(article=approved_first, mode="approve_first")
    ModeChoice.objects.create(topic=cautious.topic, mode="cautious")
    version = workbench.save_draft(
        workbench.settings_of(Policy.current()) | {"suspect_words": "tide"}, editor
    )
    workbench.switch_on(version)
    held("All of here waits", "approve_first", article=approved_first)
    held("A new person", "first_comments", value=0, article=cautious)
    by_it = held("The tide")
    workbench.roll_back(version, editor)
    assert workbench.held_by_it_alone(version, editor) == [by_it]
    assert workbench.offer_again(version, editor) == (1, 0)
    assert list(Comment.objects.visible_of(by_it.article)) == []  # not before the seconds for undo are over
    assert set(Comment.objects.held().values_list("comment", flat=True)) == {
        "All of here waits",
        "A new person",
    }


def test_a_draft_changes_nothing_but_what_it_says_whatever_was_decided_since_it_was_written(client, editor):
    Policy(suspect_words="casino\r\nferry").save()  # as a browser sends it
    address = reverse("comments:rules_draft")
    for change in ({"suspect_words": "casino\r\nferry\r\ntide"}, {"suspect_words": "casino\r\nloans"}):
        client.post(address, draft(**change, save="1"))
    later, first = PolicyVersion.objects.all()
    policy = Policy.current()
    policy.links_held_from, policy.switched_off = 7, ["duplicate"]
    policy.save()
    client.post(reverse("comments:rules_version", args=[first.pk]), {"switch_on": "1"})
    page = client.get(reverse("comments:rules_version", args=[later.pk]))
    assert page.context["changes"] == [("suspect words", "casino\nferry\ntide", "casino\ntide\nloans")]
    client.post(reverse("comments:rules_version", args=[later.pk]), {"switch_on": "1"})
    policy = Policy.current()
    assert (policy.suspect_words, policy.links_held_from, policy.switched_off) == (
        "casino\ntide\nloans", 7, ["duplicate"],
    )  # fmt: skip

    policy.suspect_words += "\nkelp"  # in the admin
    policy.save()
    client.post(reverse("comments:rules_version", args=[later.pk]), {"roll_back": "1"})
    assert Policy.current().suspect_words.split() == ["casino", "tide", "kelp", "ferry"]


def test_a_rule_that_was_changed_twice_is_rolled_back_twice(client, editor, held):
    first, second = (
        workbench.save_draft(workbench.settings_of(Policy.current()) | {"suspect_words": words}, editor)
        for words in ("ferry", "ferry\ntide")
    )
    addresses = [reverse("comments:rules_version", args=[each.pk]) for each in (first, second)]
    client.post(addresses[0], {"switch_on": "1"})
    before = held("The ferry, early")
    client.post(addresses[1], {"switch_on": "1"})
    during, other = held("The ferry, late"), held("The tide")

    # what was replaced is no offer: its words are on the list still
    assert client.get(addresses[0]).context["alone"] == []
    client.post(addresses[0], {"offer_again": "1"})
    assert Comment.objects.held().count() == 3

    client.post(addresses[1], {"roll_back": "1"})
    assert client.get(addresses[1]).context["alone"] == [other]
    assert Policy.current().suspect_words == "ferry"
    client.post(addresses[0], {"roll_back": "1"})
    assert Policy.current().suspect_words == ""
    late = held("The ferry that was being posted")
    assert client.get(addresses[0]).context["alone"] == [before, during, late]
    for address in addresses:
        client.post(address, {"offer_again": "1"})
    assert not Comment.objects.held().exists()
