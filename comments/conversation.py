"""The conversation under an article as readers get it: pages of threads, and where in them a comment stands.

Everything here comes through `visible()`. A hidden comment with visible replies is a placeholder: its place, and who
took it away, never its words or its writer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.core.paginator import Paginator
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from articles.models import Article
from comments import tallies
from comments.models import STEP, Comment, Policy, step, steps_of
from newsroom.prepared import prepared

THREADS_A_PAGE = 20
REPLIES_SHOWN = 10  # of one thread on a page of threads; the rest is on the page of the thread
COMMENTS_A_PAGE = 50  # of one thread on its own pages

SORTS = {"oldest": "Oldest first", "newest": "Newest first", "recommended": "Most recommended"}
_ORDER = {
    "oldest": ["-is_pick", "path"],
    "newest": ["-is_pick", "-path"],
    "recommended": ["-is_pick", "-recommend_count", "-path"],
}


class Shown(NamedTuple):
    """What a page shows of a comment: the text as it was typed, the address and the rest stay in the database."""

    pk: int
    path: str
    status: str
    html: str
    user_name: str
    submit_date: datetime
    commenter_id: int | None
    badge: str
    is_pick: bool
    recommend_count: int
    edited_at: datetime | None
    redacted_at: datetime | None
    answers_id: int | None

    @property
    def depth(self):
        return len(self.path) // STEP - 1


@dataclass(slots=True)
class Line:
    """One comment, or the placeholder of one, with what has to be opened below and closed after it."""

    id: int
    depth: int
    thread: int
    comment: Shown | None = None  # None: a placeholder
    # of the comment that it answers where that is another than the one above it, and readers see it
    answered_name: str = ""
    is_withdrawn: bool = False  # a placeholder whose writer took the comment back
    replies_below: int = 0
    opens: bool = False
    closes: list = field(default_factory=list)  # the depths whose lists end after it, deepest first
    more_replies: int = 0  # of its thread, on the page of the thread


# --- what is asked of the database: each QuerySet is composed once -------------------------------------------------
def _replies(article, at):
    """What readers see of the threads that a query around this one goes through."""
    below = {"path__gt": OuterRef("path"), "path__lt": Concat(OuterRef("path"), Value("x"))}
    return Comment.objects.seen_of(article, at).filter(**below).order_by()


def _is_shown(at):
    return Q(status=Comment.Status.VISIBLE, shown_from__lte=at)


def _threads(article, at):
    """The first comments of threads in which readers see anything: hidden ones stand for their visible replies."""
    return Comment.objects.filter(_is_shown(at) | Exists(_replies(article, at)), article=article, depth=0)


@prepared(article=int, at=datetime)
def _thread_count(article, at):
    return (
        _threads(article, at).order_by().values("article").annotate(n=Count("*")).values_list("n", flat=True)
    )


@prepared(article=int, at=datetime, sort=None, first=None)
def _page_of_threads(article, at, sort, first):
    """As rows of Shown, whether readers see it, its number of replies, and the path of the first that is not shown; one
    more than a page."""
    replies = _replies(article, at)
    cut = replies.order_by("path").values("path")[REPLIES_SHOWN : REPLIES_SHOWN + 1]
    found = _threads(article, at).annotate(
        is_shown_now=ExpressionWrapper(_is_shown(at), BooleanField()),
        replies=tallies.of_thread(article, OuterRef("pk"), OuterRef("path"), at),
        cut=Subquery(cut),
    )
    rows = found.order_by(*_ORDER[sort]).values_list(*Shown._fields, "is_shown_now", "replies", "cut")
    return rows[first : first + THREADS_A_PAGE + 1]


def _for_lines(comments, at):
    """As rows of Shown, the status of the comment above, and the name of the writer whom it answers beside that."""
    answered = Comment.objects.shown(at).filter(pk=OuterRef("answers_id")).order_by().values("user_name")
    beside = Case(When(~Q(answers=F("parent_id")), then=Subquery(answered)))
    above = Comment.objects.filter(pk=OuterRef("parent_id")).order_by().values("status")
    return comments.order_by("path").values_list(*Shown._fields, Subquery(above), beside)


@prepared(article=int, at=datetime, after=[str], before=[str])
def _replies_between(article, at, after, before):
    ranges = zip(after, before, strict=True)
    return _for_lines(Comment.objects.seen_of(article, at, ranges), at)


@prepared(article=int, at=datetime, ids=[int])
def _lines_by_id(article, at, ids):
    return _for_lines(Comment.objects.seen_of(article, at).filter(pk__in=ids), at)


@prepared(article=int, at=datetime, thread=int)
def _count_in_thread(article, at, thread):
    """Whether the first comment of a thread is seen, and how many replies are."""
    found = Comment.objects.filter(pk=thread, article=article, depth=0)
    seen = ExpressionWrapper(_is_shown(at), BooleanField())
    return found.values_list(seen, tallies.of_thread(article, OuterRef("pk"), OuterRef("path"), at))


@prepared(article=int, at=datetime, path=str, end=str, first=None)
def _page_of_thread(article, at, path, end, first):
    """What comes before the page is passed over in the index, and no row of it is read."""
    seen = Comment.objects.seen_of(article, at).filter(path__lt=end)
    paths = seen.filter(path__gte=path).order_by("path").values("path")
    begins, stops = (Subquery(paths[n : n + 1]) for n in (first, first + COMMENTS_A_PAGE))
    return _for_lines(seen.filter(path__gte=begins, path__lt=Coalesce(stops, Value(end))), at)


class Conversation:
    """What readers answered to `article`, a published one."""

    def __init__(self, article):
        self.article = article
        self.policy = Policy.current()

    @property
    def comments(self):
        return Comment.objects.visible_of(self.article)

    @cached_property
    def form_address(self):
        """Where a comment is written; empty when none is taken."""
        return reverse("comments:new", args=[self.article.slug]) if self.is_open else ""

    @cached_property
    def why_closed(self):
        return self.policy.why_closed(self.article)

    @property
    def is_open(self):
        return not self.why_closed

    @property
    def closes_at(self):
        return self.policy.closes_at(self.article)

    def threads(self):
        return _threads(self.article.pk, timezone.now())

    def page(self, number=1, sort="oldest"):
        """Return a page of threads with its `lines`: three queries, whatever the number of comments."""
        now = timezone.now()
        count = sum(_thread_count(article=self.article.pk, at=now))
        page = Paginator(range(count), THREADS_A_PAGE).get_page(number)
        page.lines, _ = self._lines(now, sort, max(page.start_index() - 1, 0))
        return page

    def first_page(self, sort="oldest"):
        """Return (lines, whether there are more threads): two queries, nothing counted."""
        return self._lines(timezone.now(), sort, 0)

    def _lines(self, now, sort, first):
        article = self.article.pk
        found = _page_of_threads(article=article, at=now, sort=sort, first=first)
        threads = [(Shown._make(row[:-3]), *row[-3:]) for row in found[:THREADS_A_PAGE]]
        ranges = [(thread.path, cut or thread.path + "x") for thread, _, replies, cut in threads if replies]
        below = {}
        if ranges:
            after, before = zip(*ranges, strict=True)
            for row in _replies_between(article=article, at=now, after=after, before=before):
                below.setdefault(row[1][:STEP], []).append(row)
        lines = []
        for thread, is_shown, replies, _ in threads:
            shown = below.get(thread.path, [])
            in_thread = [
                Line(thread.pk, 0, thread.pk, thread) if is_shown else _gone(thread.path, thread.status)
            ]
            in_thread += _with_placeholders(shown, {thread.path})
            in_thread[0].replies_below = replies
            in_thread[-1].more_replies = replies - len(shown)
            lines += in_thread
        return _closed(lines), len(found) > THREADS_A_PAGE

    def thread_page(self, thread_id, number=1):
        """Return a page of one thread, its first comment and what stands above a reply always with it; None when
        readers see nothing of it."""
        path, now = step(thread_id), timezone.now()
        asked = {"article": self.article.pk, "at": now}
        count = sum(is_seen + replies for is_seen, replies in _count_in_thread(**asked, thread=thread_id))
        if not count:
            return None
        page = Paginator(range(count), COMMENTS_A_PAGE).get_page(number)
        rows = _page_of_thread(**asked, path=path, end=path + "x", first=page.start_index() - 1)
        if not rows:  # it went in between
            return None
        here = {row[0] for row in rows}
        above = sorted({id for id in [thread_id, *steps_of(rows[0][1])] if id not in here})
        context = _lines_by_id(**asked, ids=above) if above else []
        page.lines = _closed(_with_placeholders(sorted(context + rows, key=lambda row: row[1]), set()))
        page.context_ids = {row[0] for row in context}
        return page

    def place_of(self, comment):
        """Return the address, within the pages of the conversation, at which `comment` stands: three queries."""
        address = reverse("comments:conversation", args=[self.article.slug])
        thread = comment.steps[0]
        if comment.depth:
            before = self.comments.filter(path__gt=step(thread), path__lt=comment.path).count()
            if before >= REPLIES_SHOWN:
                in_thread = self.comments.filter(path__gte=step(thread), path__lt=comment.path).count()
                page = in_thread // COMMENTS_A_PAGE + 1
                query = f"?thread={thread}" + (f"&page={page}" if page > 1 else "")
                return f"{address}{query}#comment-{comment.pk}"
        first = comment if not comment.depth else Comment.objects.only("path", "is_pick").get(pk=thread)
        before = Q(is_pick=first.is_pick, path__lt=first.path)
        if not first.is_pick:
            before |= Q(is_pick=True)
        page = self.threads().filter(before).count() // THREADS_A_PAGE + 1
        return f"{address}{f'?page={page}' if page > 1 else ''}#comment-{comment.pk}"


def _gone(path, status):
    """The placeholder of a comment that readers do not see, but for the replies below it."""
    is_withdrawn = status == Comment.Status.REMOVED
    return Line(int(path[-STEP:]), len(path) // STEP - 1, int(path[:STEP]), is_withdrawn=is_withdrawn)


def _with_placeholders(rows, known):
    """Return a line for each row of `_for_lines`, and one for each comment above it whose path is not `known`."""
    lines, known = [], set(known)
    for row in rows:
        comment, (above_status, answered_name) = Shown._make(row[:-2]), row[-2:]
        path = comment.path
        above = path[:-STEP]
        if above not in known:
            for end in range(STEP, len(path), STEP):
                if (hidden := path[:end]) not in known:
                    lines.append(_gone(hidden, above_status if hidden == above else ""))
                    known.add(hidden)
        lines.append(Line(comment.pk, comment.depth, int(path[:STEP]), comment, answered_name or ""))
        known.add(path)
    return lines


def _closed(lines):
    """Say of each line which lists open below it and which end after it."""
    for index, line in enumerate(lines):
        next_depth = lines[index + 1].depth if index + 1 < len(lines) else 0
        line.opens = next_depth > line.depth
        line.closes = list(range(line.depth - 1, next_depth - 1, -1))
    for index, line in enumerate(lines):
        if line.opens and line.depth == 0 and not line.replies_below:
            line.replies_below = _count_below(lines, index)
    return lines


def _count_below(lines, index):
    below = 0
    for line in lines[index + 1 :]:
        if line.depth == 0:
            break
        below += line.comment is not None
    return below


def with_comment_count(articles, at=None):
    """Annotate `articles` (a QuerySet of published ones) with `comment_count`, what readers see: no further query."""
    seen = tallies.of_article(OuterRef("pk"), at or timezone.now())
    return articles.annotate(comment_count=seen)


@prepared(article=int, at=datetime)
def _count(article, at):
    return Article.objects.filter(pk=article).values_list(tallies.of_article(article, at), flat=True)


def count(article):
    return next(iter(_count(article=article.pk, at=timezone.now())), 0) if article.is_published else 0
