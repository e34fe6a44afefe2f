"""The reader's side of comments in a real browser: every page of one's own looked over by axe, the way by keyboard
alone on a small screen, all hostile payloads on one page, and a passkey of the newsroom."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import expect

from articles.models import Article, Topic
from comments import conversation, load, markup
from comments.models import Comment, Commenter, Policy
from tests.browser.axe import found_by_axe

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long and quiet road"
SAMPLES = Path(settings.BASE_DIR).parent / "shared" / "samples" / "xss" / "vectors.jsonl"


@pytest.fixture
def article(transactional_db):
    Policy(seconds_to_write=0).save()
    return Article.objects.create(
        headline="The strait at low tide", standfirst="What the water leaves.", body="<p>Sand, mostly.</p>",
        topic=Topic.objects.create(name="Seas", slug="seas"), published_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip


@pytest.fixture
def ida(article):
    user = get_user_model().objects.create_user("ida", "ida@example.org", PASSWORD, first_name="Ida")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def write(article, text, name="Bo Lind", user=None, **fields):
    email = f"{name.lower().replace(' ', '.')}@example.org"
    person, _ = Commenter.objects.get_or_create(email=email, defaults={"name": name, "user": user})
    return Comment.objects.create(
        article=article, comment=text, user_name=name, user_email=email, commenter=person, user=user,
        **{"status": "visible"} | fields,
    )  # fmt: skip


def test_axe_finds_nothing_on_the_pages_of_a_reader(browser, live_server, article, ida):
    other = write(article, "Somebody else’s words.")
    own = write(article, "My words.", name="Ida", user=ida)
    held = write(article, "They wait.", name="Ida", user=ida, status="held")
    held.holds.create(rule="links", value=3, limit=2)
    turned_down = write(article, "They do not.", name="Ida", user=ida, status="held")
    turned_down.reject(reason="off_topic")
    context = browser.new_context(bypass_csp=True)  # axe styles what it measures
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 800})
    found = {}

    def look(*paths):
        for path in paths:
            answer = page.goto(live_server.url + path)
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            violations = found_by_axe(page, dark_too=True)
            if violations or wide:
                found[path] = (answer.status, violations, "too wide" if wide else "")

    look("/moderation/", "/account/signup/", "/account/data/by-mail/", f"/comments/{other.pk}/report/", f"/comments/{other.pk}/recommend/")  # fmt: skip
    page.goto(f"{live_server.url}/account/login/")
    page.locator("#id_login").fill("ida@example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/account/")
    look(
        "/account/", "/account/comments/", "/account/reports/", "/account/erase/", "/account/name/", "/account/2fa/",
        f"/comments/{own.pk}/edit/", f"/comments/{own.pk}/delete/", f"/comments/{other.pk}/follow/", "/moderation/",
    )  # fmt: skip
    context.close()
    assert found == {}


def tab_to(page, wanted):
    """Press Tab until the element of the selector `wanted` has the focus, and see that it shows."""
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", wanted
            return
    raise AssertionError(f"no way to {wanted} by Tab")


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_reader_recommends_answers_and_writes_by_keyboard_alone_at_360_px(
    browser, live_server, article, javascript
):
    thread = write(article, "The first words.")
    context = browser.new_context(java_script_enabled=javascript, viewport={"width": 360, "height": 740})
    page = context.new_page()
    address = f"{live_server.url}/articles/{article.slug}/comments/"
    page.goto(address)
    tab_to(page, f"#comment-{thread.pk} [data-recommend]")
    page.keyboard.press("Enter")
    if not javascript:
        page.wait_for_url("**/recommend/")
        tab_to(page, "main button")
        page.keyboard.press("Enter")
    page.locator(".remark__count").wait_for()
    expect(page.locator(".remark__count")).to_have_text("1")

    for to, words in ((f"#comment-{thread.pk} a[data-write]", "An answer."), (".talk__write a[data-write]", "A thought.")):  # fmt: skip
        page.goto(address)
        tab_to(page, to)
        page.keyboard.press("Enter")
        page.locator("form[data-comment-form]").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if page.evaluate("document.activeElement.id") != "id_name":
            tab_to(page, "#id_name")
        page.keyboard.type("Bo Lind")
        tab_to(page, "#id_email")
        page.keyboard.type("bo@example.org")
        tab_to(page, "#id_comment")
        page.keyboard.type(words)
        tab_to(page, "button[name=send]")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="One more step").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    written = Comment.objects.filter(status="unconfirmed").order_by("pk").values_list("comment", "answers")
    assert list(written) == [("An answer.", thread.pk), ("A thought.", None)]


# one comment for each payload when all is measured; else eight share a comment, and each eighth is a name
TOGETHER = 1 if os.environ.get("BENCH") else 8


def test_all_payloads_as_comment_name_and_link_of_one_conversation_run_no_script(
    page, live_server, article, monkeypatch, complaints
):
    if not SAMPLES.exists():
        pytest.skip("the payload samples are not on this machine")
    payloads = [json.loads(line)["payload"] for line in SAMPLES.read_text().split("\n") if line]
    parts = [payloads[start : start + TOGETHER] for start in range(0, len(payloads), TOGETHER)]
    monkeypatch.setattr(conversation, "THREADS_A_PAGE", len(parts))  # one page for all of them
    writer = load.Writer(1)
    for part in parts:
        comment = writer.add(article.pk, status="visible")
        words = [payload.replace("\x00", "")[:300] for payload in part]
        comment.comment = markup.tidy(
            "\n\n".join(f"{w}\n\n[{w[:99]}]({w}) [x](https://a.example/{w[:99]})" for w in words)
        )
        comment.html = markup.render(comment.comment)
        comment.user_name = "".join(c for c in words[0] if c.isprintable())[:50] or "x"
    writer.finish()
    page.set_default_timeout(60_000)
    page.add_init_script(
        'window.fired = []; for (const n of ["alert", "confirm", "prompt", "print"]) window[n] = () => fired.push(n);'
    )
    page.goto(f"{live_server.url}/articles/{article.slug}/comments/")
    assert page.locator("[data-comment]").count() == len(parts)
    assert page.locator("body > footer").count() == 1
    seen = page.evaluate("""() => {
      const within = [...document.querySelectorAll(".remark__body *, .remark__who *")];
      return {
        fired: window.fired,
        scripts: [...document.scripts].filter((script) => !script.src && script.type !== "application/ld+json").length,
        elements: [...new Set(within.map((element) => element.localName))],
        attributes: [...new Set(within.flatMap((element) => element.getAttributeNames()))].sort(),
        protocols: [...new Set(within.filter((element) => element.href).map((link) => link.protocol))].sort(),
      };
    }""")
    allowed = {"a", "bdi", "blockquote", "br", "em", "li", "ol", "p", "strong", "ul"}
    assert set(seen.pop("elements")) <= allowed
    assert seen == {
        "fired": [],
        "scripts": 0,
        "attributes": ["href", "rel"],
        "protocols": ["http:", "https:"],
    }
    assert complaints == []


def test_someone_of_the_newsroom_makes_a_passkey_and_logs_in_with_it(page, log_in, live_server, ida):
    get_user_model().objects.filter(pk=ida.pk).update(is_staff=True, is_superuser=True)
    log_in(ida)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    page.goto(f"{live_server.url}/account/2fa/webauthn/add/")
    page.locator("#id_password").fill(PASSWORD)  # it asks again before anything that opens the account
    page.locator("#id_password").press("Enter")
    page.locator("#id_name").fill("My laptop")
    page.locator("#id_passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(lambda url: not url.endswith("/webauthn/add/"))
    assert ida.authenticator_set.filter(type="webauthn").count() == 1

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/account/login/?next=/moderation/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(f"{live_server.url}/moderation/")
    expect(page.locator("main h1")).to_have_count(1)
