"""The table of threats (docs/threats.md): each row is claimed by a test that can fail.

Most are tests of what they stand beside, elsewhere, marked `@pytest.mark.threat("T5")`; here is what has no other place.
"""

import io
import os
import re
import resource
import socket
import time
from pathlib import Path
from urllib.parse import quote

import django
import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings as project
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core import mail as outbox
from django.core import signing
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from articles import search
from articles.models import Article
from comments import accounts, emails, markup, moderation, posting
from comments import search as desk_search
from comments.models import Comment, Commenter, Hold, PersonNote, Policy, RejectionReason
from newsroom import marks, pages
from newsroom.logs import OneLineFormatter
from tests.articles.at_the_desk import change_url, person, post, whole_article
from tests.threats import personal_urls

pytestmark = pytest.mark.django_db
TESTS = Path(project.BASE_DIR) / "tests"
ROWS = [f"T{n}" for n in range(1, 29)]


def test_each_row_of_the_table_is_claimed_by_a_test():
    claimed = {
        row for file in TESTS.rglob("test_*.py") for row in re.findall(r'^@pytest\.mark\.threat\("(T\d+)"\)$', file.read_text(), re.M)
    }  # fmt: skip
    table = re.findall(r"^\| (T\d+) \|", (project.BASE_DIR / "docs" / "threats.md").read_text(), re.M)
    assert (sorted(claimed, key=ROWS.index), table) == (ROWS, ROWS)


@pytest.fixture
def article(db):
    article = whole_article("Tides", slug="tides")
    article.publish(at=timezone.now() - timezone.timedelta(hours=2))
    return article


def comment(client, words, name="Ida Berg", email="ida@example.org", **more):
    return client.post(
        "/articles/tides/comments/new/", {"name": name, "email": email, "comment": words} | more
    )


@pytest.mark.threat("T2")
def test_t2_script_that_is_posted_past_the_editor_is_not_stored(client, groups):
    client.force_login(person("edith", "Editors"))
    article = whole_article()
    body = (
        '<p>Words.</p><img src=x onerror="alert(1)"><p onclick="alert(1)">More.</p><script>alert(1)</script>'
    )
    post(client, change_url(article), body=body, standfirst="<svg onload=alert(1)>")
    article.refresh_from_db()
    assert article.body == "<p>Words.</p>\n<p>More.</p>"
    article.publish()
    html = client.get(article.get_absolute_url()).content.decode()
    assert "onerror" not in html and "onclick" not in html and "<svg onload" not in html


# --- caches -----------------------------------------------------------------------------------------------------------
@pytest.mark.threat("T7")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "Private"}, {"Cache-Control": "max-age=60, PRIVATE"}, {"Cache-Control": " no-store"},
        {"Cache-Control": 'private="Set-Cookie"'}, {"Vary": "*"}, {"Vary": " * "}, {"Vary": "Accept, *"},
        {"Vary": "cookie"}, {"Vary": "Accept, Authorization"}, {"Vary": "Accept-Encoding,Cookie"}, {"Cookie": "who"},
        {"Vary": "Accept-Language"},  # which one may say empty, and another not at all
    ],
    ids=str,
)  # fmt: skip
def test_t7_what_a_header_says_is_somebodys_own_is_kept_for_nobody_else(client, settings, headers):
    settings.PAGE_CACHE, settings.ROOT_URLCONF = True, personal_urls.__name__
    caches["pages"].clear()
    plain = [client.get("/page/").content for _ in range(2)]
    assert plain[0] == plain[1]  # the control: it would be kept
    caches["pages"].clear()
    sent = {"X-Cookie" if name == "Cookie" else f"X-Answer-{name}": value for name, value in headers.items()}
    assert client.get("/page/", headers=sent).content != Client().get("/page/", headers=sent).content


@pytest.mark.threat("T7")
def test_t7_the_framework_has_the_mended_caches():
    assert (5, 2, 19) <= django.VERSION < (6,)


# --- marks and links --------------------------------------------------------------------------------------------------
@pytest.mark.threat("T11")
def test_t11_a_mark_of_a_machine_whose_clock_was_ahead_is_refused(article):
    Policy(seconds_to_write=0).save()
    own = Comment.objects.create(article=article, comment="Mine.", user_name="Ida")
    person = Commenter.objects.create(email="ida@example.org")
    with time_machine.travel(timezone.now() + timezone.timedelta(days=400)):
        sent, started, link = (
            posting.sent_mark(own),
            posting.started(),
            emails.unsubscribe_token(person, "reply"),
        )
    assert (posting.sent_by_mark(sent), posting.seconds_since(started), emails.unsubscribe(link)) == (
        None,
    ) * 3
    assert Client().post(f"/account/unsubscribe/{link}/").status_code in (400, 404)
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=4)):
        sent = posting.sent_mark(own)  # two clocks are never quite alike
    assert posting.sent_by_mark(sent) == own


