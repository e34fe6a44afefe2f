"""The demo's record of decisions: what was approved, rejected and appealed in its last four weeks, so that the desk's
numbers show something."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from articles.models import Article
from comments import numbers
from comments.fairness import Appeal, SecondOpinion
from comments.models import Comment, Commenter, Decision, Hold

# who, what they wrote, what held it, why it was rejected (“spam”: marked as that)
REJECTED = [
    ("Otmar Rell", "You would not know a tide from a tap. Sit down.", "first_comments", "abuse"),
    ("Pernille Aas", "Has anyone else’s phone stopped working since the update?", "first_comments", "off_topic"),
    ("Gregor Vint", "The minister lives at the yellow house behind the church, go and ask him.", "suspect_words", "personal"),
    ("Sunny Loans", "Loans in ten minutes, no questions: https://loans.example https://loans.example/now", "links", "spam"),
    ("Malte Orr", "All of them are bought. ALL OF THEM. EVERY SINGLE ONE.", "capitals", "abuse"),
    ("Ines Faro", "The bridge was never built, I looked on a map.", "first_comments", "false"),
    ("Cheap Turbines", "Turbines for small towns: https://turbines.example https://turbines.example/b", "links", "spam"),
    ("Rurik Dahl", "Off to the lake this weekend, who is coming?", "first_comments", "off_topic"),
    ("Nadia Poll", "Typical of someone from that side of the valley.", "suspect_words", "abuse"),
    ("Watch Outlet", "Watches, watches, watches! https://watches.example https://watches.example/2", "links", "spam"),
    ("Timo Beck", "I said this yesterday and I say it again: the ferry is late.", "duplicate", "duplicate"),
    ("Halvard Sy", "Why is there no crossword any more???????", "shouting", "off_topic"),
]  # fmt: skip
APPEALED = {
    "Ines Faro": "I meant the second bridge, the one upstream. It is in your own map of 2019.",
    "Halvard Sy": "It was meant kindly, and the crossword was mentioned in the article.",
}
ROUNDS = 3  # each of them, some days apart: people come back


def load():
    """Write the record below the comments that are there. Returns how many decisions it has; nothing is mailed."""
    moderator = get_user_model().objects.filter(username="moderator").first()
    editor = get_user_model().objects.filter(username="editor").first()
    articles = list(Article.objects.published().newest_first()[:6])
    if not moderator or not editor or not articles:
        return 0
    decisions = _approved(moderator)
    decisions += [_rejected(number, moderator, articles) for number in range(len(REJECTED) * ROUNDS)]
    for decision in sorted(
        decisions, key=lambda decision: decision.at
    ):  # the ranking learns them as they came
        decision.save()
    _appeals(editor)
    _second_opinions(editor)
    numbers.rebuild()
    return Decision.objects.count()


def _approved(moderator):
    """What stands in the conversations was read before it was shown, faster on some days than on others."""
    decisions = []
    shown = Comment.objects.filter(status=Comment.Status.VISIBLE, badge="", user=None).order_by("pk")
    now = timezone.now()
    for number, comment in enumerate(shown):
        at = comment.submit_date + timedelta(minutes=4 + number * 7 % 55)
        if at < now and number % 5:
            Hold.objects.get_or_create(
                comment=comment, rule="first_comments",
                defaults={"value": number % 2, "limit": 2, "at": comment.submit_date},
            )  # fmt: skip
            Comment.objects.filter(pk=comment.pk).update(seen_at=at, decided_at=at)
            decisions.append(
                Decision(
                    comment=comment, verb=Decision.Verb.APPROVE, was=Comment.Status.HELD, by=moderator,
                    became=Comment.Status.VISIBLE, at=at, effect_at=at, text_hash=comment.text_hash,
                )
            )  # fmt: skip
    return decisions


def _rejected(number, moderator, articles):
    name, text, rule, reason = REJECTED[number % len(REJECTED)]
    sent_at = timezone.now() - timedelta(days=27 * number / (len(REJECTED) * ROUNDS), hours=3 + number % 9)
    article = articles[number % len(articles)]
    address = f"{name.lower().replace(' ', '.')}@readers.example"
    person, _ = Commenter.objects.get_or_create(email=address, defaults={"name": name})
    is_spam = reason == "spam"
    became = Comment.Status.SPAM if is_spam else Comment.Status.REJECTED
    comment = Comment(
        article=article, comment=text, user_name=name, user_email=address, commenter=person,
        status=became, submit_date=sent_at,
    )  # fmt: skip
    comment.seen_at = comment.decided_at = at = sent_at + timedelta(minutes=3 + number * 11 % 95)
    comment.save()
    Hold.objects.create(comment=comment, rule=rule, at=sent_at)
    return Decision(
        comment=comment, verb=Decision.Verb.SPAM if is_spam else Decision.Verb.REJECT,
        was=Comment.Status.HELD, became=became, by=moderator, reason=reason, at=at, effect_at=at,
        text_hash=comment.text_hash,
    )  # fmt: skip


def _appeals(editor):
    """One appeal waits, one was decided by another than the one who rejected."""
    for number, (name, words) in enumerate(APPEALED.items()):
        comment = (
            Comment.objects.filter(user_name=name, status=Comment.Status.REJECTED)
            .order_by("-submit_date")
            .first()
        )
        appeal = Appeal.file(comment, words)
        at = comment.decided_at + timedelta(hours=3)
        Appeal.objects.filter(pk=appeal.pk).update(at=at)
        if number:
            Appeal.objects.filter(pk=appeal.pk).update(
                outcome=Appeal.Outcome.STANDS, by=editor, decided_at=at + timedelta(hours=5),
                note="The crossword moved to the weekend pages; the comment stays out all the same.",
            )  # fmt: skip


def _second_opinions(editor):
    decisions = (
        Decision.objects.by_moderators().exclude(by=editor).order_by("pk").prefetch_related("comment__holds")
    )
    for number, decision in enumerate(decisions[:40:3]):
        opinion = SecondOpinion.objects.create(
            decision=decision, comment=decision.comment, first=decision.became, first_reason=decision.reason,
            first_by=decision.by, rules=[hold.rule for hold in decision.comment.holds.all()],
        )  # fmt: skip
        if number > 1:  # two are still to be given
            differs = number == 7
            shown = (decision.became == Comment.Status.VISIBLE) != differs
            opinion.give(
                editor,
                Comment.Status.VISIBLE if shown else Comment.Status.REJECTED if differs else decision.became,
                decision.reason or ("off_topic" if differs else ""),
            )
