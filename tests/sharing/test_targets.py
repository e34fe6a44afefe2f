"""Plain addresses that pass an article on: whatever stands in its headline arrives as it is."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from sharing.targets import mastodon_server, targets

URL = "https://news.example.org/articles/a-dam/"
TITLES = [
    "A dam",
    "Q&A: 50% #more + “less” = 'x'?",
    'He said "no"',
    "السلام يحتاج",
    "Rain ☔️ and 👩‍🌾",
    "a/b\\c;d,e",
    "x" * 300,
]


@pytest.mark.parametrize("title", TITLES)
def test_title_and_address_arrive_as_they_are(title):
    arrives = {
        t.name: (t.address.split("?")[0], dict(parse_qsl(urlsplit(t.address).query, strict_parsing=True)))
        for t in targets(title, URL)
    }
    assert arrives == {
        "mail": ("mailto:", {"subject": title, "body": f"{title}\r\n\r\n{URL}"}),
        "whatsapp": ("https://wa.me/", {"text": f"{title} {URL}"}),
        "telegram": ("https://t.me/share/url", {"url": URL, "text": title}),
        "facebook": ("https://www.facebook.com/sharer/sharer.php", {"u": URL}),
        "x": ("https://x.com/intent/post", {"text": title, "url": URL}),
        "bluesky": ("https://bsky.app/intent/compose", {"text": f"{title} {URL}"}),
        "linkedin": ("https://www.linkedin.com/sharing/share-offsite/", {"url": URL}),
        "reddit": ("https://www.reddit.com/submit", {"url": URL, "title": title}),
        "hackernews": ("https://news.ycombinator.com/submitlink", {"u": URL, "t": title}),
        "sms": ("sms:", {"body": f"{title} {URL}"}),
    }


@pytest.mark.parametrize("title", TITLES)
def test_addresses_are_plain_letters_without_plus_signs(title):
    for target in targets(title, URL):
        assert target.address.isascii() and not set(target.address) & set("+ \"'<>#\\")


def test_the_setting_says_which_and_in_which_order(settings):
    settings.SHARE_TARGETS = ["sms", "mastodon", "x"]
    assert [t.name for t in targets("A dam", URL)] == ["sms", "x"]
    assert [t.name for t in targets("A dam", URL, {"mastodon": "/m/"})] == ["sms", "mastodon", "x"]


def test_an_unknown_target_stops_the_start(settings):
    from sharing.apps import targets_are_known

    settings.SHARE_TARGETS = ["mail", "myspace"]
    assert [error.id for error in targets_are_known(None)] == ["sharing.E001"]


@pytest.mark.parametrize(
    ("given", "server"),
    [
        ("mastodon.social", "mastodon.social"),
        (" https://Mastodon.Social/home ", "mastodon.social"),
        ("@ana@social.example.org", "social.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("[::1]", ""),
        ("mastodon.social:8080", ""),
        ("mastodon.social@evil.example", "evil.example"),  # is asked for by its name, not disguised
        ("evil.example?x=.social", ""),
        ("evil.example#.social", ""),
        ("evil.example\\.social", ""),
        ("evil.example\r\nX: y", ""),
        ("javascript:alert(1)", ""),
        ("-a.example", ""),
        ("", ""),
    ],
)
def test_only_a_public_host_is_a_server(given, server):
    assert mastodon_server(given) == server