@pytest.mark.threat("T11")
def test_t11_no_module_reads_a_mark_past_the_one_that_looks_at_the_clock():
    apps = ("articles", "comments", "newsroom", "sharing")
    past = [
        path
        for app in apps
        for path in (project.BASE_DIR / app).rglob("*.py")
        if "signing.loads" in path.read_text()
    ]
    assert past == [Path(marks.__file__)]


@pytest.mark.threat("T28")
def test_t28_an_old_key_is_taken_while_it_is_named_and_not_after(article, settings):
    own = Comment.objects.create(article=article, comment="Mine.", user_name="Ida")
    mark = posting.sent_mark(own)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key altogether, long enough to be one"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert posting.sent_by_mark(mark) == own
    settings.SECRET_KEY_FALLBACKS = []
    assert posting.sent_by_mark(mark) is None
    with pytest.raises(signing.BadSignature):
        marks.read(mark, salt="another")


@pytest.mark.threat("T28")
def test_t28_nothing_of_ours_unpickles():
    apps = ("articles", "comments", "newsroom", "sharing")
    sources = [path for app in apps for path in (project.BASE_DIR / app).rglob("*.py")]
    assert len(sources) > 100
    assert [
        path for path in sources if re.search(r"\bpickle\b|\bmarshal\b|\beval\(|\bexec\(", path.read_text())
    ] == []


# --- people -----------------------------------------------------------------------------------------------------------
@pytest.mark.threat("T12")
def test_t12_a_wrong_password_is_answered_alike_whether_the_account_is_there_or_not(db):
    User.objects.create_user("ida@example.org", "ida@example.org", "a long password")

    def answer(login):
        response = Client().post("/account/login/", {"login": login, "password": "a wrong password"})
        html = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", response.content.decode()).replace(login, "LOGIN")
        return response.status_code, html

    assert answer("ida@example.org") == answer("bob@example.org")


@pytest.mark.threat("T23")
def test_t23_a_moderator_cannot_make_anybody_more_than_they_are(client, groups):
    mo = person("mo", "Moderators")
    client.force_login(mo)
    form = {
        "username": "mo",
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "on",
        "groups": [groups["Editors"].pk],
    }
    for address in (
        f"/admin/auth/user/{mo.pk}/change/",
        "/admin/auth/user/add/",
        f"/admin/auth/group/{groups['Moderators'].pk}/change/",
    ):
        assert client.post(address, form).status_code == 403
    client.post("/account/name/", {"name": "Mo", "is_superuser": "on", "is_staff": "on"})
    mo.refresh_from_db()
    assert (mo.is_superuser, [group.name for group in mo.groups.all()]) == (False, ["Moderators"])
    assert Group.objects.get(name="Moderators").permissions.filter(codename="change_user").count() == 0
    reader = User.objects.create_user("bo", "bo@example.org")
    client.force_login(reader)
    more = {"is_superuser": "on", "is_staff": "on", "groups": [groups["Editors"].pk]}
    assert client.post("/account/name/", {"name": "Bo Lind"} | more).status_code == 302
    reader.refresh_from_db()
    assert (reader.first_name, reader.is_superuser, reader.is_staff, reader.groups.count()) == (
        "Bo Lind", False, False, 0,
    )  # fmt: skip


@pytest.mark.threat("T27")
def test_t27_what_was_erased_is_in_no_table_of_the_database_and_was_in_no_line_of_the_log(
    client, article, django_capture_on_commit_callbacks, caplog
):
    caplog.set_level("INFO")
    Policy(switched_off=["too_fast"]).save()
    comment(client, "Xyzzyx said so.", name="Xyzzyx Plugh", email="xyzzyx@example.org")
    call_command("send_mail_queue")
    client.post(re.search(r"/comments/confirm/[^/]+/", outbox.outbox[-1].body).group())
    client.post("/account/data/by-mail/", {"email": "xyzzyx@example.org"})
    call_command("send_mail_queue")
    assert dump().count("xyzzyx") > 3
    link = re.search(r"/account/data/by-mail/[^/]+/", outbox.outbox[-1].body).group()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(link, {"erase": "1", "sure": "on", "comments": "remove"}).status_code == 200
    assert [line for line in dump().splitlines() if "xyzzyx" in line] == []
    assert client.get("/no-such/xyzzyx@example.org/").status_code == 404
    lines = [OneLineFormatter().format(record) for record in caplog.records]
    assert lines and [line for line in lines if "xyzzyx" in line.lower()] == []


