"""What waits at the demo's desk: held for different reasons, reported, sent by many, likely spam; and people decided on."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from articles.models import Article
from comments import moderation, ranking, similar
from comments.models import Comment, Commenter, Hold, Mail, Report

FIRST = {"rule": "first_comments", "value": 0, "limit": 2}
LETTER = (
    "I ask the railway to keep the night train from Pellan to Orrin Vale. It is the only way home after the late shift, "
    "and a timetable that ends at nine is a timetable for people who own a car."
)
# (minutes ago, article, who, what they wrote, why it waits)
HELD = [
    (34, "publish-the-soundings", "Solvei Arden", "Who pays the hydrographers when the charts are free? I am for it, but the article leaves that out.", [FIRST]),
    (41, "ninety-nine-ships-off-saltmere", "Piet Korran", "My brother is on the forty-first ship. They have water for nine days. Nobody at the ministry answers the telephone.", [FIRST]),
    (58, "the-empty-lectern", "Roderic Vane", "A government of cowards and a press of bootlickers. You deserve each other.", [{"rule": "suspect_words", "words": ["cowards", "bootlickers"]}]),
    (63, "the-last-market-under-glass", "Annike Dray", "THE HALLS BELONG TO THE TOWN. NOT TO THE COUNCIL. READ THE DEED OF 1874.", [{"rule": "capitals", "value": 96, "limit": 70}, FIRST]),
    (77, "a-chart-is-a-promise", "Chart Corner", "Three old sheets of the Norrey Isles, scanned: https://sheets.example/1 https://sheets.example/2 https://sheets.example/3", [{"rule": "links", "words": ["https://sheets.example/1", "https://sheets.example/2", "https://sheets.example/3"], "value": 3, "limit": 2}]),
    (90, "what-the-upper-valley-wants", "Jorun Sel", "Why?", [{"rule": "very_short", "value": 4, "limit": 10}]),
    (120, "the-case-for-boring-ministers", "Emrys Coyle", "She came to our bridge in the rain, asked two questions and wrote both answers down. It was mended in May.", [FIRST]),
    (12, "publish-the-soundings", "Quick Credit", "Loans in ten minutes, no questions asked: https://loans.example https://loans.example/today", [{"rule": "links", "words": ["https://loans.example", "https://loans.example/today"], "value": 2, "limit": 2}]),
    (17, "the-drowned-ledger", "Watch House", "Watches, watches! Best watches: https://watches.example https://watches.example/sale", [{"rule": "links", "words": ["https://watches.example", "https://watches.example/sale"], "value": 2, "limit": 2}]),
]  # fmt: skip
SENDERS = [
    ("Klara Munk", "in-defence-of-the-slow-train", ""),
    ("Bastian Orrell", "in-defence-of-the-slow-train", " Thank you for writing about it."),
    ("Wenna Tull", "the-case-for-boring-ministers", " My daughter takes it every Friday."),
    ("Hal Brandt", "in-defence-of-the-slow-train", " Yours, Hal."),
    ("Mirjam Osk", "the-case-for-boring-ministers", ""),
]
# what readers see and reported: who wrote it, what, and (who reported, as what, with which line)
REPORTED = [
    ("the-last-market-under-glass", "Tomas Quill", "Whoever voted for the glass roof should be made to sweep under it for a year. Idlers, the lot.",
     [("anna", "abuse", "He calls half the town idlers."), ("bert", "abuse", ""), ("cleo", "off_topic", "")]),
    ("nobody-needs-a-lighthouse", "Ester Lyng", "The lamp was switched off in 2011, I was there.",
     [("dora", "false", "It was lit last night, I can see it from here.")]),
    ("the-winter-the-wire-went-quiet", "Ester Lyng", "My great-aunt was a telegraphist. She said that they knew all along.",
     [("dora", "false", "")]),
    ("the-drowned-ledger", "Ester Lyng", "I did not finish the book and I do not think that the reviewer did.",
     [("dora", "other", "Again her.")]),
]  # fmt: skip


def load():
    """Fill the queues of the demo's desk; returns how many comments that adds. Nothing is mailed."""
    before = Comment.objects.count()
    moderator = get_user_model().objects.filter(username="moderator").first()
    articles = {article.slug: article for article in Article.objects.published()}
    now = timezone.now()
    for ago, slug, name, text, holds in HELD:
        if slug in articles:
            _held(articles[slug], name, text, now - timedelta(minutes=ago), holds)
    for number, (name, slug, also) in enumerate(SENDERS):
        if slug in articles:
            similar.remember(
                _held(articles[slug], name, LETTER + also, now - timedelta(minutes=52 - 7 * number), [FIRST])
            )
    for number, (slug, name, text, reports) in enumerate(REPORTED):
        if slug in articles:
            comment = _comment(articles[slug], name, text, now - timedelta(hours=5 + number), "visible")
            for reader, reason, line in reports:
                Report.file(comment, reason, line, browser=f"demo-{reader}", network=f"demo-{reader}")
    if moderator:
        _decide_on_persons(moderator)
    while ranking.learn():  # the record of decisions is there: what waits has its scores at once
        pass
    return Comment.objects.count() - before


def _comment(article, name, text, at, status):
    address = f"{name.lower().replace(' ', '.')}@readers.example"
    person, _ = Commenter.objects.get_or_create(email=address, defaults={"name": name})
    return Comment.objects.create(
        article=article, comment=text, user_name=name, user_email=address, commenter=person, status=status,
        submit_date=max(at, article.published_at), seen_at=at if status == "visible" else None,
    )  # fmt: skip


def _held(article, name, text, at, holds):
    comment = _comment(article, name, text, at, "held")
    Hold.objects.bulk_create(Hold(comment=comment, at=at, **hold) for hold in holds)
    return comment


def _decide_on_persons(moderator):
    people = {
        who.name: who
        for who in Commenter.objects.filter(name__in=["Roderic Vane", "Malte Orr", "Nadia Poll"])
    }
    if who := people.get("Roderic Vane"):
        moderation.sanction(
            who, "warn", moderator, "abuse", "Please write about the article, not about who reads it."
        )
        moderation.note(
            who, moderator, "Sharp, but he knows the parliament’s rules of procedure better than we do."
        )
    if who := people.get("Malte Orr"):
        moderation.sanction(
            who,
            "suspend",
            moderator,
            "abuse",
            "The same shout three times.",
            timezone.now() + timedelta(days=7),
        )
    if who := people.get("Nadia Poll"):
        moderation.sanction(who, "watch", moderator, "abuse")
    Mail.objects.filter(commenter__in=people.values()).delete()  # nobody is there to read it
