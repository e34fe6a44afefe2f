"""The conversation under an article as readers get it: pages of threads, and where in them a comment stands.

Everything here comes through `visible()`. A hidden comment with visible replies is a placeholder: its place, and who
took it away, never its words or its writer.
"""

from dataclasses import dataclass, field

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils import timezone

from comments.models import STEP, Comment, Policy, step

THREADS_A_PAGE = 20
REPLIES_SHOWN = 10  # of one thread on a page of threads; the rest is on the page of the thread
COMMENTS_A_PAGE = 50  # of one thread on its own pages

SORTS = {"oldest": "Oldest first", "newest": "Newest first", "recommended": "Most recommended"}
_ORDER = {
    "oldest": ["-is_pick", "path"],
    "newest": ["-is_pick", "-path"],
    "recommended": ["-is_pick", "-recommend_count", "-path"],
}
# what a page shows of a comment: the text as it was typed, the address and the rest stay in the database
_SHOWN = [
    "path", "depth", "status", "html", "badge", "is_pick", "recommend_count", "edited_at", "article_id", "answers_id",
    "user_name", "submit_date", "parent_id", "shown_from", "redacted_at", "commenter_id",
]  # fmt: skip


@dataclass
class Line:
    """One comment, or the placeholder of one, with what has to be opened below and closed after it."""

    id: int
    depth: int
    comment: Comment | None = None  # None: a placeholder
    is_withdrawn: bool = False  # a placeholder whose writer took the comment back
    replies_below: int = 0
    opens: bool = False
    closes: list = field(default_factory=list)  # the depths whose lists end after it, deepest first
    more_replies: int = 0  # of its thread, on the page of the thread
    thread: int = 0

    @property
    def answers_beside(self):
        """Whether it answers another comment than the one above it, which readers see."""
        comment = self.comment
        return bool(
            self.depth
            and comment.answers_id
            and comment.answers_id != comment.parent_id
            and getattr(comment, "answered_name", "")
        )


class Conversation:
    """What readers answered to `article`, a published one."""

    def __init__(self, article):
        self.article = article
        self.policy = Policy.current()

    @property
    def comments(self):
        return Comment.objects.visible_of(self.article)

    @property
    def form_address(self):
        """Where a comment is written; empty when none is taken."""
        return reverse("comments:new", args=[self.article.slug]) if self.is_open else ""

    @property
    def why_closed(self):
        return self.policy.why_closed(self.article)

    @property
    def is_open(self):
        return not self.why_closed

    @property
    def closes_at(self):
        return self.policy.closes_at(self.article)

    def threads(self):
        """The first comments of threads in which readers see anything: hidden ones stand for their visible replies."""
        replies = self.comments.filter(
            path__gt=OuterRef("path"), path__lt=Concat(OuterRef("path"), Value("x"))
        )
        first = Comment.objects.filter(article=self.article, depth=0)
        shown = Q(status=Comment.Status.VISIBLE, shown_from__lte=timezone.now())
        return first.filter(shown | Exists(replies.order_by()))

    def page(self, number=1, sort="oldest"):
        """Return a page of threads with its `lines`: three queries, whatever the number of comments."""
        page = Paginator(self.threads().order_by(*_ORDER[sort]), THREADS_A_PAGE).get_page(number)
        page.lines = self._lines_of(page.object_list)
        return page

    def first_page(self, sort="oldest"):
        """Return (lines, whether there are more threads): two queries, nothing counted."""
        found = self.threads().order_by(*_ORDER[sort])[: THREADS_A_PAGE + 1]
        lines, threads = self._lines_and_threads(found)
        return lines, threads > THREADS_A_PAGE

    def _lines_of(self, threads):
        return self._lines_and_threads(threads)[0]

    def _lines_and_threads(self, threads):
        replies = self.comments.filter(
            path__gt=OuterRef("path"), path__lt=Concat(OuterRef("path"), Value("x"))
        )
        counted = replies.order_by().values("article").annotate(n=Count("*")).values("n")
        threads = list(
            threads.only(*_SHOWN).annotate(
                replies=Coalesce(Subquery(counted), 0),
                cut=Subquery(replies.order_by("path").values("path")[REPLIES_SHOWN : REPLIES_SHOWN + 1]),
            )
        )
        found = len(threads)
        threads = threads[:THREADS_A_PAGE]
        ranges = [(thread.path, thread.cut or thread.path_end) for thread in threads if thread.replies]
        below = {}
        if ranges:
            for reply in self._for_lines(Comment.objects.visible_of(self.article, ranges)):
                below.setdefault(reply.path[:STEP], []).append(reply)
        lines = []
        for thread in threads:
            replies = below.get(thread.path, [])
            in_thread = [self._line(thread) if thread.is_shown else _gone(thread.pk, 0, thread.status)]
            in_thread += self._with_placeholders(replies, {thread.pk})
            in_thread[0].replies_below = thread.replies
            in_thread[-1].more_replies = thread.replies - len(replies)
            lines += in_thread
        return _closed(lines), found

    def thread_page(self, thread_id, number=1):
        """Return a page of one thread, its first comment and what stands above a reply always with it; None when
        readers see nothing of it."""
        path = step(thread_id)
        seen = self.comments.filter(path__gte=path, path__lt=path + "x")
        page = Paginator(self._for_lines(seen), COMMENTS_A_PAGE).get_page(number)
        comments = list(page.object_list)
        if not comments:
            return None
        here = {comment.pk for comment in comments}
        above = {id for id in [thread_id, *comments[0].steps] if id not in here}
        context = list(self._for_lines(self.comments.filter(pk__in=above))) if above else []
        page.lines = _closed(self._with_placeholders(sorted(context + comments, key=lambda c: c.path), set()))
        page.context_ids = {comment.pk for comment in context}
        return page

    @staticmethod
    def _for_lines(comments):
        above = Comment.objects.filter(pk=OuterRef("parent_id")).values("status")
        answered = Comment.objects.visible().filter(pk=OuterRef("answers_id")).values("user_name")
        return (
            comments.in_thread_order()
            .only(*_SHOWN)
            .annotate(
                above_status=Subquery(above),
                # whom it answers, where it had to join the last level; nobody who is hidden is named
                answered_name=Subquery(answered),
            )
        )

    @staticmethod
    def _line(comment):
        return Line(id=comment.pk, depth=comment.depth, comment=comment, thread=int(comment.path[:STEP]))

    def _with_placeholders(self, comments, known):
        lines, known = [], set(known)
        for comment in comments:
            *above, own = comment.steps
            for depth, id in enumerate(above):
                if id not in known:
                    status = comment.above_status if id == comment.parent_id else ""
                    lines.append(_gone(id, depth, status, thread=above[0]))
                    known.add(id)
            lines.append(self._line(comment))
            known.add(own)
        return lines

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


def _gone(id, depth, status, thread=None):
    return Line(id=id, depth=depth, is_withdrawn=status == Comment.Status.REMOVED, thread=thread or id)


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


def with_comment_count(articles):
    """Annotate `articles` (a QuerySet of published ones) with `comment_count`, what readers see: no further query."""
    counted = (
        Comment.objects.shown()
        .filter(article=OuterRef("pk"))
        .order_by()
        .values("article")
        .annotate(n=Count("*"))
        .values("n")
    )
    return articles.annotate(comment_count=Coalesce(Subquery(counted), 0))


def count(article):
    return Comment.objects.visible_of(article).count()
