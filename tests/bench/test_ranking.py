"""What the ranking needs to look at a text: an ordinary one, and those that are made to cost more."""

import time

from comments import ranking

ORDINARY = "The harbour master is right about the tide tables, but the ferry was late for another reason. "
HOSTILE = {
    "one letter": "a",
    "addresses without an end": "a@",
    "numbers without an end": "1 ",
    "brackets": "(",
    "half a call": "my ",
    "half an offer": "free online ",
    "hosts": "a.com/",
}


def milliseconds(text):
    """Of the processor, for one text: the least of five."""
    taken = []
    for _ in range(5):
        began = time.process_time()
        ranking.features(text, "A headline of the tide")
        taken.append(time.process_time() - began)
    return 1000 * min(taken)


def test_what_a_text_costs(note):
    ordinary = milliseconds((ORDINARY * 50)[: ranking.LONGEST])
    note("an ordinary text of 4,000 letters", f"{ordinary:.2f} ms")
    note("an ordinary text of a hundred letters", f"{milliseconds(ORDINARY):.2f} ms")
    for what, piece in HOSTILE.items():
        text = (piece * ranking.LONGEST)[: ranking.LONGEST]
        note(f"{what}, beside the ordinary one", f"{milliseconds(text) / ordinary:.2f} ×")
