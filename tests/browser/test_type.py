"""The type of the site in a real browser: what is read before it has come, and how it is set."""

import pytest

from tests.articles.at_the_desk import whole_article

pytestmark = pytest.mark.django_db(transaction=True)

MOVED = """
window.moved = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.moved.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });
"""
# how wide words are, in parts of the size of the type
WIDE = """async (words) => {
  await document.fonts.load("1000px Newsreader", words.join(""));
  const brush = document.createElement("canvas").getContext("2d");
  brush.font = "1000px Newsreader";
  return words.map((word) => brush.measureText(word).width / 1000);
}"""


@pytest.fixture
def article(groups):
    text = "<p>" + "A line of text that goes on <em>until it must</em> turn. " * 12 + "</p>"
    article = whole_article(body=text * 4)
    article.publish()
    return article


@pytest.mark.parametrize("width", [360, 1440])
def test_words_are_read_before_the_type_has_come_and_nothing_moves_when_it_does(
    page, live_server, article, width
):
    held = []
    page.route("**/*.woff2", lambda route: held.append(route))
    devtools = page.context.new_cdp_session(page)  # page.screenshot() would wait for the type

    def seen():
        return devtools.send("Page.captureScreenshot")["data"]

    page.add_init_script(MOVED)
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("/", article.get_absolute_url()):
        held.clear()
        page.goto(f"{live_server.url}{address}", wait_until="domcontentloaded")
        page.wait_for_timeout(1000)
        before = seen()
        for route in held:
            route.continue_()
        page.evaluate("document.fonts.ready.then(() => 0)")
        page.wait_for_timeout(300)
        assert len(held) == 3  # upright and italic letters, and those of what the site says itself
        assert page.evaluate("window.moved") == []
        assert seen() == before


def test_letters_that_were_drawn_for_each_other_stand_as_they_were_drawn(page, live_server, article):
    page.goto(f"{live_server.url}{article.get_absolute_url()}")
    words = ["f", "í", "ı", "fí", "fı", "fì", "ì"]
    wide = dict(zip(words, page.evaluate(WIDE, words), strict=True))
    # an accent that leans away leaves the letters where they are; one that leans over is given room
    assert abs(wide["fí"] - wide["f"] - wide["í"]) < 0.005
    assert abs(wide["fı"] - wide["f"] - wide["ı"]) < 0.005
    assert wide["fì"] - wide["f"] - wide["ì"] > 0.1
