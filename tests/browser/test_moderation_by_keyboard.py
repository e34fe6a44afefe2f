"""An evening at the moderation desk: two hundred comments by keyboard alone, a bulk taken back, a second moderator."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Count
from django.utils import timezone
from playwright.sync_api import expect

from articles.models import Article, Topic
from comments import similar
from comments.models import Comment, Commenter, Decision, Hold, RejectionReason, Report

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = {"approve": "a", "reject": "r", "spam": "s", "feature": "f"}
BECOMES = {"approve": "visible", "reject": "rejected", "spam": "spam", "feature": "visible"}
# the card that is open, and how many are left
CURRENT = """() => [Number(document.querySelector("[data-held][aria-current=true]")?.dataset.held ?? 0),
  Number(document.querySelector("[data-count=held]").textContent)]"""
LETTER = "We ask the ministry to keep the evening ferry, because three hundred people go home by it"


@pytest.fixture
def wanted(transactional_db):
    """Two hundred held comments and what is to become of each: {id: verb}. The first fifty are a wave of spam."""
    RejectionReason.objects.get_or_create(slug="other", defaults={"label": "House rules"})
    article = Article.objects.create(
        headline="The strait at low tide", standfirst="What the water leaves.", body="<p>Sand.</p>",
        topic=Topic.objects.create(name="Seas", slug="seas"), published_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip
    people = [Commenter.objects.create(email=f"r{n}@example.org", name=f"Reader {n}") for n in range(20)]
    wanted, roots = {}, []
    for n in range(200):
        verb = "spam" if n < 50 else ["approve", "approve", "reject", "approve", "spam", "feature"][n % 6]
        is_letter = n % 40 == 20 and n >= 50
        comment = Comment.objects.create(
            article=article, commenter=people[n % 20], user_name=f"Reader {n % 20}", status="held",
            answers=roots[n % 5] if n % 9 == 8 else None,
            comment=f"{LETTER}. {n}" if is_letter else f"Number {n}, to be told apart: {verb}",
        )  # fmt: skip
        roots.append(comment)
        wanted[comment.pk] = "approve" if is_letter else verb
        rule = "suspect_words" if verb == "reject" else "links" if verb == "spam" else "first_comments"
        Hold.objects.create(comment=comment, rule=rule, words=["told"] if verb == "reject" else [])
        if n % 10 == 9:
            Report.objects.create(comment=comment, reason="abuse", browser=f"b{n}", from_network=f"n{n}")
        if is_letter:
            similar.remember(comment)
    return wanted


class Keyboard:
    """The keys of a page, counted."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def __call__(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def current(self):
        return self.page.evaluate(CURRENT)[0]


def nodes_kept(page):
    """How many nodes the browser has in memory, those of cards that are gone included."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    devtools.send("HeapProfiler.collectGarbage")
    return next(
        each["value"]
        for each in devtools.send("Performance.getMetrics")["metrics"]
        if each["name"] == "Nodes"
    )


def other_session(browser, live_server, log_in_to, user):
    context = browser.new_context()
    log_in_to(context, user)
    page = context.new_page()
    page.goto(f"{live_server.url}/moderation/?order=oldest")
    return page


def test_two_hundred_comments_by_keyboard_alone_beside_a_second_moderator(
    page, browser, live_server, log_in, log_in_to, wanted
):
    log_in(User.objects.create_superuser("mo", first_name="Mo"))
    page.goto(f"{live_server.url}/moderation/?order=oldest")
    loads = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    keys = Keyboard(page)
    flash = page.locator("[data-flash]")

    # fifty in one go, back again, and once more
    selected = page.locator("[data-picked]")
    keys("Shift+X", "Shift+X")
    expect(selected).to_have_text("50 selected:")
    keys("Shift+S")
    expect(flash).to_contain_text("Marked as spam: 50 comments.")
    assert (
        list(Comment.objects.filter(status="spam").order_by("pk").values_list("pk", flat=True))
        == list(wanted)[:50]
    )
    keys("z")
    expect(flash).to_contain_text("Taken back: 50 decisions.")
    assert Comment.objects.held().count() == 200
    expect(page.locator("[data-count=held]")).to_have_text("200")
    expect(selected).to_have_text("50 selected:")
    keys("Shift+S")
    expect(flash).to_contain_text("Marked as spam: 50 comments.")
    expect(page.locator("[data-count=held]")).to_have_text("150")

    # another moderator sees whose card it is, and is first on the next one
    opened = keys.current()
    there = other_session(
        browser, live_server, log_in_to, User.objects.create_superuser("ada", first_name="Ada")
    )
    line = there.locator(f"[data-held='{opened}'] [data-claim]")
    expect(line).to_have_text("Mo is looking at it")
    there.keyboard.press("j")
    theirs = Keyboard(there).current()
    expect(page.locator(f"[data-held='{theirs}'] [data-claim]")).to_have_text("Ada is looking at it")
    keys(KEYS[wanted[opened]])
    expect(line).to_have_count(0)
    there.keyboard.press(KEYS[wanted[theirs]])
    expect(there.locator("[data-flash]")).to_be_visible()
    there.context.close()
    assert keys.current() == theirs
    keys("a")
    expect(flash).to_contain_text("Somebody else decided on it a moment ago.")

    # the rest, one key each
    for _ in range(5000):
        current, left = page.evaluate(CURRENT)
        if current:
            keys(KEYS[wanted[current]])
        elif left:
            page.wait_for_timeout(20)
        else:
            break
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("[data-count=held]")).to_have_text("0")  # the last ones have arrived
    expect(page.locator("[data-today]").first).to_contain_text("You decided on 199 today.")  # one was Ada’s

    became = {pk: BECOMES[verb] for pk, verb in wanted.items()}
    assert dict(Comment.objects.values_list("pk", "status")) == became
    assert set(Comment.objects.filter(is_pick=True).values_list("pk", flat=True)) == {
        pk for pk, verb in wanted.items() if verb == "feature"
    }
    standing = Decision.objects.standing().exclude(verb="undo")
    assert dict(standing.values_list("comment", "verb")) == wanted
    assert standing.count() == 200
    assert list(standing.exclude(by__username="mo").values_list("comment", "by__username")) == [
        (theirs, "ada")
    ]
    assert sorted(
        Decision.objects.exclude(batch=None)
        .values_list("verb")
        .annotate(n=Count("pk"))
        .values_list("verb", "n")
    ) == [("approve", 4), ("spam", 100), ("undo", 50)]
    assert keys.pressed / 200 <= 1.2
    assert loads == []
    assert nodes_kept(page) < 150 * 250  # of the cards that are gone, a hundred at most (each has some 240)
