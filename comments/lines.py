"""The HTML of the lines of a conversation: the one renderer of a comment among others.

A page holds a hundred comments and more, and each is a dozen small pieces: as a template they cost more than the rest of
the page together. Every value that somebody typed passes `escape`; only `comment.html` was cleaned before, by
`comments.markup.render` when it was written. Names stand in `<bdi>` and bodies in `dir="auto"`: no right-to-left text
turns what is around it.
"""

from datetime import tzinfo
from functools import cache, lru_cache
from html import escape
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dates import MONTHS
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from comments.models import Comment

_NUMBER = 1234567890  # stands for an id in an address


def render(lines, form_address, all_comments):
    """Return `lines` (of `comments.conversation`) as nested lists, in one pass: each line says what opens below it and
    what ends after it.

    `form_address` is where a reply is written, empty where none is taken; `all_comments` is the conversation's own page.
    """
    if not lines:
        return mark_safe("")
    page, all_comments = _Page.of(form_address), escape(all_comments)
    parts = ['<ol class="thread">']
    for line in lines:
        shown = line.comment
        html = _remark(shown, line.depth, line.answered_name, page) if shown else _placeholder(line)
        parts += ["\n<li>", html, "\n"]
        if line.opens:
            parts.append(_opening(line) if line.depth == 0 else '<ol class="replies">')
        else:
            parts.append("</li>")
        for depth in line.closes:
            if depth == 0 and line.more_replies:
                parts.append(
                    f'<li class="thread__more"><a href="{all_comments}?thread={line.thread}">'
                    f"All replies of this thread, {line.more_replies} more</a></li>"
                )
            parts.append("</ol></details></li>" if depth == 0 else "</ol></li>")
    parts.append("\n</ol>")
    return mark_safe("".join(parts))  # of escaped parts and cleaned bodies


def _placeholder(line):
    words = "The writer took this comment back." if line.is_withdrawn else "This comment is not shown."
    return (
        f'<div class="remark remark--gone" id="comment-{line.id}" data-placeholder="{line.id}" '
        f'data-depth="{line.depth}"><p>{words}</p></div>'
    )


def _opening(line):
    to = escape(line.comment.user_name) if line.comment else "this comment"
    return (
        f'<details class="branch" open><summary>{line.replies_below} repl{"y" if line.replies_below == 1 else "ies"}'
        f'<span class="vh"> to {to}</span></summary><ol class="replies">'
    )


class _Page(NamedTuple):
    """What is the same for all comments of one page."""

    form: str
    permalink: str  # of each comment, with %d for its id, and so on
    recommend: str
    report: str
    follow: str
    zone: tzinfo
    language: str

    @classmethod
    def of(cls, form_address):
        addresses = map(_pattern, ("comment", "recommend", "report", "follow"))
        return cls(escape(form_address), *addresses, timezone.get_current_timezone(), get_language())


@lru_cache(maxsize=5000)
def _remark(comment, depth, answered_name, page):
    """The HTML of one comment: of nothing but what is named here, so that it may be kept for as long as that is the same."""
    id, name, at = comment.pk, escape(comment.user_name), comment.submit_date.astimezone(page.zone)
    person = f' data-person="{person_mark(comment.commenter_id)}"' if comment.commenter_id else ""
    marks = '<span class="badge badge--pick">Editors’ pick</span>' if comment.is_pick else ""
    if comment.badge:
        marks += f'<span class="badge badge--staff">{Comment.Badge(comment.badge).label}</span>'
    notes = '<span class="remark__edited">edited</span>' if comment.edited_at else ""
    if comment.redacted_at:
        notes += '<span class="remark__edited">personal data removed by a moderator</span>'
    answers = reply = follow = counted = ""
    if answered_name:
        answered = page.permalink % comment.answers_id
        answers = (
            f'<p class="remark__to">Answers <a href="{answered}"><bdi>{escape(answered_name)}</bdi></a></p>'
        )
    if page.form:
        reply = (
            f'<a href="{page.form}?reply_to={id}" rel="nofollow" data-write>'
            f'Reply<span class="vh"> to {name}</span></a>'
        )
    if comment.recommend_count:
        counted = f' <span class="remark__count">{comment.recommend_count}</span>'
    if depth == 0:
        address = page.follow % id
        follow = (
            f'<a href="{address}" rel="nofollow">Follow<span class="vh"> this thread of {name}</span></a>'
        )
    return f"""\
<article class="remark{" remark--pick" if comment.is_pick else ""}" id="comment-{id}" data-comment="{id}" \
data-depth="{depth}"{person} aria-labelledby="by-{id}">
<header class="remark__head"><bdi class="initials" aria-hidden="true">{escape(initials(comment.user_name))}</bdi>\
<h3 class="remark__who" id="by-{id}"><bdi>{name}</bdi></h3>{marks}\
<a class="remark__when" href="{page.permalink % id}"><span class="vh">Permalink, </span>\
<time datetime="{at.isoformat(timespec="seconds")}" data-ago>\
{at.day} {_month(at.month, page.language)} {at.year}, {at.hour:02}:{at.minute:02}</time></a>{notes}</header>
{answers}<div class="remark__body" dir="auto">{comment.html}</div>
<p class="remark__acts">{reply}\
<a href="{page.recommend % id}" rel="nofollow" data-recommend>\
Recommend<span class="vh"> this comment of {name}</span>{counted}</a>\
<a href="{page.report % id}" rel="nofollow">Report<span class="vh"> this comment of {name}</span></a>{follow}</p>
</article>"""


def forget():
    """For benchmarks: as if nothing was rendered before."""
    for kept in (_remark, initials, person_mark):
        kept.cache_clear()


@cache
def _month(number, language):
    return str(MONTHS[number])


def _pattern(name):
    """The address of a page of a comment, with %d for its id."""
    address = reverse(f"comments:{name}", args=[_NUMBER]).replace("%", "%%")
    return escape(address).replace(str(_NUMBER), "%d")


@lru_cache(maxsize=5000)
def initials(name):
    """One or two letters of a name, for the eye: no picture is asked of anyone."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


@lru_cache(maxsize=5000)
def person_mark(commenter_id):
    """A mark that is the same for all that one person wrote, and tells no more."""
    return salted_hmac("comments.person", str(commenter_id)).hexdigest()[:16]
