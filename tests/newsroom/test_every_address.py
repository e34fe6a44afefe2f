"""Every address of the site map: the headers of its answer, and who is refused there.

An address that is added is in these tests by itself.
"""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Topic
from comments.models import Comment
from newsroom.addresses import is_for_staff
from tests.newsroom.test_settings import PRODUCTION, start
from tests.newsroom.url_map import addresses

pytestmark = pytest.mark.django_db
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
REFERRERS = {"same-origin", "no-referrer", "strict-origin-when-cross-origin"}
# sent by programs and scripts that hold no token of ours, each for a reason that stands beside it in the code
WITHOUT_TOKEN = {
    "/account/unsubscribe/a-dam/",
    "/articles/a-dam/share/counted/",
    "/letters/none/a-dam/",
}


@pytest.fixture
def article():
    return Article.objects.create(
        headline="A dam", slug="a-dam", standfirst="Who pays.", body="<p>Water.</p>",
        topic=Topic.objects.create(name="Rivers", slug="a-dam"), published_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """What the settings say of security in production, as a process of its own reads them."""
    code = (
        "import json; from django.conf import settings as s; print(json.dumps({n: getattr(s, n) for n in dir(s)"
        " if n.startswith(('SECURE_', 'SESSION_COOKIE', 'CSRF_COOKIE', 'X_FRAME'))}))"
    )
    done = start(tmp_path_factory.mktemp("production"), "shell", "-v", "0", "-c", code, **PRODUCTION)
    return json.loads(done.stdout)


@pytest.fixture
def in_production(production, settings):
    for name, value in production.items():
        setattr(settings, name, value)


def secure(**more):
    return Client(headers={"host": "localhost"}, **more)


def strict(policy):
    said = dict([*part.strip().split(" ", 1), ""][:2] for part in policy.split(";"))
    return (
        said.get("default-src") == "'none'"
        and said.get("frame-ancestors") == said.get("base-uri") == "'none'"
        and "unsafe" not in policy
        and "*" not in policy
    )


@pytest.mark.threat("T1")
@pytest.mark.threat("T3")
@pytest.mark.threat("T18")
def test_every_address_answers_with_the_headers(article, in_production):
    client, wrong = secure(), {}
    found = addresses()
    assert len(found) > 150
    for address in found:
        for method in ("get", "post"):
            answer = getattr(client, method)(address, secure=True)
            headers = {name: answer.get(name) for name in HEADERS}
            if address.startswith(("/cards/", "/media/")):
                headers["Cross-Origin-Resource-Policy"] = "same-origin"  # pictures: another test
            if (
                headers != HEADERS
                or answer.get("Referrer-Policy") not in REFERRERS
                or "geolocation=()" not in answer.get("Permissions-Policy", "")
                or not strict(answer.get("Content-Security-Policy", ""))
                or answer.status_code >= 500
            ):
                wrong[method, address] = (answer.status_code, dict(answer.headers))
    assert wrong == {}


@pytest.mark.threat("T3")
def test_no_text_becomes_markup_but_through_a_named_policy(client, article):
    client.force_login(User.objects.create_superuser("root", "root@example.org", "x"))
    for address in addresses():
        policy = client.get(address)["Content-Security-Policy"] + ";"
        assert "require-trusted-types-for 'script';" in policy, address
        named = "default unseen" if address.startswith("/admin/") else "own-page"
        assert f"trusted-types {named};" in policy or "trusted-types own-page;" in policy, address


@pytest.mark.threat("T25")
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH"])
def test_no_address_takes_a_method_that_no_page_has(method, in_production):
    client = secure()
    assert {client.generic(method, address, secure=True).status_code for address in addresses()} == {405}
    refused = client.generic(method, "/")  # nor where it would be led to https
    assert refused.status_code == 405 and {n: refused.get(n) for n in HEADERS if n[0] != "S"} == {
        n: v for n, v in HEADERS.items() if n[0] != "S"
    }


def test_no_form_is_taken_without_its_token(article):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root", "root@example.org", "x"))
    answers = {address: client.post(address, {"comment": "Words"}).status_code for address in addresses()}
    assert {a for a, status in answers.items() if status != 403} == WITHOUT_TOKEN


@pytest.mark.threat("T5")
@pytest.mark.parametrize("who", ["a stranger", "a reader"])
def test_no_address_of_the_desk_opens_to(who, article):
    client = Client()
    if who == "a reader":
        client.force_login(User.objects.create_user("ida", "ida@example.org", "x"))
    desk = [a for a in addresses(pk=article.pk) if is_for_staff(a) and a != "/admin/logout/"]
    assert len(desk) > 100
    for address in desk:
        for answer in (client.get(address), client.post(address, {"x": "1"})):
            to_log_in = answer.status_code == 302 and answer["Location"].startswith("/account/login/?next=")
            # the admin leads to its own log-in, which leads to the one for all
            to_log_in |= answer.status_code == 302 and answer["Location"].startswith("/admin/login/?next=")
            assert to_log_in or answer.status_code in (401, 403, 404, 405), (address, answer.status_code)
            assert "A dam" not in answer.content.decode()


@pytest.mark.threat("T5")
def test_what_is_somebody_elses_is_refused_under_every_address_with_an_id(article):
    ida = User.objects.create_user("ida", "ida@example.org", "x")
    mine = {"article": article, "user": ida, "user_name": "Ida", "user_email": "ida@example.org"}
    comments = [
        Comment.objects.create(**mine, comment=f"Words that are {status}", status=status)
        for status in ("visible", "held", "unconfirmed", "rejected")
    ]
    before = list(Comment.objects.order_by("pk").values())
    other = Client()
    other.force_login(User.objects.create_user("bo", "bo@example.org", "x"))
    opened = set()
    for comment in comments:
        for address, pattern in addresses(id=comment.pk).items():
            if f"/{comment.pk}/" not in address or is_for_staff(address):
                continue
            for answer in (other.get(address), other.post(address, {"comment": "Mine", "reason": "spam"})):
                content = answer.content.decode()
                assert "ida@example.org" not in content
                assert comment.status == "visible" or "Words that" not in content
                asks_again = answer.get("Location", "").startswith("/account/reauthenticate/")
                if answer.status_code not in (403, 404, 405) and not asks_again:
                    opened.add((comment.status, pattern.name))
    # what everybody may do to what everybody can read
    assert opened == {("visible", name) for name in ("comment", "recommend", "report", "follow")}
    unchanged = ("comment", "status", "user_id", "user_name", "user_email")
    after = list(Comment.objects.order_by("pk").values())
    assert [{k: row[k] for k in unchanged} for row in after] == [
        {k: row[k] for k in unchanged} for row in before
    ]


@pytest.mark.threat("T15")
def test_a_strange_host_is_refused_with_the_headers_and_nothing_of_it_is_repeated(in_production):
    answer = Client().get("/", secure=True, headers={"host": "evil.test"})
    assert answer.status_code == 400 and "evil" not in answer.content.decode()
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    assert strict(answer["Content-Security-Policy"])


@pytest.mark.threat("T15")
def test_what_a_request_says_of_itself_is_not_believed_without_a_proxy_of_ours(in_production):
    claims = {"x-forwarded-proto": "https", "x-forwarded-host": "evil.test", "x-forwarded-port": "8443"}
    answer = secure().get("/", headers=claims)
    assert (answer.status_code, answer["Location"]) == (301, "https://localhost/")


def test_each_cookie_is_for_this_host_alone(article, in_production):
    client = secure()
    User.objects.create_superuser("root", "root@example.org", "a long password")
    page = client.get("/account/login/", secure=True)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    answer = client.post(
        "/account/login/", {"login": "root", "password": "a long password", "csrfmiddlewaretoken": token},
        secure=True, headers={"referer": "https://localhost/account/login/"},
    )  # fmt: skip
    assert answer.status_code == 302
    out = client.post("/account/logout/", secure=True)
    comment = Comment.objects.create(article=article, comment="Words.", user_name="Ida", status="visible")
    recommended = secure().post(f"/comments/{comment.pk}/recommend/", secure=True)
    cookies = [each for said in (page, answer, out, recommended) for each in said.cookies.items()]
    assert {name for name, cookie in cookies} == {
        "__Host-sessionid", "__Host-csrftoken", "__Host-messages", "__Host-reader", "__Secure-device",
    }  # fmt: skip
    for name, cookie in cookies:
        if cookie.value:
            assert cookie["secure"] and cookie["samesite"] in ("Lax", "Strict") and not cookie["domain"], name
            assert cookie["path"] == ("/account/" if name == "__Secure-device" else "/")
            assert bool(cookie["httponly"]) == (name != "__Host-csrftoken"), name


# --- what the scanner of MDN gives for a page: https://developer.mozilla.org/observatory/docs/tests_and_scoring ------
def observatory(answer, redirected):
    """Return (points, what took points away) by the published rules; 100 and more is A+."""
    lost, gained = {}, {}
    csp = dict(
        [*part.strip().split(" ", 1), ""][:2]
        for part in answer.get("Content-Security-Policy", "").split(";")
        if part.strip()
    )
    sources = " ".join(csp.get(name, csp.get("default-src", "*")) for name in ("script-src", "object-src"))
    if not csp:
        lost["csp"] = 25
    elif "'unsafe-inline'" in sources or "data:" in sources or " * " in f" {sources} ":
        lost["csp"] = 20
    elif "'unsafe-eval'" in sources:
        lost["csp"] = 10
    elif "unsafe" not in csp.get("style-src", "") and csp.get("default-src") == "'none'":
        gained["csp"] = 10
    elif "unsafe" not in csp.get("style-src", ""):
        gained["csp"] = 5
    for name, cookie in answer.cookies.items():
        session = any(word in name.lower() for word in ("sess", "login", "token"))
        lost |= {} if cookie["secure"] else {"cookies": 40 if session else 20}
        lost |= {} if cookie["httponly"] or "csrf" in name.lower() or not session else {"cookies": 30}
    if answer.get("Access-Control-Allow-Origin") == "*":
        lost["cors"] = 50
    if not (redirected.status_code in (301, 308) and redirected["Location"].startswith("https://localhost/")):
        lost["redirection"] = 20
    age = re.search(r"max-age=(\d+)", answer.get("Strict-Transport-Security", ""))
    if not age or int(age[1]) < 15768000:
        lost["hsts"] = 10 if age else 20
    elif "preload" in answer["Strict-Transport-Security"]:
        gained["hsts"] = 5
    if answer.get("X-Content-Type-Options") != "nosniff":
        lost["nosniff"] = 5
    if "frame-ancestors" in csp:
        gained["frames"] = 5
    elif answer.get("X-Frame-Options") not in ("DENY", "SAMEORIGIN"):
        lost["frames"] = 20
    referrer = answer.get("Referrer-Policy", "")
    if referrer in {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}:
        gained["referrer"] = 5
    elif referrer in {"unsafe-url", "origin", "origin-when-cross-origin"}:
        lost["referrer"] = 5
    if answer.get("Cross-Origin-Resource-Policy") in ("same-origin", "same-site"):
        gained["corp"] = 10
    for script in re.findall(r"<script[^>]*src=\"([^\"]+)\"", answer.content.decode()):
        if script.startswith("http"):
            lost["sri"] = 5 if script.startswith("https") else 50
    points = 100 - sum(lost.values())
    return (points + sum(gained.values()) if points >= 90 else points), lost


def test_the_scanner_of_mdn_would_give_a_plus_to_what_readers_see(article, in_production):
    client = secure()
    for address in ("/", "/articles/a-dam/", "/search/?q=dam", reverse("account_login")):
        points, lost = observatory(client.get(address, secure=True), client.get(address))
        assert lost == {} and points >= 125, (address, points)


def test_the_deduction_for_each_missing_header_is_known(article, in_production):
    """The measure itself: without a header the points go down."""
    client = secure()
    answer, redirected = client.get("/", secure=True), client.get("/")
    whole, _ = observatory(answer, redirected)
    for name in ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy",
                 "Cross-Origin-Resource-Policy"):  # fmt: skip
        kept = answer.headers.pop(name)
        assert observatory(answer, redirected)[0] < whole, name
        answer.headers[name] = kept