@pytest.mark.threat("T27")
@pytest.mark.parametrize("comments", ["keep", "remove"])
def test_t27_of_an_account_that_did_all_that_can_be_done_nothing_is_left(
    client, article, settings, comments, django_capture_on_commit_callbacks
):
    settings.SHARE_LETTERS = True
    Policy(seconds_to_write=0, who_may_post="everyone", nudge=False).save()
    boss = User.objects.create_superuser("boss", "boss@example.org")
    desk, elsewhere = Client(), Client()
    desk.force_login(boss)
    another = Comment.objects.create(
        article=article, comment="Another's.", user_name="Bo Lind", status="visible"
    )
    # the comments themselves name nobody: they may stay. What they said before does
    ida = User.objects.create_user("xyzzyx", "xyzzyx@example.org", first_name="Xyzzyx")
    password = {"password1": "a long password", "password2": "a long password"}
    assert desk.post(f"/admin/auth/user/{ida.pk}/password/", password).status_code == 302
    for name in ("xyzzyx", "xyzzyx.second"):
        EmailAddress.objects.create(
            user=ida, email=f"{name}@example.org", verified=True, primary=name == "xyzzyx"
        )
    for browser in (client, elsewhere):
        log_in = {"login": "xyzzyx@example.org", "password": "a long password"}
        assert browser.post("/account/login/", log_in).status_code == 302
    form = "/articles/tides/comments/new/"
    client.post(form, {"comment": "Xyzzyx: https://xyzzyx.example and https://b.example"})
    own = Comment.objects.get(user=ida)
    client.post(f"/comments/{own.pk}/edit/", {"comment": "See https://a.example and https://b.example"})
    client.post(form, {"comment": "Buy, says someone."})
    other = Comment.objects.filter(user=ida).last()
    person = Commenter.objects.get(user=ida)
    moderation.redact(other, boss, "Buy.")
    RejectionReason.objects.get_or_create(slug="other", defaults={"words": "It does not keep to the rules."})
    moderation.decide("reject", {own.pk: ""}, by=boss, reason="other", note="Dear Xyzzyx, no.")
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=1)):
        client.post(f"/comments/{own.pk}/appeal/", {"words": "Xyzzyx asks again."})
        moderation.sanction(person, "warn", boss, words="Xyzzyx, please.")
        client.post(f"/comments/{another.pk}/report/", {"reason": "abuse", "line": "Xyzzyx is named."})
        client.post(f"/comments/{another.pk}/follow/")
        letter = {"to": "xyzzyx.second@example.org", "note": "Words to Xyzzyx"}
        client.post("/articles/tides/share/letter/", letter)
        client.post("/account/password/reset/", {"email": "xyzzyx.second@example.org"})
        PersonNote.objects.create(commenter=person, by=boss, text="Xyzzyx was rude.")
        renamed = {"name": "Xyzzyx P.", "standing": "normal"}
        assert desk.post(f"/admin/comments/commenter/{person.pk}/change/", renamed).status_code == 302
        call_command("send_mail_queue", stdout=io.StringIO())
        assert dump().count("xyzzyx") > 20
        with django_capture_on_commit_callbacks(execute=True):
            goes = client.post("/account/erase/", {"comments": comments, "sure": "on"})
        assert (goes.status_code, goes.context["is_done"]) == (200, True)
    assert [line for line in dump().splitlines() if "xyzzyx" in line] == []
    noted = [word for hold in Hold.objects.all() for word in hold.words]  # by the rules, of what it said
    assert noted == (["https://a.example", "https://b.example"] if comments == "keep" else [])
    # nor what only we could make of it
    assert set(
        Comment.objects.exclude(pk=another.pk).values_list(
            "from_address", "from_network", "fingerprint", "newcomer_at"
        )
    ) == {("", "", None, None)}
    said = Comment.objects.exclude(pk=another.pk).order_by("pk").values_list("comment", flat=True)
    kept = ["See https://a.example and https://b.example", "Buy."]
    assert list(said) == (kept if comments == "keep" else ["", ""])
    assert elsewhere.get("/account/").status_code == 302


