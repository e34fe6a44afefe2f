"""The conversation in the page of an article."""

from django import template

from comments.conversation import SORTS, Conversation, count
from comments.lines import render as comment_lines

register = template.Library()
register.simple_tag(comment_lines, name="comment_lines")


def _talk_of(article):
    # several tags of one page ask: the policy is read once
    if "_talk" not in article.__dict__:
        article._talk = Conversation(article)
    return article._talk


@register.simple_tag
def comments_url(article):
    """Where a comment on a published article is written; empty when it is closed."""
    return _talk_of(article).form_address


@register.inclusion_tag("comments/_conversation.html")
def conversation(article):
    """The first page of what readers answered to a published article: the same bytes for everyone, four queries at most."""
    talk = _talk_of(article)
    lines, has_more = talk.first_page()
    return {
        "article": article,
        "talk": talk,
        "lines": lines,
        "has_more": has_more,
        "comment_count": comment_count(article),
        "sorts": SORTS,
        "sort": "oldest",
    }


@register.simple_tag
def comment_count(article):
    """The number of comments that readers see; what a list annotated as `comment_count` is taken as it is."""
    return article.comment_count if hasattr(article, "comment_count") else count(article)
