"""A reader's visit, in a real browser: every public page, light and dark, wide and narrow, with and without scripts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Author, Byline, FrontPageSlot, Page, Photo, Topic
from tests.browser.axe import found_by_axe

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Rheinschifffahrtspolizeiverordnungsänderungsverfahren"


@pytest.fixture
def site(transactional_db, picture, settings):
    """A small publication with everything that a page may show. Returns the addresses of its pages."""
    settings.ARTICLES_PER_PAGE = 4
    wide, tall = (
        Photo.objects.create(
            image=picture(*size, colour=colour), caption="The minister (L) and\nthe engineer (R)", credit="Bo Lind", alt="A."
        )
        for size, colour in (((900, 600), "steelblue"), ((600, 900), "darkolivegreen"))
    )  # fmt: skip
    rivers = Topic.objects.create(
        name="Rivers", slug="rivers", description="Of water.", latitude=38, longitude=127, colour="sea"
    )
    roads = Topic.objects.create(name="Roads and bridges", slug="roads", colour="ochre", position=1)
    for n in range(4):
        Topic.objects.create(
            name=f"A longer topic {n}",
            slug=f"topic-{n}",
            colour=("moss", "rust", "slate", "magenta")[n],
            position=2,
        )
    ana = Author.objects.create(
        name="Ana Ruiz", bio="Ana writes about water.", portrait=wide, links="Website https://example.org/ana"
    )
    bo = Author.objects.create(name=f"Bo {LONG}", bio="Bo draws.")
    figure = '<figure data-photo="{}"></figure>'
    text = "<p>" + "A line of text that goes on until it must turn. " * 12 + "</p>"
    for n in range(16):
        article = Article.objects.create(
            headline=("A dam", f"On {LONG}", "السلام يحتاج إلى من يحرسه")[n % 3] + (f" {n}" if n else ""),
            standfirst="Who pays, and who is asked. " * 3,
            slug="a-dam" if not n else f"story-{n}",
            kind=Article.Kind.values[n % 6],
            topic=(rivers, roads)[n % 2],
            hero=(wide, None, tall)[n % 3],
            published_at=timezone.now() - timedelta(days=20 * n, hours=1),
            body=text + figure.format(tall.pk) + f'<h2>{LONG}</h2>{text}<blockquote><p>“So it goes.”</p></blockquote>'
            f'<aside data-pull><p>So it goes.</p><cite>Ana</cite></aside>{text}<ul><li><p>One</p></li></ul><hr><h3>Third</h3>'
            f'<p><a href="https://example.org/{LONG * 3}">https://example.org/{LONG * 3}</a></p>{figure.format(wide.pk)}',
        )  # fmt: skip
        Byline.objects.create(article=article, author=ana)
        Byline.objects.create(article=article, author=bo, role="photos", position=1)
        article.tags.add("Water", f"Tag {n}", LONG)
    Article.objects.filter(slug="a-dam").update(updated_at=timezone.now())
    FrontPageSlot.objects.create(article=Article.objects.get(slug="a-dam"), position=1)
    gone = Article.objects.create(
        headline="Gone", slug="gone", standfirst="x", body="<p>x</p>", topic=rivers,
        published_at=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    gone.withdraw("The figures were wrong.")
    Page.objects.create(title="About us", slug="us", body="<h2>Who</h2><p>We.</p>")
    Page.objects.create(title="Contact", slug="contact", body="<p>Write.</p>", position=1)
    year = f"{timezone.now() - timedelta(hours=1):%Y}"
    return [
        "/", "/articles/a-dam/", "/articles/story-2/", "/topics/rivers/", "/topics/rivers/?page=2", "/topics/topic-0/",
        "/tags/water/", "/authors/", "/authors/ana-ruiz/", "/archive/", f"/archive/{year}/", "/search/", "/search/?q=dam",
        "/search/?q=nothing-like-it&from=x", "/about/", "/about/contact/", "/nowhere/", "/articles/gone/",
    ]  # fmt: skip


@pytest.fixture
def visit(browser, live_server):
    """`visit(**how)` opens a browser page that starts at the site; `how` is for the browser: width, theme, scripts."""
    contexts = []

    def visit(width=1440, **how):
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, **how
        )
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_in_either_theme(site, visit, width):
    page = visit(width, bypass_csp=True)  # axe styles what it measures
    found = {}
    for address in site:
        page.goto(address)
        if violations := found_by_axe(page, dark_too=True):
            found[address] = violations
    assert found == {}


def test_no_page_scrolls_sideways_complains_or_asks_anybody_else(site, page, live_server, complaints):
    too_wide = {}
    for address in site:
        page.goto(live_server.url + address)
        for width in (320, 768, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            if (over := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
                too_wide[address, width] = over
    assert too_wide == {}
    # a browser logs the status of a page that is not there, and of one that is gone
    complaints[:] = [c for c in complaints if "404 (Not Found)" not in c and "410 (Gone)" not in c]


def test_everything_is_there_without_scripts(site, visit):
    page = visit(360, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="A dam", exact=True).click()
    assert page.locator("[data-body]").inner_text().startswith("A line of text")
    share = page.locator("[data-share]").last
    share.locator("summary").click()
    assert set(share.get_by_role("link").all_inner_texts()) == {
        "Email", "WhatsApp", "Signal", "Telegram", "Facebook", "X", "Bluesky", "Mastodon", "LinkedIn", "Reddit",
        "Hacker News", "SMS", "Print",
    }  # fmt: skip
    for made_by_scripts in ("[data-copy-link]", "[data-theme-choice]"):
        assert not page.locator(made_by_scripts).last.is_visible()
    page.get_by_role("link", name="Search").first.click()
    page.get_by_role("searchbox").fill("dam")
    page.get_by_label("Topic", exact=True).select_option("Rivers")
    page.get_by_role("button", name="Apply filters").click()
    assert page.get_by_role("heading", level=2).first.inner_text() == "3 results for “dam”"


def test_the_chosen_theme_stays_and_is_there_before_the_page_is_painted(site, visit):
    page = visit(color_scheme="light")
    page.goto("/")

    def background():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert background() == "rgb(253, 253, 251)"
    page.get_by_role("button", name="Dark").click()
    assert background() == "rgb(16, 24, 31)"
    page.goto("/topics/rivers/", wait_until="commit")
    page.wait_for_selector("body")
    assert background() == "rgb(16, 24, 31)"
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
    shown = page.locator('meta[name="theme-color"][media="all"]').get_attribute("content")
    assert shown == "#10181f"
    page.get_by_role("button", name="Auto").click()
    page.reload()
    assert background() == "rgb(253, 253, 251)"
    assert page.context.cookies() == []


def test_a_link_is_copied(site, visit, settings, live_server):
    settings.SITE_URL = live_server.url
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/articles/a-dam/")
    button = page.locator("[data-copy-link]").last
    button.click()
    page.get_by_text("Link copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{live_server.url}/articles/a-dam/"


def test_the_keyboard_reaches_the_content_first(site, visit):
    page = visit(reduced_motion="reduce")
    page.goto("/articles/a-dam/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_whole_card_leads_to_the_story_and_its_byline_to_the_author(site, visit):
    page = visit()
    page.goto("/")
    lead = page.locator(".story").first
    box = lead.locator("img").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    page.wait_for_url("**/articles/a-dam/")
    page.go_back()
    lead.get_by_role("link", name="Ana Ruiz").click()
    page.wait_for_url("**/authors/ana-ruiz/")


def test_on_wide_pages_captions_stand_in_the_rail_and_on_narrow_ones_below(site, visit):
    for width, beside in ((1440, True), (360, False)):
        page = visit(width)
        page.goto("/articles/a-dam/")
        figure = page.locator(".fig--hero")
        picture, caption = figure.locator("img").bounding_box(), figure.locator("figcaption").bounding_box()
        assert (caption["x"] + caption["width"] <= picture["x"]) is beside
        assert (caption["y"] >= picture["y"] + picture["height"]) is not beside


def test_print_leaves_out_what_paper_cannot_do(site, visit):
    page = visit()
    page.goto("/articles/a-dam/")
    page.emulate_media(media="print")
    shown = {
        what: page.locator(what).first.is_visible()
        for what in (
            ".nav",
            ".share",
            ".ask",
            ".foot__grid",
            "h1",
            "[data-body]",
            "figcaption",
            "[data-byline]",
        )
    }
    assert shown == {
        ".nav": False, ".share": False, ".ask": False, ".foot__grid": False,
        "h1": True, "[data-body]": True, "figcaption": True, "[data-byline]": True,
    }  # fmt: skip


def test_those_who_ask_for_more_contrast_or_their_own_colours_get_them(site, visit):
    page = visit()
    page.emulate_media(contrast="more")
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.querySelector('.story__dek')).color") == "rgb(19, 32, 43)"
    page = visit(forced_colors="active")
    page.goto("/articles/a-dam/")
    assert page.locator("h1").is_visible()
