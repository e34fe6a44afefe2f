"""What no client library sends: the server itself refuses it, or drops what is odd."""

import re
import socket

import pytest

HOST = "Host: 127.0.0.1"


def say(site, first, *lines, body=""):
    """Return the answers to one request as it is written, until the server hangs up."""
    with socket.create_connection(("127.0.0.1", site.port), 10) as line:
        words = [first, *lines, "Connection: close", "", body]
        line.sendall("\r\n".join(words).encode("latin-1"))
        return b"".join(iter(lambda: line.recv(65536), b"")).decode("latin-1")


def status(answer):
    return re.findall(r"^HTTP/1\.1 (\d+)", answer, re.MULTILINE)


@pytest.mark.threat("T25")
def test_a_header_with_an_underscore_is_none_and_one_that_comes_twice_is_not_chosen_from(site):
    plain = say(site, "GET /healthz HTTP/1.1", HOST, "X-Request-ID: abc-123-def")
    odd = say(site, "GET /healthz HTTP/1.1", HOST, "X_Request_ID: abc-123-def")
    assert (status(plain), status(odd)) == (["200"], ["200"])
    assert ("abc-123-def" in plain, "abc-123-def" in odd) == (True, False)
    smuggled = "POST /articles/tides/comments/new/ HTTP/1.1"
    for said in (
        ("GET / HTTP/1.1", HOST, "Host: evil.test"),
        (smuggled, HOST, "Content-Length: 3", "Content-Length: 4"),
        (smuggled, HOST, "Content-Length: 3", "Transfer-Encoding: chunked"),
        (smuggled, HOST, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("GET / HTTP/1.1", "Host : 127.0.0.1"),
        ("GET / HTTP/1.1", HOST, " folded: yes"),
    ):
        assert status(say(site, *said, body="abcd")) == ["400"], said
    assert status(say(site, "TRACE /healthz HTTP/1.1", HOST)) == ["405"]
