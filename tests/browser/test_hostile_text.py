"""Text that wants to be script: in body, caption, credit, headline, byline, tag and search box. None of it runs, and
none of it breaks the page."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.utils import timezone

from articles import body
from articles.models import Article, Author, Byline, Photo, Tag, TaggedArticle, Topic
from comments.models import Comment, Commenter, Hold

SAMPLES = Path(django_settings.BASE_DIR).parent / "shared" / "samples" / "xss" / "vectors.jsonl"
OURS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    '<a href="javascript:alert(1)">click</a>',
    "<a href=' &#x6a;avascript:alert(1)'>click</a>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<svg><style>&lt;img src=x onerror=alert(1)&gt;</style></svg>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "--><!-- --!> <img src=x onerror=alert(1)>",
    "{{ 7|add:7 }}{% load x %}",
    "]]><script>alert(1)</script>",
    "\u202ealert(1)\u202c <b>x</b> \u2066",
    "<figure data-photo='1' onload='alert(1)'><figcaption><script>alert(1)</script></figcaption></figure>",
    "<aside data-pull><p onclick=alert(1)>x</p><cite><img src=x onerror=alert(1)></cite></aside>",
    "javascript:alert(1)",
    "a" * 3000,
]
WATCH = """
window.fired = [];
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = (...words) => window.fired.push(name);
"""


def vectors():
    if not SAMPLES.exists():
        return OURS
    return OURS + [json.loads(line)["payload"] for line in SAMPLES.read_text().split("\n") if line]


def in_parts(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


@pytest.fixture
def watched(page):
    page.add_init_script(WATCH)
    return page


def test_the_watch_sees_a_script_that_runs(watched, live_server, complaints):
    watched.goto(f"{live_server.url}/healthz")
    watched.evaluate("alert(1)")
    assert watched.evaluate("window.fired") == ["alert"]


def opens_whole_and_quiet(page, url):
    response = page.goto(url)
    assert response.status == 200
    assert page.evaluate("window.fired") == []
    # the last thing on every page: nothing before it swallowed the rest
    assert page.locator("body > footer").count() == 1
    assert (
        page.evaluate("[...document.scripts].filter(s => !s.src && s.type !== 'application/ld+json').length")
        == 0
    )


@pytest.fixture
def topic(transactional_db):
    return Topic.objects.create(name="Straits", slug="straits")


def live(topic, **fields):
    article = Article(**{"headline": "Hostile", "standfirst": "Words", "topic": topic} | fields)
    article.save()
    return article


@pytest.mark.threat("T2")
def test_hostile_bodies_and_captions(watched, live_server, topic, picture):
    photo = Photo(image=picture(600, 400), caption="x", credit="y", alt="z")
    photo.save()
    author = Author.objects.create(name="Ana Ruiz")
    for part in in_parts(vectors(), 900):
        html = "\n".join(
            body.clean(vector.replace("data-photo='1'", f"data-photo='{photo.pk}'")) for vector in part
        )
        captions = "".join(
            f'<figure data-photo="{photo.pk}"><figcaption>{vector}</figcaption></figure>' for vector in OURS
        )
        article = live(topic, body=f"<p>Words.</p>{html}{captions}")
        Byline.objects.create(article=article, author=author)
        article.publish()
        opens_whole_and_quiet(watched, live_server.url + article.get_absolute_url())


def test_hostile_headlines_standfirsts_bylines_tags_and_credits(
    watched, live_server, topic, picture, settings
):
    settings.ARTICLES_PER_PAGE = 400
    now = timezone.now()
    # three to a card: as headline, as standfirst, as byline
    cards = in_parts(vectors(), 3)
    for number, part in enumerate(in_parts([card for card in cards if len(card) == 3], 400)):
        topic = Topic.objects.create(
            name=part[0][0][:60] or "x", slug=f"hostile-{number}", description=part[-1][0]
        )
        authors = Author.objects.bulk_create(
            Author(name=byline[:120], slug=f"a-{number}-{n}", bio=byline)
            for n, (_, _, byline) in enumerate(part)
        )
        articles = Article.objects.bulk_create(
            Article(
                headline=headline[:300] or "x", short_headline=headline[:90], slug=f"h-{number}-{n}",
                standfirst=standfirst or "x", body="<p>x</p>", topic=topic, published_at=now,
            )
            for n, (headline, standfirst, _) in enumerate(part)
        )  # fmt: skip
        Byline.objects.bulk_create(
            Byline(article=a, author=b) for a, b in zip(articles, authors, strict=True)
        )
        opens_whole_and_quiet(watched, f"{live_server.url}/topics/hostile-{number}/")
    photo = Photo(image=picture(600, 400))
    photo.save()
    for number, vector in enumerate(OURS):
        Photo.objects.filter(pk=photo.pk).update(caption=vector, credit=vector[:200], alt=vector)
        article = live(
            topic,
            headline=vector[:300],
            standfirst=vector,
            body="<p>x</p>",
            hero=photo,
            search_description=vector[:300],
        )
        author = Author.objects.create(name=vector[:120], bio=vector, slug=f"one-{number}")
        Byline.objects.create(article=article, author=author)
        tag, _ = Tag.objects.get_or_create(name=vector[:100], defaults={"slug": f"t-{number}"})
        TaggedArticle.objects.create(tag=tag, content_object=article)
        article.publish()
        for address in (article.get_absolute_url(), author.get_absolute_url(), tag.get_absolute_url()):
            opens_whole_and_quiet(watched, live_server.url + address)
        if number % 5 == 4 or vector == OURS[-1]:  # the newest ones
            opens_whole_and_quiet(watched, f"{live_server.url}/")


@pytest.mark.threat("T1")
def test_hostile_searches(watched, live_server, topic, client):
    article = live(
        topic,
        headline="<script>alert(1)</script>",
        standfirst='"><img src=x onerror=alert(1)>',
        body="<p>x</p>",
    )
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana"))
    article.publish()
    watched.goto(f"{live_server.url}/search/")
    for vector in OURS:
        watched.locator("input[name=q]").fill(vector.replace("\n", " ")[:200])
        with watched.expect_navigation():
            watched.keyboard.press("Enter")
        assert watched.evaluate("window.fired") == []
        assert watched.locator("body > footer").count() == 1
    for vector in vectors()[::20]:
        assert (
            client.get(
                "/search/", {"q": vector, "topic": vector, "author": vector, "from": vector, "page": vector}
            ).status_code
            == 200
        )


@pytest.mark.threat("T1")
def test_hostile_comments_as_readers_see_them(watched, live_server, topic):
    """Every fourth as a name as well, and four in a comment: each in a paragraph of its own, and whole."""
    article = live(topic, body="<p>x</p>", published_at=timezone.now())
    tried = vectors() if os.environ.get("BENCH") else OURS + vectors()[len(OURS) :: 20]
    said = [vector.replace("\x00", "")[:700] for vector in tried]
    for part in in_parts(said, 4):
        name = "".join(c for c in part[0] if c.isprintable())[:50] or "x"
        Comment.objects.create(article=article, comment="\n\n".join(part), user_name=name, status="visible")
    opens_whole_and_quiet(watched, live_server.url + article.get_absolute_url())
    conversation = f"{live_server.url}{article.get_absolute_url()}comments/"
    shown, number = 0, 1
    while shown < Comment.objects.count():
        opens_whole_and_quiet(watched, f"{conversation}?page={number}")
        here, number = watched.locator("article[data-comment]").count(), number + 1
        assert here
        shown += here


@pytest.mark.threat("T3")
def test_hostile_comments_at_the_desk_and_in_the_admin(watched, live_server, topic, log_in, groups):
    article = live(topic, body="<p>x</p>", published_at=timezone.now())
    log_in(User.objects.create_superuser("boss", "boss@example.org"))
    said = vectors()[:40]
    for vector in said:
        words = vector.replace("\x00", "")
        name = "".join(c for c in words if c.isprintable())[:50] or "x"
        comment = Comment.objects.create(article=article, comment=words[:3000], user_name=name, status="held")
        Hold.objects.create(comment=comment, rule="suspect_words", words=[words[:80]])
    person = Commenter.objects.create(email="ida@example.org", name=OURS[1])
    all_of_them = Comment.objects.create(
        article=article, comment="\n\n".join(OURS)[:3000], user_name=OURS[1], commenter=person, status="held"
    )
    one, writer = f"/admin/comments/comment/{all_of_them.pk}", f"/admin/comments/commenter/{person.pk}"
    pages = (
        "/moderation/?queue=held", f"/moderation/comments/{comment.pk}/", f"/moderation/comments/{all_of_them.pk}/",
        f"/moderation/persons/{person.pk}/", "/admin/comments/comment/", f"{one}/change/", f"{one}/history/",
        f"{writer}/change/", f"{writer}/history/",
    )  # fmt: skip
    for address in (*pages, "/admin/", "/account/comments/"):
        assert watched.goto(live_server.url + address).status == 200
        assert watched.evaluate("window.fired") == []
    watched.goto(f"{live_server.url}/moderation/?queue=held")
    assert watched.locator("[data-held]").count() == min(25, len(said) + 1)


@pytest.mark.threat("T3")
def test_in_the_admin_text_may_become_markup_and_none_of_it_runs(watched, live_server, log_in, complaints):
    log_in(User.objects.create_superuser("boss", "boss@example.org"))
    watched.goto(f"{live_server.url}/admin/")
    refused = watched.evaluate("""() => [
        () => { document.createElement("script").text = "alert(1)"; },
        () => { document.createElement("script").src = "/static/js/site.js"; },
        () => { document.createElement("script").setAttribute("src", "/static/js/site.js"); },
        () => { document.createElement("a").setAttribute("onclick", "alert(1)"); },
        () => { setTimeout("alert(1)"); },
        () => { window.trustedTypes.createPolicy("another", {}); },
    ].map((act) => { try { act(); return ""; } catch (error) { return error.name; } })""")
    assert refused == ["TypeError"] * 6
    watched.evaluate("""() => document.body.insertAdjacentHTML("beforeend",
        '<img src="/no-such.png" onerror="alert(1)"><script>alert(1)<\\/script><svg onload="alert(1)"></svg>')""")
    watched.wait_for_timeout(300)
    assert (watched.locator("body > img").count(), watched.evaluate("window.fired")) == (1, [])
    assert complaints  # the policy said what it stopped
    complaints.clear()
