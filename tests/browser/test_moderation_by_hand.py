"""The desk as somebody uses it by hand: what a key or a press does, and what it leaves alone."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from articles.models import Article, Topic
from comments import markup, moderation, similar
from comments.fairness import Appeal
from comments.models import Comment, Commenter, Decision, Hold, RejectionReason
from tests.browser.axe import found_by_axe


@pytest.fixture
def held(transactional_db):
    """Three held comments, each by somebody else."""
    RejectionReason.objects.get_or_create(slug="other", defaults={"label": "House rules"})
    article = Article.objects.create(
        headline="The strait at low tide", standfirst="What the water leaves.", body="<p>Sand.</p>",
        topic=Topic.objects.create(name="Seas", slug="seas"), published_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip
    comments = []
    for n in range(3):
        person = Commenter.objects.create(email=f"r{n}@example.org", name=f"Reader {n}")
        comments.append(
            Comment.objects.create(
                article=article, commenter=person, user_name=person.name, status="held",
                comment=f"What I know of the tide, number {n}.",
            )
        )  # fmt: skip
        Hold.objects.create(comment=comments[-1], rule="first_comments")
    return comments


@pytest.fixture
def moderator(transactional_db):
    return User.objects.create_superuser("mo", "mo@example.org", "x")


@pytest.fixture
def desk(page, log_in, moderator, held, live_server):
    log_in(moderator)
    page.goto(f"{live_server.url}/moderation/")
    return page


def card(page, comment):
    return page.locator(f"#case-{comment.pk}")


def open_more(page, comment):
    card(page, comment).locator("summary", has_text="Reason, words, answer").click()


def test_enter_in_a_field_or_on_a_box_decides_nothing(desk, held, live_server):
    last = held[-1]
    for address in ("/moderation/", f"/moderation/comments/{last.pk}/"):
        desk.goto(live_server.url + address)
        card(desk, last).locator(".case__pick").press("Enter")
        open_more(desk, last)
        words = card(desk, last).get_by_label("Words to the writer")
        words.fill("Please name the source.")
        words.press("Enter")
        desk.wait_for_timeout(500)
        expect(words).to_have_value("Please name the source.")
    assert not Decision.objects.exists()


def test_one_key_lets_only_the_first_of_a_letter_stay_and_one_takes_that_back(desk, held):
    RejectionReason.objects.get_or_create(slug="duplicate", defaults={"label": "Said before"})
    for comment in held:
        comment.comment = (
            "We, the people of the harbour, ask the minister for a ferry that runs in winter as well."
        )
        comment.save()
        similar.remember(comment)
    desk.reload()
    first = card(desk, held[0])
    expect(desk.locator("[data-held]")).to_have_count(1)
    expect(first).to_contain_text("3 comments say nearly the same")
    for key, became in (("o", ["visible", "rejected", "rejected"]), ("z", ["held"] * 3)):
        desk.keyboard.press(key)
        expect(first).to_have_count(1 if key == "z" else 0)
        expect(desk.locator("[data-flash]")).to_contain_text("Taken back" if key == "z" else "Undo")
        assert [Comment.objects.get(pk=comment.pk).status for comment in held] == became


def test_enter_in_the_line_on_an_appeal_decides_nothing(desk, held, live_server):
    comment = held[0]
    comment.reject(by=User.objects.create_superuser("first", "first@example.org", "x"), reason="other")
    Appeal.file(comment, "I was quoting.")
    desk.goto(f"{live_server.url}/moderation/appeals/")
    line = desk.get_by_label("A line for the writer, if you like")
    line.fill("We looked again.")
    line.press("Enter")
    desk.wait_for_timeout(500)
    expect(line).to_have_value("We looked again.")
    assert Appeal.objects.get().outcome == ""


def test_who_was_logged_out_reads_why_nothing_is_taken_and_keeps_the_card(desk, held, complaints):
    desk.context.clear_cookies()
    desk.keyboard.press("a")
    flash = desk.locator("[data-flash]")
    expect(flash).to_contain_text("you are logged out here")
    expect(flash).to_have_class(re.compile("note--no"))
    expect(card(desk, held[0])).to_be_visible()
    assert all("403" in line for line in complaints)
    complaints.clear()


def test_who_logs_in_anew_goes_on_and_somebody_else_does_not(
    desk, held, moderator, log_in, complaints, live_server
):
    open_more(desk, held[0])
    card(desk, held[0]).get_by_label("Words to the writer").fill("Please name the source.")
    card(desk, held[0]).focus()
    desk.context.clear_cookies()
    log_in(User.objects.create_superuser("ada", "ada@example.org", "x"))
    flash = desk.locator("[data-flash]")
    desk.keyboard.press("r")
    expect(flash).to_contain_text("you are logged out here")
    assert not Decision.objects.exists()
    desk.context.clear_cookies()
    log_in(moderator)
    desk.keyboard.press("r")
    expect(flash).to_contain_text("Rejected.")
    decision = Decision.objects.get()
    assert (decision.by, decision.note) == (moderator, "Please name the source.")
    assert all("403" in line for line in complaints)
    complaints.clear()


def test_what_was_typed_stays_when_the_writer_changed_the_comment_meanwhile(desk, held):
    first = held[0]
    open_more(desk, first)
    answer = card(desk, first).get_by_label("Answer as staff")
    answer.fill("Thank you, we asked the harbour.")
    first.edit("What I know of the tide, changed.", [])
    card(desk, first).get_by_role("button", name="Approve and answer").click()
    expect(desk.locator("[data-flash]")).to_contain_text("Its writer changed it since you saw it")
    expect(card(desk, first).locator(".case__body")).to_contain_text("changed.")
    expect(answer).to_have_value("Thank you, we asked the harbour.")
    expect(answer).to_be_visible()


def test_a_key_on_ones_own_comment_says_why_and_a_selection_leaves_it(desk, held, moderator):
    own, *others = held
    Comment.objects.filter(pk=own.pk).update(user=moderator)
    desk.reload()
    flash = desk.locator("[data-flash]")
    for key in "arsf1":
        desk.keyboard.press(key)
    expect(flash).to_have_text("You wrote it yourself: another moderator decides.")
    expect(card(desk, own)).to_have_attribute("aria-current", "true")
    desk.keyboard.press("Shift+X")
    desk.keyboard.press("Shift+A")
    expect(flash).to_contain_text(f"Comment {own.pk}: You wrote it yourself")
    expect(desk.locator("[data-held]")).to_have_count(1)
    expect(card(desk, own).get_by_text("You wrote it yourself: another moderator decides.")).to_be_visible()
    assert set(Decision.objects.values_list("comment", flat=True)) == {c.pk for c in others}


def test_what_a_thumb_presses_on_a_card_is_large_enough(browser, live_server, log_in_to, moderator, held):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    log_in_to(context, moderator)
    moderation.reject(held[1], User.objects.create_superuser("first", "first@example.org", "x"), "other")
    similar.trace(held[1])
    phone = context.new_page()
    phone.goto(f"{live_server.url}/moderation/")
    open_more(phone, held[0])
    links = phone.locator(f"#case-{held[0].pk} :is(.case__side, .case__past) a")
    expect(links).to_have_text(
        [
            "Rejected",
            "This person",
            "All comments by Reader 0",
            "Look closer at the comment by Reader 0",
            "Edit out personal data",
        ]
    )
    heights = [link.bounding_box()["height"] for link in links.all()]
    card(phone, held[0]).get_by_role("button", name="Approve the comment").tap()
    undo = phone.locator("[data-flash]").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    phone.locator(".bulk").scroll_into_view_if_needed()
    assert card(phone, held[2]).bounding_box()["y"] < 0 <= undo.bounding_box()["y"] < 60
    phone.get_by_label("Search comments").fill("tide")
    phone.get_by_role("button", name="Apply").tap()
    # what was found is below the filters, which are open
    expect(phone.locator("#queue:target [data-held]")).to_be_in_viewport(ratio=0.5)
    context.close()
    assert min(heights) >= 40, heights


@pytest.mark.parametrize("is_scripted", [True, False])
def test_a_long_comment_is_folded_on_a_phone_and_hides_nothing_that_a_rule_found(
    browser, live_server, log_in_to, moderator, held, is_scripted
):
    plain, early, late = held
    sentence = "The ferry was late again, and nobody at the harbour could say why. "
    for comment, words in (
        (plain, sentence * 44),
        (early, f"They sell lanterns there. {sentence * 44}"),
        (late, f"{sentence * 44}They sell lanterns there: http://late.example"),
    ):
        Comment.objects.filter(pk=comment.pk).update(comment=words, html=markup.render(words))
        Hold.objects.create(comment=comment, rule="links", words=["lanterns", "http://late.example"])
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
        java_script_enabled=is_scripted,
    )
    log_in_to(context, moderator)
    phone = context.new_page()
    phone.goto(f"{live_server.url}/moderation/")

    def way(comment):
        """From the top of a card to the end of its buttons."""
        last = card(phone, comment).get_by_role("button", name="Feature").bounding_box()
        return last["y"] + last["height"] - card(phone, comment).bounding_box()["y"]

    assert [way(comment) < 740 for comment in (plain, early, late)] == [True, True, False]
    body, fold = card(phone, plain).locator(".case__body"), card(phone, plain).locator(".fold summary")
    assert fold.bounding_box()["height"] >= 44
    short = body.bounding_box()["height"]
    fold.click()
    assert body.bounding_box()["height"] > 3 * short
    fold.press("Enter")
    assert body.bounding_box()["height"] == short
    card(phone, late).locator(".fold summary").click()
    assert way(late) < 740
    card(phone, late).locator(".case__body a").focus()
    assert way(late) > 740
    if is_scripted:
        assert found_by_axe(phone, dark_too=True) == []
        phone.set_viewport_size({"width": 1440, "height": 900})
        expect(fold).to_be_hidden()
        assert body.bounding_box()["height"] > 740
    context.close()


def test_after_the_network_was_away_decisions_are_sent_again(desk, held, complaints):
    desk.context.set_offline(True)
    desk.keyboard.press("j")  # near the end of what is here: more is asked for
    desk.keyboard.press("j")
    desk.wait_for_timeout(300)
    desk.keyboard.press("r")
    flash = desk.locator("[data-flash]")
    expect(flash).to_have_text("That did not arrive. Please try again.")
    expect(desk.locator("[data-held]")).to_have_count(3)
    desk.context.set_offline(False)
    desk.keyboard.press("r")
    expect(flash).to_contain_text("Rejected.")
    expect(desk.locator("[data-held]")).to_have_count(2)
    assert Decision.objects.count() == 1
    complaints.clear()


def test_a_key_that_is_held_down_decides_once(desk, held):
    desk.keyboard.down("a")
    desk.keyboard.down("a")  # as a keyboard repeats it
    desk.keyboard.down("a")
    desk.keyboard.up("a")
    expect(desk.locator("[data-flash]")).to_contain_text("Approved.")
    desk.wait_for_timeout(500)
    assert list(Decision.objects.values_list("comment", "verb")) == [(held[0].pk, "approve")]


def test_what_somebody_else_takes_back_comes_again(desk, held):
    for _ in held:
        desk.keyboard.press("r")
    expect(desk.locator("[data-empty]")).to_be_visible()
    expect(desk.locator("[data-count=held]")).to_have_text("0")
    ada = User.objects.create_superuser("ada", "ada@example.org", "x")
    moderation.undo(list(Decision.objects.filter(comment=held[1])), ada)
    expect(card(desk, held[1])).to_be_visible()
    expect(card(desk, held[1])).to_have_attribute("aria-current", "true")
    desk.keyboard.press("a")
    expect(desk.locator("[data-flash]")).to_contain_text("Approved.")
    assert Comment.objects.get(pk=held[1].pk).status == "visible"


def test_undo_by_key_of_what_was_overtaken_says_so_leaves_one_card_of_it_and_goes_on(desk, held, moderator):
    before, overtaken = held[:2]
    for comment in (before, overtaken):
        moderation.reject(comment, moderator, "other")
    moderation.hold(overtaken, User.objects.create_superuser("other", "other@example.org", "x"))
    desk.reload()
    open_more(desk, overtaken)
    note = card(desk, overtaken).get_by_label("Words to the writer")
    note.fill("A line")
    note.press("Escape")
    desk.keyboard.press("z")
    flash = desk.locator("[data-flash]")
    expect(flash).to_contain_text("Undo again takes back what you decided before it.")
    expect(flash).to_contain_text(f"Comment {overtaken.pk}: Somebody else decided on it a moment ago.")
    desk.keyboard.press("z")
    expect(flash).to_have_text("Taken back.")
    expect(card(desk, before)).to_have_attribute("aria-current", "true")
    expect(note).to_have_value("A line")
    note.fill("")


def test_what_undo_brings_back_is_there_to_be_decided_whichever_queue_is_open(
    desk, held, moderator, live_server
):
    moderation.reject(held[1], moderator, "other")
    desk.goto(f"{live_server.url}/moderation/?queue=spam")
    expect(desk.locator("[data-empty]")).to_be_visible()
    desk.keyboard.press("z")
    expect(desk.locator("[data-flash]")).to_have_text("Taken back.")
    expect(card(desk, held[1])).to_have_attribute("aria-current", "true")
    desk.keyboard.press("s")
    expect(desk.locator("[data-flash]")).to_contain_text("Marked as spam.")
    assert Comment.objects.get(pk=held[1].pk).status == "spam"


def test_what_is_kept_in_a_search_does_not_come_again_at_its_end(desk, held, live_server):
    Comment.objects.filter(pk__in=[c.pk for c in held]).update(status="visible")
    desk.goto(f"{live_server.url}/moderation/?queue=all&q=tide")
    for _ in held:
        desk.keyboard.press("a")
    expect(desk.locator("[data-empty]")).to_be_visible()
    desk.wait_for_timeout(6000)  # it looks for more meanwhile
    expect(desk.locator("[data-held]")).to_have_count(0)


def test_what_was_seen_goes_with_its_count_and_a_selection_of_none_says_so(desk, held, live_server):
    Comment.objects.update(status="visible")
    desk.goto(f"{live_server.url}/moderation/?queue=new")
    desk.keyboard.press("Shift+A")
    expect(desk.locator("[data-flash]")).to_have_text("Nothing is selected.")
    open_more(desk, held[0])
    card(desk, held[0]).get_by_role("button", name="Seen, nothing to do").click()
    expect(desk.locator("[data-flash]")).to_have_text("Seen.")
    expect(card(desk, held[0])).to_have_count(0)
    expect(card(desk, held[1])).to_have_attribute("aria-current", "true")
    expect(desk.locator("[data-count=new]")).to_have_text("2")


def test_who_decides_on_a_selected_card_elsewhere_leaves_the_right_count(desk, held):
    desk.keyboard.press("Shift+X")
    expect(desk.locator("[data-picked]")).to_have_text("3 selected:")
    moderation.approve(held[2], User.objects.create_superuser("ada", "ada@example.org", "x"))
    expect(card(desk, held[2])).to_have_count(0)
    expect(desk.locator("[data-picked]")).to_have_text("2 selected:")


def test_what_somebody_else_kept_among_the_new_ones_is_new_no_more(desk, held, live_server):
    ada = User.objects.create_superuser("ada", "ada@example.org", "x")
    Comment.objects.update(status="visible")
    desk.goto(f"{live_server.url}/moderation/?queue=new")
    moderation.approve(Comment.objects.get(pk=held[2].pk), ada)
    expect(card(desk, held[2])).to_have_count(0)
    moderation.approve(Comment.objects.get(pk=held[0].pk), ada)
    desk.keyboard.press("a")
    expect(desk.locator("[data-flash]")).to_contain_text("Somebody else decided on it a moment ago.")
    desk.wait_for_load_state("networkidle")
    expect(card(desk, held[0])).to_have_count(0)
    expect(card(desk, held[1])).to_have_attribute("aria-current", "true")


def test_whose_cards_are_decided_elsewhere_gets_the_next_ones(desk, held):
    for n in range(30):
        Comment.objects.create(
            article=held[0].article, user_name="Ida", status="held", comment=f"And another {n}."
        )
    desk.reload()
    shown = desk.locator("[data-held]")
    expect(shown).to_have_count(25)
    ada = User.objects.create_superuser("ada", "ada@example.org", "x")
    ids = shown.evaluate_all("all => all.map((each) => Number(each.dataset.held))")
    moderation.decide("approve", dict.fromkeys(ids[1:], ""), by=ada)
    expect(shown).to_have_count(9)
    expect(card(desk, held[0])).to_have_attribute("aria-current", "true")


def test_words_that_a_decision_did_not_use_are_given_back(desk, held):
    flash = desk.locator("[data-flash]")
    open_more(desk, held[0])
    card(desk, held[0]).get_by_label("Answer as staff").fill("We asked the harbour.")
    card(desk, held[0]).get_by_role("button", name="Approve the comment").click()
    expect(flash).to_contain_text("You had written: “We asked the harbour.”")
    open_more(desk, held[1])
    card(desk, held[1]).get_by_label("Words to the writer").fill("Please name a source.")
    card(desk, held[1]).locator(".case__pick").check()
    desk.get_by_role("group", name="With the selection").get_by_role("button", name="Reject").click()
    expect(flash).to_contain_text("You had written: “Please name a source.”")


def test_the_page_asks_before_words_or_decisions_on_their_way_are_lost(desk, held, live_server):
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    open_more(desk, held[0])
    words = card(desk, held[0]).get_by_label("Words to the writer")
    words.fill("Please name the source.")
    desk.get_by_role("link", name="Numbers").click(no_wait_after=True)
    desk.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(words).to_have_value("Please name the source.")
    words.fill("")
    desk.get_by_role("link", name="Numbers").click()
    desk.wait_for_url("**/numbers/")
    assert asked == ["beforeunload"]


def test_where_nothing_is_left_the_keyboard_stands_at_the_words_that_say_so(desk, held):
    for _ in held:
        desk.keyboard.press("a")
    expect(desk.locator("[data-empty]")).to_be_focused()


def test_a_card_of_a_comment_that_is_gone_says_so(desk, held, complaints):
    expect(card(desk, held[0])).to_be_visible()
    for comment in (held[0], held[2]):
        Comment.objects.filter(pk=comment.pk).delete()
    expect(card(desk, held[0]).locator("[data-claim]")).to_have_text("It is not there any more")
    desk.keyboard.press("j")
    expect(card(desk, held[2])).to_have_count(0)
    assert all("404" in line for line in complaints)
    complaints.clear()
