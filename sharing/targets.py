"""Where an article can be passed on to: plain addresses, which work without a script and tell nobody until used."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings

# what goes before the headline where readers would take a view for news
LABELLED = ("opinion", "analysis")


@dataclass(frozen=True)
class Target:
    name: str  # as in data-target
    label: str
    address: str

    @property
    def is_elsewhere(self):
        """Whether its address is another site's, which learns nothing of the page that it was reached from."""
        return self.address.startswith("https://")


def _address(place, **query):
    # mail programs take a plus sign for a plus sign: a space is %20 everywhere
    return f"{place}?{urlencode(query, quote_via=quote, safe='')}"


# name: (label, function of the text and the address to share)
PLACES = {
    "mail": ("Email", lambda text, url: _address("mailto:", subject=text, body=f"{text}\r\n\r\n{url}")),
    "whatsapp": ("WhatsApp", lambda text, url: _address("https://wa.me/", text=f"{text} {url}")),
    "telegram": ("Telegram", lambda text, url: _address("https://t.me/share/url", url=url, text=text)),
    "facebook": ("Facebook", lambda text, url: _address("https://www.facebook.com/sharer/sharer.php", u=url)),
    "x": ("X", lambda text, url: _address("https://x.com/intent/post", text=text, url=url)),
    "bluesky": (
        "Bluesky",
        lambda text, url: _address("https://bsky.app/intent/compose", text=f"{text} {url}"),
    ),
    "linkedin": (
        "LinkedIn",
        lambda text, url: _address("https://www.linkedin.com/sharing/share-offsite/", url=url),
    ),
    "reddit": ("Reddit", lambda text, url: _address("https://www.reddit.com/submit", url=url, title=text)),
    "hackernews": (
        "Hacker News",
        lambda text, url: _address("https://news.ycombinator.com/submitlink", u=url, t=text),
    ),
    # RFC 5724 knows a body and no number; every telephone asks for one then
    "sms": ("SMS", lambda text, url: _address("sms:", body=f"{text} {url}")),
}
# these two need a page of our own: a Mastodon server is one of thousands, and Signal takes text that was copied
OWN_PAGES = {"mastodon": "Mastodon", "signal": "Signal"}
NAMES = (*PLACES, *OWN_PAGES)


def targets(text, url, own_pages=None):
    """Return the places to share `text` with the address `url` (both as plain text), as the setting orders them.

    `own_pages` maps the names of OWN_PAGES to addresses of ours; without it they are left out.
    """
    found = []
    for name in settings.SHARE_TARGETS:
        if name in PLACES:
            label, make = PLACES[name]
            found.append(Target(name, label, make(text, url)))
        elif own_pages:
            found.append(Target(name, OWN_PAGES[name], own_pages[name]))
    return found


def text_of(article):
    """Return the words that go along with an article: its own where it has some, else the short headline, labelled
    where it is a view, and our name."""
    if article.share_text:
        return article.share_text
    label = f"{article.get_kind_display()}: " if article.kind in LABELLED else ""
    return f"{label}{article.list_headline} – {settings.SITE_NAME}"


# --- Mastodon -----------------------------------------------------------------------------------------------------
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")


def mastodon_server(given):
    """Return the host that a reader names as the own server (“mastodon.social”, “https://mastodon.social/home”,
    “@ana@mastodon.social”), or "" where that is no name of a public host: no port, no number, no user."""
    host = given.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    host = host.split("/")[0].rpartition("@")[2]
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return ""
    return host if len(host) <= 253 and _HOST.fullmatch(host) else ""


def mastodon_address(server, text, url):
    return _address(f"https://{server}/share", text=f"{text} {url}")
