"""The database or the disk fails: an answer with words, when to try again, and every word that was sent."""

import errno
import html
import re

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import path

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
    text = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "no-store" in answer["Cache-Control"] and "default-src 'none'" in answer["Content-Security-Policy"]
    assert text.count("<textarea") == 1 and "A comment of several words. ½ &lt;b&gt;</textarea>" in text
    assert "not to be seen" not in text
    assert browser.get(f"/{name}/").status_code == 503


@pytest.mark.parametrize("name", BUGS)
def test_what_stays_wrong_is_a_500_that_holds_the_words(browser, name):
    answer = browser.post(f"/{name}/", {"comment": TEXT, "password": "not to be seen at all"})
    text = answer.content.decode()
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (500, True)
    assert text.count("<textarea") == 1 and "A comment of several words. ½ &lt;b&gt;</textarea>" in text
    assert "not to be seen" not in text
    assert "<textarea" not in browser.get(f"/{name}/").content.decode()


@pytest.mark.parametrize(
    "sent, kept",
    [
        ({"comment": "No.", "csrfmiddlewaretoken": "a b"}, ["No."]),
        ({"headline": "潮汐之间", "body": "<p>沙</p>", "topic": "3"}, ["潮汐之间", "<p>沙</p>"]),
        ({"note": "First\nsecond", "to": "ida@example.org", "started": "MQ:1xX"}, ["First\nsecond"]),
    ],
)
def test_one_word_of_a_comment_is_kept_as_well_and_words_that_no_space_parts(browser, sent, kept):
    answer = browser.post("/locked/", sent).content.decode()
    found = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", answer, re.DOTALL)
    assert [html.unescape(words) for words in found] == kept
