"""The desk and its pages in a browser: axe finds nothing in light and in dark, focus is seen, and a phone is wide enough."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from articles.models import Article, Topic
from comments import moderation, numbers, similar, workbench
from comments.fairness import Appeal, SecondOpinion
from comments.models import Comment, Commenter, Hold, Policy, Report
from tests.browser.axe import found_by_axe

ADDRESSES = [
    "/moderation/?queue=all",
    "/moderation/comments/{comment}/",
    "/moderation/comments/{comment}/redact/",
    "/moderation/persons/{person}/",
    "/moderation/appeals/",
    "/moderation/second-opinions/",
    "/moderation/numbers/?period=week",
    "/moderation/rules/",
    "/moderation/rules/draft/",
    "/moderation/rules/versions/{version}/",
    "/moderation/ranking/",
    "/about/comments/",
]
# the last key was the keyboard's: what is focused by a script from then on is shown as if it was reached by Tab
UNSEEN_FOCUS = """() => [...document.querySelectorAll("header a, main :is(a, button, input, select, textarea, summary)")]
  .filter((each) => each.checkVisibility() && each.type !== "hidden").filter((each) => {
    each.focus();
    const style = getComputedStyle(each);
    return document.activeElement === each && (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2);
  }).map((each) => each.outerHTML)"""


@pytest.fixture
def moderator(transactional_db):
    first = User.objects.create_superuser("first", "first@example.org", "x")
    topic = Topic.objects.create(name="Rivers", slug="rivers")
    article = Article.objects.create(
        headline="A dam",
        standfirst="Who pays.",
        body="<p>Text.</p>",
        topic=topic,
        published_at=timezone.now(),
    )
    person = Commenter.objects.create(email="ida@example.org", name="Ida")
    for words, rule in (("Words that stay out", "suspect_words"), ("Words that are shown", "links")):
        comment = Comment.objects.create(
            article=article, comment=words, user_name="Ida", commenter=person, status="held"
        )
        Hold.objects.create(comment=comment, rule=rule)
        comment.approve(by=first) if rule == "links" else comment.reject(by=first, reason="abuse")
    for name in ("Ada", "Bo"):
        other = Commenter.objects.create(email=f"{name}@example.org", name=name)
        similar.remember(
            Comment.objects.create(
                article=article, commenter=other, user_name=name, status="held",
                comment="Who pays for the dam, and who is asked before the water comes up to the church?",
            )
        )  # fmt: skip
    Report.file(Comment.objects.get(status="visible"), "abuse", "Rude.", browser="b", network="n")
    Appeal.file(Comment.objects.get(status="rejected"), "I was quoting.")
    second = User.objects.create_superuser("second", "second@example.org", "x")
    spam = Comment.objects.create(
        article=article, comment="Buy.", user_name="Ida", commenter=person, status="held"
    )
    decision = moderation.mark_spam(spam, first)
    Appeal.file(spam, "It was a gift.").let_stand(by=second)
    SecondOpinion.objects.create(
        decision=decision, comment=spam, first="spam", first_by=first, verdict="visible", by=second, at=timezone.now(),
    )  # fmt: skip
    numbers.rebuild()
    return second


def test_axe_finds_nothing_focus_is_seen_and_a_phone_is_wide_enough(page, live_server, moderator, log_in):
    log_in(moderator)
    comment = Comment.objects.get(status="rejected")
    moderation.sanction(comment.commenter, "warn", moderator, "abuse", "Please do not.")
    moderation.note(comment.commenter, moderator, "Writes when it is late.")
    version = workbench.save_draft(
        workbench.settings_of(Policy.current()) | {"suspect_words": "stay"}, moderator
    )
    found = {}
    page.set_viewport_size({"width": 320, "height": 900})  # as wide as a desktop at 400 % (WCAG 1.4.10)
    for address in ADDRESSES:
        page.goto(
            live_server.url
            + address.format(comment=comment.pk, person=comment.commenter_id, version=version.pk)
        )
        for details in page.locator("main details").all():
            details.evaluate("each => each.open = true")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        page.keyboard.press("Tab")
        problems = [
            *found_by_axe(page, dark_too=True),
            *(["too wide"] if wide else []),
            *page.evaluate(UNSEEN_FOCUS),
        ]
        if problems:
            found[address] = problems
    assert found == {}
