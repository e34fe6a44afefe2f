"""What every answer carries, and what no request may do."""

import logging

import pytest

from newsroom import logs

POLICY = (
    "base-uri 'none'; connect-src 'self'; default-src 'none'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' blob:; manifest-src 'self'; require-trusted-types-for 'script'; "
    "script-src 'self'; style-src 'self'; trusted-types own-page"
)


def directives(response):
    return "; ".join(sorted(response["Content-Security-Policy"].split("; ")))


def test_liveness_asks_nothing_of_the_database(client, settings):
    settings.PAGE_CACHE = True  # as where it matters
    response = client.get("/healthz")
    assert (response.status_code, response.json(), response.cookies) == (200, {"status": "ok"}, {})


@pytest.mark.threat("T1")
@pytest.mark.threat("T2")
@pytest.mark.threat("T3")
@pytest.mark.threat("T18")
@pytest.mark.django_db
def test_every_answer_carries_the_policies(client):
    for address in ("/", "/healthz", "/nowhere/", "/admin/login/"):
        response = client.get(address)
        headers = {name: response.get(name) for name in (
            "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
            "Cross-Origin-Resource-Policy",
        )}  # fmt: skip
        assert headers == {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        assert "camera=()" in response["Permissions-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
    assert directives(client.get("/healthz")) == POLICY


@pytest.mark.threat("T25")
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_methods_that_no_page_has_are_refused(client, method):
    # also where no view says itself which methods it has
    answers = [
        client.generic(method, address).status_code for address in ("/", "/healthz", "/admin/", "/no-such/")
    ]
    assert answers == [405] * 4


@pytest.mark.threat("T24")
def test_each_answer_has_an_id_and_a_forged_one_is_replaced(client):
    assert client.get("/healthz", headers={"X-Request-ID": "abc-123-def"})["X-Request-ID"] == "abc-123-def"
    for forged in ("a\tb [ERROR] fake", "abc-123-def [ERROR] fake", "abc-123-def\x1b[31m", "abc-123-def" * 9):
        assert len(client.get("/healthz", headers={"X-Request-ID": forged})["X-Request-ID"]) == 32


@pytest.mark.django_db
def test_the_lines_of_a_request_have_the_id_that_its_answer_has(client, caplog):
    """Django tells of a page that is not there when ours have finished with the request."""
    with caplog.filtering(logs.RequestIdFilter()):
        answer = client.get("/nothing/here/", headers={"X-Request-ID": "abc-123-def"})
    assert answer["X-Request-ID"] == "abc-123-def"
    assert [(r.getMessage(), r.request_id) for r in caplog.records] == [
        ("Not Found: /nothing/here/", "abc-123-def")
    ]


@pytest.mark.threat("T24")
def test_no_visitor_can_forge_a_log_line():
    from newsroom.logs import OneLineFormatter, RequestIdFilter

    record = logging.LogRecord(
        "django", logging.WARNING, "", 0, "Not Found: %s", ("/a\n[ERROR] fake\x1b[31m",), None
    )
    RequestIdFilter().filter(record)
    line = OneLineFormatter("{levelname} [{request_id}] {message}", style="{").format(record)
    assert line == "WARNING [-] Not Found: /a\\n[ERROR] fake\\x1b[31m"


@pytest.mark.threat("T15")
@pytest.mark.django_db
def test_a_strange_host_gets_400(client):
    assert client.get("/", headers={"Host": "evil.test"}).status_code == 400
    said = client.get("/", headers={"X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"})
    assert (said.status_code, b"evil" in said.content) == (200, False)  # nobody reads what it claims


def test_the_error_page_needs_neither_database_nor_another_template(client, settings):
    # no database is allowed in this test: the failing view and the page both live without one
    settings.ROOT_URLCONF = "tests.newsroom.failing_urls"
    client.raise_request_exception = False
    response = client.get("/fails/")
    assert response.status_code == 500
    assert "<h1" in response.content.decode() and "Traceback" not in response.content.decode()


def test_a_browser_that_was_shown_something_without_a_head_finds_an_icon(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"], response.cookies) == (
        302,
        "/static/icons/touch.png",
        {},
    )
