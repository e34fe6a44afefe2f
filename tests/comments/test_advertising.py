"""What advertising sounds like, and what it does not."""

import pytest

from comments import advertising, ranking


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("subscribe to my channel and check out my videos", (3, 0, False)),
        ("great post. web design and cheap apartments in sharjah, call us: +971 50 123 45 67", (1, 3, True)),
        ("earn money from home, write me at bo@cash.example", (1, 1, True)),
        ('thanks! <a href="http://x.example">training in chennai</a>', (0, 1, True)),
        ("suscríbete a mi canal", (2, 0, False)),
        ("visit visit visit", (1, 0, False)),
        ("thumbs   up if you\nlike this song, and hit me up", (2, 0, False)),
        ("tools like ours will replace it (disclosure: i work there)", (0, 2, False)),
        ("we offer quality tools to all our customers", (0, 2, False)),
    ],
)  # fmt: skip
def test_what_sells_is_known_by_its_words(text, facts):
    found = advertising.calls(text), advertising.offers(text), advertising.tells_how_to_reach(text)
    assert found == facts


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("thumbs up if you still listen, and like this comment", 2),
        ("please help: we need 500 likes and more followers", 2),
        ("pls all share this, 1,000,000 views by friday!!", 2),
        ("the minister has three million votes, 40 seats and many views on how people like it; please read the speech.", 0),
        ("they need to hear their views, and get enough votes in the second round.", 0),
    ],
)  # fmt: skip
def test_begging_for_likes_is_known_by_its_words(text, ways):
    assert advertising.begs(text) == ways


@pytest.mark.parametrize(
    "text",
    [
        "the imf lent 3.6 billion in 2018 and 2019, and the guarantees of the sponsor states were worth little.",
        "a visa for the airlift's suppliers cost money; the services of the port were free to members.",
        "hackers are not the point: who pays for the aid packages, and what price did the company name?",
        "we sell arms to them, and our services publish no disclosure of it: who will take a look at the contracts?",
        "in 1989, 1990 and 1991 the credit of the region was gone, as table 4.2 (p. 1,204) shows.",
    ],
)
def test_world_affairs_are_no_advertising(text):
    assert (advertising.calls(text), advertising.offers(text), advertising.begs(text)) == (0, 0, 0)
    assert not advertising.tells_how_to_reach(text)


@pytest.mark.parametrize(
    ("text", "links"),
    [("See bus.example-town.pl/fares, or town.com", 2), ("Either and/or both, 3.5/4 points, e.g. this.", 0)],
)
def test_an_address_is_a_link_wherever_it_ends(text, links):
    assert f"m links {links}" in [token for token, _ in ranking.tokens(text)[2]]


def test_before_any_decision_what_sells_stands_before_what_answers_and_there_is_no_score():
    ranker = ranking.Ranker.begun()
    sells = ranker.margin(ranking.features("Subscribe to my channel, cheap followers: http://cash.example"))
    says_nothing = ranker.margin(ranking.features("....."))
    answers = ranker.margin(ranking.features("The council met twice that winter, not once."))
    assert min(sells, says_nothing) > 0 > answers
    assert not ranker.is_ready


def test_a_desk_may_decide_otherwise():
    ranker = ranking.Ranker.begun()
    for n in range(30):
        ranker.learn(ranking.features(f"Visit my website, a free course in Rome, number {n}"), 0)
        ranker.learn(ranking.features(f"You are a fool and a liar, number {n}"), 1)
    sells = ranker.margin(ranking.features("Visit our site for a free trial"))
    assert sells < ranker.margin(ranking.features("What a fool"))
