"""Passing on, in a browser: what arrives at the other end, with script and without."""

import json
import re
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from articles.models import Article, Author, Byline, Correction, Topic
from sharing.targets import PLACES
from tests.browser.axe import found_by_axe

# every sign that means something in an address, letters of both directions, and as long as a headline can be
HEADLINE = "Q&A: 50% #more + 'x' = \"y\"? Rain ☔️, farmers 👩‍🌾 and السلام عليكم" + " & #tag “word”" * 30
HEADLINE = HEADLINE[:299] + "!"


@pytest.fixture
def publish(transactional_db):
    topic = Topic.objects.create(name="Rivers", slug="rivers")
    author = Author.objects.create(name="Ana Ruiz")

    def publish(headline, **fields):
        article = Article.objects.create(
            **{
                "headline": headline, "standfirst": "Who pays.", "body": "<p>Text.</p>", "topic": topic,
                "kind": "report", "published_at": timezone.now() - timedelta(hours=1),
            }
            | fields
        )  # fmt: skip
        Byline.objects.create(article=article, author=author)
        return article

    return publish


@pytest.fixture
def at_live_server(settings, live_server):
    settings.SITE_URL = live_server.url


@pytest.mark.parametrize("script", [True, False])
def test_every_link_arrives_with_the_exact_words_and_address(
    browser, live_server, publish, at_live_server, script
):
    """The hosts of the targets are answered here, with a 204 that leaves the page open: nothing leaves the machine."""
    publish(HEADLINE, slug="a").full_clean()
    address, text = f"{live_server.url}/articles/a/", f"{HEADLINE} – Parallel"
    context = browser.new_context(java_script_enabled=script)
    context.route(re.compile(rf"^(?!{re.escape(live_server.url)})"), lambda route: route.fulfill(status=204))
    page = context.new_page()
    page.goto(address, wait_until="domcontentloaded")
    share = page.locator(".ask [data-share]")
    share.locator("summary").click()
    for name in PLACES:
        link = share.locator(f"a[data-target={name}]")
        if name in ("mail", "sms"):
            given = unquote(link.get_attribute("href"))
            assert text in given and address in given
            continue
        with page.expect_response(lambda answer: answer.status == 204) as answered:
            link.click(no_wait_after=True)
        request = answered.value.request
        words = " ".join(value for _, value in parse_qsl(urlsplit(request.url).query))
        assert address in words
        assert text in words or name in ("facebook", "linkedin")  # those two read the page themselves
        assert "referer" not in request.headers
    context.close()


def test_mastodon_is_asked_for_once(page, live_server, publish, at_live_server, complaints):
    article = publish(HEADLINE, slug="a")
    wanted = f"{article.headline} – Parallel {live_server.url}/articles/a/"

    def arrives(click):
        with page.expect_request("https://social.example/**") as asked:
            click()
        page.wait_for_url("chrome-error://**")  # there is no such server
        assert dict(parse_qsl(urlsplit(asked.value.url).query)) == {"text": wanted}

    page.goto(f"{live_server.url}/articles/a/")
    page.locator(".ask [data-share] summary").click()
    page.locator(".ask [data-share] a[data-target=mastodon]").click()
    assert found_by_axe(page, dark_too=True) == []
    page.get_by_label("Your server").fill("https://Social.Example/home")
    arrives(page.get_by_role("button", name="Go on").click)
    page.goto(f"{live_server.url}/articles/a/")
    page.locator(".ask [data-share] summary").click()
    arrives(page.locator(".ask [data-share] a[data-target=mastodon]").click)
    complaints.clear()  # the other host, which is nowhere, was asked on purpose


