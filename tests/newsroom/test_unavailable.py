"""The database or the disk fails: an answer with words, when to try again, and every word that was sent."""

import errno

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import path

from newsroom import views

TEXT = "A comment of several words. ½ <b>"


def _fails(error):
    def view(request):
        raise error

    return view


FAILURES = {
    "locked": OperationalError("database is locked"),
    "full": OperationalError("database or disk is full"),
    "gone": InterfaceError("connection already closed"),
    "disk": OSError(errno.ENOSPC, "No space left on device"),
}
BUGS = {
    "missing": OperationalError("no such table: x"),
    "bug": ValueError("no"),
    "file": FileNotFoundError(2, "x"),
}
urlpatterns = [path(f"{name}/", _fails(error)) for name, error in (FAILURES | BUGS).items()]
handler500 = "newsroom.views.server_error"


@pytest.fixture
def browser(settings):
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("name", FAILURES)
def test_what_passes_by_itself_is_a_503_that_holds_the_words(browser, name):
    # no database is allowed in this test
    answer = browser.post(f"/{name}/", {"comment": TEXT, "password": "not to be seen at all", "next": "/x/"})
    html = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "no-store" in answer["Cache-Control"] and "default-src 'none'" in answer["Content-Security-Policy"]
    assert html.count("<textarea") == 1 and "A comment of several words. ½ &lt;b&gt;</textarea>" in html
    assert "not to be seen" not in html
    assert browser.get(f"/{name}/").status_code == 503


@pytest.mark.parametrize("name", BUGS)
def test_what_stays_wrong_is_a_500(browser, name):
    assert browser.post(f"/{name}/", {"comment": TEXT}).status_code == 500


def test_one_word_of_a_comment_is_kept_as_well():
    class Sent:
        method = "POST"

        class POST:
            lists = staticmethod(lambda: [("comment", ["No."]), ("csrfmiddlewaretoken", ["a b"])])

    assert views._words_of(Sent) == ["No."]
