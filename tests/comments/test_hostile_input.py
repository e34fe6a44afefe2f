"""Hostile and odd text as comment, name and link: stored as typed, shown as text, never a server error."""

import json
import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from comments import markup
from comments.fairness import Appeal
from comments.models import Comment, Commenter, Follow

THOROUGH = bool(os.environ.get("BENCH"))
SAMPLES = Path(settings.BASE_DIR).parent / "shared" / "samples"
_ALLOWED = {"p", "br", "em", "strong", "a", "blockquote", "ul", "ol", "li"}
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s>/]*)((?:[^>\"]|\"[^\"]*\")*)>")


def faults(html):
    """What rendered HTML holds beside the few tags that are allowed and links to the web."""
    found = []
    for _, name, attributes in _TAG.findall(html):
        if name not in _ALLOWED:
            found.append(name)
        if attributes.strip() and not (
            name == "a"
            and re.fullmatch(
                r' href="https?://[^"<>]*" rel="nofollow ugc noopener"', attributes, re.IGNORECASE
            )
        ):
            found.append(attributes)
    return found


OURS = [
    "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "</p><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "' onmouseover=alert(1) '", 't" onclick=alert(1) x="', "</bdi></summary><script>alert(1)</script>",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "\x01javascript:alert(1)", "java\tscript:alert(1)", "&#x6a;avascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "//evil.example", "http:alert(1)", "<https://a.b/\"onmouseover=alert(1)>",
    "https://x.example/\"onmouseover=\"alert(1)", "https://x.example/<script>alert(1)</script>", "<![CDATA[<script>alert(1)</script>]]>",
    "<!--", "{{ 7|add:7 }}{% load x %}", "\u202e<b>x</b>\u2066", "[" * 150 + "<script>alert(1)</script>" + "*" * 150,
]  # fmt: skip
VECTORS = SAMPLES / "xss" / "vectors.jsonl"


def every_string():
    """Ours, and those of the samples where they are."""
    lines = VECTORS.read_text(encoding="utf-8").split("\n") if VECTORS.exists() else []
    yield from [*OURS, *(json.loads(line)["payload"] for line in lines if line)]


@pytest.mark.threat("T1")
def test_the_payloads_as_text_and_as_links_leave_only_allowed_tags():
    tried = 0
    for payload in every_string():
        text = markup.tidy(payload)[:3000]
        for typed in (
            text,
            f"[words]({text})",
            f"[{text}](https://example.org)",
            f"<{text}>",
            f"> {text}\n- {text}",
            f'[words](https://example.org "{text}")',
            f"[words](https://example.org '{text}')",
        ):
            assert faults(markup.render(typed)) == [], typed
            tried += 1
    assert tried > (4000 if VECTORS.exists() else 150)


@pytest.mark.threat("T1")
@pytest.mark.django_db
def test_the_payloads_as_names_and_comments_come_out_as_text(make_comment, article, client):
    commenter = make_comment("first").commenter
    for number, payload in enumerate(every_string()):
        if number < len(OURS) or number % 40 == 0:
            name = "".join(c for c in payload if c.isprintable())[:50] or "x"
            make_comment(payload[:3000].replace("\x00", ""), name=name, commenter=commenter)
    for page in range(1, 8):
        html = client.get(f"/articles/{article.slug}/comments/?page={page}").content.decode()
        bodies = re.findall(r'<div class="remark__body" dir="auto">(.*?)</div>\n', html, re.S)
        names = re.findall(r'class="remark__who"[^>]*><bdi>(.*?)</bdi></h3>', html, re.S)
        assert bodies and len(bodies) == len(names)
        assert [f for body in bodies for f in faults(body)] == []
        assert [name for name in names if "<" in name] == []


@pytest.mark.threat("T1")
@pytest.mark.threat("T3")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ['"><img src=x onerror=alert(1)>', "</bdi></summary><img src=x onerror=alert(1)>"]
)
def test_a_name_is_text_wherever_it_stands(make_comment, article, client, admin_client, mailoutbox, name):
    writer = Commenter.objects.create(email="ida@example.org", name=name, mail_decisions=True)
    signed = {"name": name, "commenter": writer}
    first = make_comment("One", **signed)
    third = make_comment("Three", answers=make_comment("Two", answers=first, **signed), **signed)
    make_comment("Deeper than the last level", answers=third, **signed)
    Follow.objects.create(commenter=Commenter.objects.create(email="bo@example.org"), thread=first)
    held = make_comment("Four", answers=first, status="held", **signed)
    held.approve()
    script = "<img src=x onerror=alert(1)>"
    taken = make_comment(f"{script} Five", status="held", **signed)
    taken.reject(by=get_user_model().objects.create_user("mo"), reason="other", note=script)
    Appeal.objects.create(comment=taken, decision=taken.decisions.get(), words=f"{script} Please")
    call_command("send_mail_queue")
    base = f"/articles/{article.slug}/"
    readers = [
        base, f"{base}comments/", f"{base}comments/feed/", f"{base}comments/new/?reply_to={first.pk}", f"/comments/{first.pk}/report/",
        f"/comments/{first.pk}/recommend/",
    ]  # fmt: skip
    desk = [
        "/moderation/?queue=all", f"/moderation/comments/{first.pk}/", f"/moderation/persons/{writer.pk}/", "/admin/comments/comment/", "/moderation/appeals/",
        "/admin/comments/commenter/", f"/admin/comments/comment/{first.pk}/change/", f"/admin/comments/commenter/{writer.pk}/history/",
    ]  # fmt: skip
    pages = {a: client.get(a).content.decode() for a in readers} | {
        a: admin_client.get(a).content.decode() for a in desk
    }
    assert "Answers <a" in pages[f"{base}comments/"]
    pages |= {message.subject: message.alternatives[0][0] for message in mailoutbox}
    assert [where for where, html in pages.items() if "<img src=x" in html] == []
    assert (
        len(mailoutbox) == 2
        and len([1 for html in pages.values() if "lt;img src=x" in html]) >= len(pages) - 2
    )


@given(st.text(max_size=400) | st.text(alphabet="[]()*_<>!`\\&#-+.:/ \n\"'ab1", max_size=400))
@trying(max_examples=5000 if THOROUGH else 500, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_renders_to_allowed_tags_and_reads_the_same_when_tidied_twice(text):
    tidied = markup.tidy(text)
    assert markup.tidy(tidied) == tidied
    assert faults(markup.render(tidied)) == []
    assert len(markup.content_hash(tidied)) == 64


@pytest.mark.django_db
@given(
    fields=st.fixed_dictionaries(
        {
            "comment": st.text(max_size=200),
            "name": st.text(max_size=60),
            "email": st.text(max_size=60) | st.just("ida@example.org"),
            "reply_to": st.text(max_size=12) | st.integers().map(str),
            "started": st.text(max_size=60),
            "nudged": st.text(max_size=3),
            "website": st.text(max_size=20),
        }
    ),
    button=st.sampled_from(["send", "preview", "resend"]),
)
@trying(max_examples=5000 if THOROUGH else 100, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_post_is_a_server_error_and_no_word_is_lost(client, article, fields, button):
    fields = {name: value.encode("utf-8", "replace") for name, value in fields.items()}
    response = client.post(f"/articles/{article.slug}/comments/new/", fields | {button: "1"})
    assert response.status_code in (200, 302, 403, 422, 429)
    if response.status_code in (403, 422, 429):
        assert b"<textarea" in response.content
    Comment.objects.all().delete()