def test_a_quotation_leads_to_its_words_and_a_link_is_copied_with_a_word(
    page, context, live_server, publish, at_live_server
):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.add_init_script(
        "navigator.canShare = () => true; navigator.share = async (what) => { window.shared = what; };"
    )
    words = "half-built, they say, “cheap” & cheerful"
    body = (
        "".join(f"<p>Filler {n}. {'More of it. ' * 60}</p>" for n in range(8))
        + f"<p>It is {words}: a dam.</p>"
    )
    publish("A dam", slug="a", body=body)
    page.goto(f"{live_server.url}/articles/a/")
    page.locator(".ask [data-copy-link]").click()
    expect(page.locator(".ask [data-copy-link] [role=status]")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{live_server.url}/articles/a/"
    page.locator(".ask [data-share-sheet]").click()
    page.wait_for_function("() => window.shared")
    assert page.evaluate("shared.url") == f"{live_server.url}/articles/a/"
    page.evaluate(
        """(words) => {
          const node = document.querySelector("[data-body]").lastElementChild.firstChild;
          const range = document.createRange();
          const at = node.data.indexOf(words);
          range.setStart(node, at); range.setEnd(node, at + words.length);
          getSelection().removeAllRanges(); getSelection().addRange(range);
        }""",
        words,
    )
    bar = page.get_by_role("toolbar", name="Pass on the selected words")
    bar.get_by_role("button", name="Copy quotation and link").click()
    expect(bar.get_by_role("status")).to_have_text("Quotation copied")
    quotation, address = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert quotation == f"“{words}”"
    assert re.fullmatch(
        re.escape(f"{live_server.url}/articles/a/#p-")
        + r"[0-9a-f]{8}:~:text=half%2Dbuilt%2C%20they%20say%2C%20"
        r"%E2%80%9Ccheap%E2%80%9D%20%26%20cheerful",
        address,
    )
    assert found_by_axe(page) == []
    other = context.new_page()
    other.goto(address)
    other.wait_for_function("() => scrollY > 500")
    bar.get_by_role("button", name="Copy link to the paragraph").click()
    page.wait_for_function("() => navigator.clipboard.readText().then((t) => !t.includes('text='))")
    anchor = page.evaluate("navigator.clipboard.readText()").split("#")[1]
    assert page.locator(f"#{anchor}").inner_text() == f"It is {words}: a dam."


def test_the_pages_beside_an_article_are_clean_and_data_needs_no_nonce(
    page, live_server, publish, at_live_server, settings, log_in
):
    settings.SHARE_LETTERS = True
    reader = User.objects.create_user("ida", "ida@example.org")
    EmailAddress.objects.create(user=reader, email=reader.email, verified=True, primary=True)
    log_in(reader)
    article = publish("</script><script>window.ran = 1</script>", slug="a")
    Correction.objects.create(article=article, words="The dam is 80 m high.")
    page.goto(f"{live_server.url}/articles/a/")
    data = page.locator("script[type='application/ld+json']").text_content()
    assert json.loads(data)["@graph"][0]["headline"] == article.headline
    assert page.evaluate("window.ran") is None
    page.locator(".ask [data-share] summary").click()
    assert found_by_axe(page, dark_too=True) == []
    beside = ("share/", "print/", "share/letter/")
    for address in (*(f"/articles/a/{one}" for one in beside), "/corrections/", "/feeds/"):
        page.goto(f"{live_server.url}{address}")
        expect(page.locator("h1")).to_have_count(1)
        assert found_by_axe(page, dark_too=True) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_suggestions_are_chosen_by_keys_and_the_search_serves_everybody(page, live_server, publish):
    publish("A dam on the river", slug="a", standfirst="The river is low.")
    page.goto(f"{live_server.url}/search/?q=river")
    expect(page.locator("mark")).to_have_text(["river", "river"])
    field = page.get_by_role("combobox", name="Search articles, authors and tags")
    field.fill("")
    field.press_sequentially("riv")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options).to_have_text(["Topic Rivers", "Article A dam on the river"])
    assert found_by_axe(page, dark_too=True) == []
    field.press("ArrowUp")  # round to the last
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("e")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/topics/rivers/")