@pytest.mark.threat("T27")
@pytest.mark.django_db(transaction=True)
def test_t27_no_page_with_the_name_of_who_was_erased_is_kept(client, rf, article, settings):
    settings.PAGE_CACHE = True
    ida = Commenter.objects.create(email="ida@example.org", name="Xyzzyx")
    Comment.objects.create(
        article=article, comment="Words.", user_name="Xyzzyx", commenter=ida, status="visible"
    )
    address = "/articles/tides/"
    assert b"Xyzzyx" in client.get(address).content
    place = pages._place(rf.get(address))
    assert b"Xyzzyx" in caches["pages"].get(place).bodies[""]
    accounts.erase_person(ida, keep_comments=True)
    assert caches["pages"].get(place) is None  # whether or not anybody asks for it again


def dump():
    """Every row of every table, the index of the search and what no model knows of among them, in small letters."""
    lines = [f"session: {session.get_decoded()}".lower() for session in Session.objects.all()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            lines += [f"{table}: {row}".lower() for row in cursor.fetchall()]
    return "\n".join(lines)


# --- floods and odd requests ------------------------------------------------------------------------------------------
@pytest.mark.threat("T21")
@pytest.mark.parametrize("who, became", [("everyone", "held"), ("confirmed", "unconfirmed")])
def test_t21_a_brigade_fills_no_page_and_a_queue_only_to_the_brake_and_a_regular_reader_is_heard(
    article, who, became
):
    size, taken = (300, Policy().newcomers_in_ten_minutes) if os.environ.get("BENCH") else (30, 20)
    Policy(seconds_to_write=0, who_may_post=who, newcomers_in_ten_minutes=taken).save()
    regular = Commenter.objects.create(
        email="regular@example.org",
        name="Bo Lind",
        user=User.objects.create_user("bo", "regular@example.org"),
    )
    for n in range(3):
        Comment.objects.create(
            article=article,
            comment=f"Long ago, {n}",
            user_name="Bo Lind",
            commenter=regular,
            status="held",
            user=regular.user,
        )
    moderation.decide(
        "approve",
        dict.fromkeys(Comment.objects.values_list("pk", flat=True), ""),
        by=User.objects.create_superuser("mo"),
    )
    answers = []
    for n in range(size):
        brigade = Client(REMOTE_ADDR=f"198.51.{n % 60}.7")
        answers.append(
            comment(
                brigade,
                "They are all liars there." if n % 2 else f"Liars, all of them, {n}",
                name=f"Voice {n}",
                email=f"v{n}@example.org",
            ).status_code
        )
    # the brake of the conversation: what a queue of people can read, and no more
    assert answers == [302] * taken + [429] * (size - taken)
    assert Comment.objects.filter(status=became, comment__contains="iars").count() == taken
    reader = Client(REMOTE_ADDR="203.0.113.9")
    reader.force_login(regular.user)
    assert comment(reader, "The tide tables say otherwise.").status_code == 302
    assert list(Comment.objects.visible().filter(comment__contains="iars")) == []
    assert Comment.objects.filter(comment="The tide tables say otherwise.").get().status == "visible"
    desk = Client()
    desk.force_login(User.objects.get(username="mo"))
    queue = desk.get("/moderation/")
    assert queue.status_code == 200 and queue.content.decode().count("data-held=") <= 25
    assert f'data-brake="{article.pk}"' in queue.content.decode()  # and the desk is told


@pytest.mark.threat("T16")
def test_t16_a_quote_in_any_parameter_is_no_part_of_a_query(client, article):
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    words = "1' OR \"1\"='1) UNION SELECT 1,2,3;--%00\\"
    addresses = {
        "/search/": ("q", "topic", "author", "from", "to", "page"), "/search/suggestions/": ("q",),
        "/articles/tides/comments/": ("sort", "page", "thread"), "/moderation/": ("queue", "q", "order", "rule", "person", "since"),
        "/admin/articles/article/": ("q", "o", "state", "topic", "p"), "/admin/comments/comment/": ("q", "o", "status"),
    }  # fmt: skip
    for address, names in addresses.items():
        browser = boss if address.startswith(("/moderation", "/admin")) else client
        for name in names:
            assert browser.get(address, {name: words}).status_code < 500, (address, name)
    for words in ("zzzzqq' OR '1'='1", "zzzzqq' UNION SELECT headline FROM articles_article--"):
        assert "Tides" not in client.get("/search/", {"q": words}).content.decode()


@pytest.mark.threat("T16")
@pytest.mark.parametrize("nothing", ["\0", "a\0b"])
def test_t16_a_nothing_in_an_address_is_no_error_of_the_database(client, article, nothing):
    client.force_login(User.objects.create_superuser("boss"))
    for address in (
        "/tags/{}/",
        "/tags/{}/feeds/rss/",
        "/topics/{}/",
        "/authors/{}/",
        "/articles/{}/",
        "/s/{}",
        "/admin/{}/",
    ):
        assert client.get(address.format(quote(nothing))).status_code in (400, 404), address
    for address, name in (
        ("/admin/comments/comment/", "status__exact"), ("/admin/comments/comment/", "q"), ("/admin/auth/user/", "q"),
        ("/admin/autocomplete/?app_label=articles&model_name=article&field_name=related", "term"),
    ):  # fmt: skip
        answer = client.get(f"{address}{'&' if '?' in address else '?'}{name}={quote(nothing)}")
        assert answer.status_code in (200, 302, 400), (address, name)
    for address in ("/search/", "/search/suggestions/", "/moderation/", "/articles/tides/comments/"):
        assert client.get(address, {"q": nothing, "sort": nothing, "page": nothing}).status_code == 200, (
            address
        )


@pytest.mark.threat("T20")
def test_t20_an_import_asks_no_other_machine_for_anything(tmp_path, monkeypatch):
    asked = []

    def ask(*where, **how):
        asked.append(where)
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", ask)
    monkeypatch.setattr(socket, "getaddrinfo", ask)
    links = [
        "http://127.0.0.1:9/a.jpg", "file:///etc/passwd", "http://169.254.169.254/latest/", "![x](https://example.org/b.png)",
        '<img src="http://127.0.0.1:9/b.jpg">',
    ]  # fmt: skip
    source = tmp_path / "page.txt"
    source.write_text(
        "A dam\n\n" + "\n\n".join(f"{'Words of it, and more of them. ' * 10}\n\n{link}" for link in links)
    )
    call_command("import_articles", str(source), stdout=io.StringIO())
    assert Article.objects.get().headline == "A dam"
    assert "127.0.0.1:9/a.jpg" in Article.objects.get().body  # they came through as words
    assert asked == []


@pytest.mark.threat("T26")
def test_t26_what_costs_by_its_depth_or_number_is_cut(client, article, settings):
    assert "<em>" in markup.render("*a* " * 99) and "<em>" not in markup.render(
        "*a* " * 101
    )  # as it was typed
    assert len(search.parse(" ".join(f"word{n}" for n in range(5000))).terms) == search.MOST_TERMS == 12
    assert len(desk_search.words_of(" ".join(f"word{n}" for n in range(5000)))) == 12
    long = comment(client, "a " * (settings.COMMENT_MAX_LENGTH // 2 + 1))
    assert long.status_code == 422 and not Comment.objects.exists()


@pytest.fixture
def cheap():
    """`cheap(ask, …)` returns what `ask(…)` does, which takes less than a second of the processor and 100 MB."""

    def cheap(ask, *said, **more):
        began, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = ask(*said, **more)
        took = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
        assert took < (1, 0) and took[1] < 100_000, (said, took)
        return answer

    return cheap


@pytest.mark.threat("T26")
@pytest.mark.django_db(transaction=True)
def test_t26_requests_of_any_shape_are_answered_and_cost_little(client, article, settings, cheap):
    settings.PAGE_CACHE = True  # it reads headers and queries as well
    caches["pages"].clear()
    long = "a" * 5000
    client.get("/articles/tides/"), comment(client, "What every process reads once.")
    for headers in (
        {"Accept-Language": "en," * 3000}, {"Accept-Encoding": "br;q=1," * 2000}, {"If-None-Match": '"' + '\\"' * 4000 + '"'},
        {"If-Modified-Since": "Mon, 99 Foo 9999 99:99:99 GMT"}, {"Range": "bytes=" + "0-1," * 2000}, {"User-Agent": long},
        {"Accept": '"' * 3000}, {"Cookie": "a=" + long + "; sessionid=" + long}, {"X-Forwarded-For": "," * 5000}, {"Referer": "\\" * 4000},
    ):  # fmt: skip
        for address in ("/articles/tides/", "/", "/articles/tides/comments/new/"):
            answer = cheap(client.get, address, headers=headers)
            assert answer.status_code in (200, 206, 304, 400), (address, headers)
    for words in (long, "<" * 3000, "<" * 10_000, "[" * 3000, "> " * 1500, ("- " * 30 + "\n") * 40):
        assert cheap(comment, client, words).status_code in (302, 403, 422, 429)
    for address in (
        f"/articles/{long}/",
        f"/tags/{long}/",
        f"/search/?q={long}",
        "/articles/tides/?" + "&".join(f"a{n}=1" for n in range(3000)),
    ):
        assert cheap(client.get, address).status_code < 500
