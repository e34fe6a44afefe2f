"""The HTML of the lines of a conversation: the one renderer of a comment among others.

A page holds a hundred comments and more, and each is a dozen small pieces: as a template they cost more than the rest of
the page together. Every value that somebody typed passes `escape`; only `comment.html` was cleaned before, by
`comments.markup.render` when it was written. Names stand in `<bdi>` and bodies in `dir="auto"`: no right-to-left text
turns what is around it.
"""

from functools import lru_cache
from html import escape

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dates import MONTHS
from django.utils.safestring import mark_safe

from comments.models import Comment

_NUMBER = 1234567890  # stands for an id in an address


def render(lines, form_address, all_comments):
    """Return `lines` (of `comments.conversation`) as nested lists, in one pass: each line says what opens below it and
    what ends after it.

    `form_address` is where a reply is written, empty where none is taken; `all_comments` is the conversation's own page.
    """
    if not lines:
        return mark_safe("")
    remark = _Remark(form_address)
    all_comments = escape(all_comments)
    parts = ['<ol class="thread">']
    for line in lines:
        parts += ["\n<li>", remark.of(line) if line.comment else _placeholder(line), "\n"]
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


class _Remark:
    """Renders comments: what is the same for all of one page is put together once."""

    def __init__(self, form_address):
        self.form = escape(form_address)
        self.permalink, self.recommend, self.report, self.follow = (
            _pattern(name) for name in ("comment", "recommend", "report", "follow")
        )
        self.zone = timezone.get_current_timezone()
        self.months = {number: escape(str(name)) for number, name in MONTHS.items()}

    def of(self, line):
        id, comment = line.id, line.comment
        name = escape(comment.user_name)
        at = comment.submit_date.astimezone(self.zone)
        person = f' data-person="{person_mark(comment.commenter_id)}"' if comment.commenter_id else ""
        marks = '<span class="badge badge--pick">Editors’ pick</span>' if comment.is_pick else ""
        if comment.badge:
            marks += f'<span class="badge badge--staff">{Comment.Badge(comment.badge).label}</span>'
        notes = '<span class="remark__edited">edited</span>' if comment.edited_at else ""
        if comment.redacted_at:
            notes += '<span class="remark__edited">personal data removed by a moderator</span>'
        answers = ""
        if line.answered_name:
            answers = (
                f'<p class="remark__to">Answers <a href="{self.permalink % comment.answers_id}">'
                f"<bdi>{escape(line.answered_name)}</bdi></a></p>"
            )
        reply = (
            f'<a href="{self.form}?reply_to={id}" rel="nofollow" data-write>Reply<span class="vh"> to {name}</span></a>'
            if self.form
            else ""
        )
        count = comment.recommend_count
        counted = f' <span class="remark__count">{count}</span>' if count else ""
        follow = (
            f'<a href="{self.follow % id}" rel="nofollow">Follow<span class="vh"> this thread of {name}</span></a>'
            if line.depth == 0
            else ""
        )
        return f"""\
<article class="remark{" remark--pick" if comment.is_pick else ""}" id="comment-{id}" data-comment="{id}" data-depth="{line.depth}"{person} aria-labelledby="by-{id}">
<header class="remark__head"><bdi class="initials" aria-hidden="true">{escape(initials(comment.user_name))}</bdi>\
<h3 class="remark__who" id="by-{id}"><bdi>{name}</bdi></h3>{marks}\
<a class="remark__when" href="{self.permalink % id}"><span class="vh">Permalink, </span>\
<time datetime="{at:%Y-%m-%dT%H:%M:%S%z}" data-ago>{at.day} {self.months[at.month]} {at:%Y, %H:%M}</time></a>{notes}</header>
{answers}<div class="remark__body" dir="auto">{comment.html}</div>
<p class="remark__acts">{reply}\
<a href="{self.recommend % id}" rel="nofollow" data-recommend>Recommend<span class="vh"> this comment of {name}</span>{counted}</a>\
<a href="{self.report % id}" rel="nofollow">Report<span class="vh"> this comment of {name}</span></a>{follow}</p>
</article>"""


def _pattern(name):
    """The address of a page of a comment, with %d for its id."""
    address = reverse(f"comments:{name}", args=[_NUMBER]).replace("%", "%%")
    return escape(address).replace(str(_NUMBER), "%d")


def initials(name):
    """One or two letters of a name, for the eye: no picture is asked of anyone."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


def person_mark(commenter_id):
    """A mark that is the same for all that one person wrote, and tells no more."""
    return _person_mark(commenter_id, settings.SECRET_KEY)


@lru_cache(maxsize=10_000)
def _person_mark(commenter_id, secret):
    return salted_hmac("comments.person", str(commenter_id), secret=secret).hexdigest()[:16]
