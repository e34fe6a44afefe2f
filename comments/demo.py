"""The conversations of the demo: written by hand in articles/demo/conversations.toml, stored as readers’ comments are."""

import tomllib
from datetime import timedelta
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from articles.models import Article
from comments import names
from comments.models import Comment, Commenter, Decision, Hold, Recommendation, Report
from comments.posting import badge_for, commenter_of

SOURCE = Path(__file__).parent.parent / "articles" / "demo" / "conversations.toml"


def load(source=SOURCE):
    """Load the conversations and return how many comments, or 0 where there is a comment already. No mail is sent."""
    if Comment.objects.exists():
        return 0
    with transaction.atomic():  # a conversation is whole or not there
        for slug, given in tomllib.loads(source.read_text(encoding="utf-8")).items():
            article = Article.objects.filter(slug=slug).first()
            if article:
                _load_conversation(article, given)
    return Comment.objects.count()


def _load_conversation(article, given):
    by_key = {}
    for facts in given:
        at = min(article.published_at + timedelta(minutes=facts["after"]), timezone.now())
        user = get_user_model().objects.filter(username=facts.get("user", "")).first()
        name = names.display_name(user) if user else facts.get("name", "The desk")
        comment = Comment(
            article=article, answers=by_key.get(facts.get("answers")), comment=facts["text"], submit_date=at,
            user_name=name, user=user, commenter=commenter_of(user) if user else _reader(name),
            status=facts.get("status", Comment.Status.VISIBLE), is_pick=facts.get("pick", False),
            badge=badge_for(user, article), followup=facts.get("follow", False),
        )  # fmt: skip
        comment.user_email = comment.commenter.email or ""
        comment.save()
        by_key[facts.get("key", comment.pk)] = comment
        _load_what_followed(comment, facts)


def _reader(name):
    address = f"{name.lower().replace(' ', '.')}@readers.example"
    return Commenter.objects.get_or_create(email=address, defaults={"name": name})[0]


def _load_what_followed(comment, facts):
    Hold.objects.bulk_create(Hold(comment=comment, **hold) for hold in facts.get("holds", []))
    for number in range(facts.get("recommended", 0)):
        Recommendation.toggle(comment, browser=f"demo-{number}")
    for number, report in enumerate(facts.get("reports", [])):
        Report.file(comment, **report, browser=f"demo-{number}", network=f"demo-{number}")
    if comment.status in (Comment.Status.REJECTED, Comment.Status.SPAM):
        moderator = get_user_model().objects.filter(username="moderator").first()
        is_spam = comment.status == Comment.Status.SPAM
        Decision.objects.create(
            comment=comment, verb=Decision.Verb.SPAM if is_spam else Decision.Verb.REJECT, was=Comment.Status.HELD, became=comment.status, by=moderator,
            reason=facts.get("reason", Decision.Reason.SPAM), note=facts.get("note", ""), at=comment.submit_date,
        )  # fmt: skip
