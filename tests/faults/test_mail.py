"""A mail server that refuses or says nothing: no request waits for it, and every mail goes out once when it is back."""

import pytest

from tests.faults.site import wait_for


@pytest.mark.parametrize("mood", ["refuses", "hangs"])
def test_no_request_waits_for_the_mail_server_and_each_mail_goes_out_once(site, around, mood):
    postbox, database, calls = around.postbox, around.database, around.postbox.calls
    persons = [f"{mood}-{n}@example.org" for n in range(3)]
    ours = "(" + ", ".join(f"'{person}'" for person in persons) + ")"
    postbox.mood = mood
    answers = [site.comment(f"Mail {person}", email=person) for person in persons]
    assert [answer.status for answer in answers] == [302] * 3
    wait_for(lambda: postbox.calls > calls)
    assert database.mails(f'"to" IN {ours} AND sent_at IS NULL') == 3
    postbox.mood = "takes"
    wait_for(
        lambda: database.hurry() or database.mails(f'"to" IN {ours} AND sent_at IS NULL') == 0, every=0.4
    )
    assert [person for person in postbox.recipients() if person in persons] == persons
