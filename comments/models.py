"""What readers answer: comments with their status, why they were held, what was decided, and who wrote them."""

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_comments.models import Comment as StoredComment
from django_comments_xtd.models import XtdComment

from articles.models import Article, one_line
from comments import emails, markup
from newsroom import claims
from newsroom.prepared import prepared

# A path is one step a level, each the id of a comment in digits of fixed width: digits sort alike in every collation.
STEP = 10
DEEPEST = 9  # the most levels that a path has room for, above the first


def step(id):
    return f"{id:0{STEP}d}"


def steps_of(path):
    return [int(path[i : i + STEP]) for i in range(0, len(path), STEP)]


def address_of(email):
    """An e-mail address as it is compared: exactly, but for case and space around it."""
    return (email or "").strip().lower()


class Mode(models.TextChoices):
    """What happens to a comment that no rule objects to."""

    OPEN = "open", "Open: shown unless a rule holds it"
    CAUTIOUS = "cautious", "Cautious: new persons are held"
    APPROVE_FIRST = "approve_first", "Approve first: every comment is held"


class Policy(models.Model):
    """What the publication decided about its comments: one row, changed in the admin, read with each post."""

    class WhoMayPost(models.TextChoices):
        EVERYONE = "everyone", "Everyone: a name and an address are enough"
        CONFIRMED = "confirmed", "Confirmed: without an account, the address is confirmed by mail"
        MEMBERS = "members", "Members: with an account only"
        CLOSED = "closed", "Nobody: comments are closed everywhere"

    who_may_post = models.CharField(max_length=10, choices=WhoMayPost, default=WhoMayPost.CONFIRMED)
    mode = models.CharField(max_length=15, choices=Mode, default=Mode.CAUTIOUS)
    close_after_days = models.PositiveSmallIntegerField(
        default=30, help_text="Comments close by themselves this long after publication. 0: never."
    )
    switched_off = models.JSONField("rules that are switched off", default=list, blank=True)
    approved_before_trust = models.PositiveSmallIntegerField(
        "first comments", default=2, help_text="A person’s comments are held until this many were approved."
    )
    links_held_from = models.PositiveSmallIntegerField(
        default=2, help_text="A comment with this many links or more is held. Never for trusted persons."
    )
    seconds_to_write = models.PositiveSmallIntegerField(
        default=3, help_text="Who sends the form faster than this is held as a machine."
    )
    a_person_an_hour = models.PositiveSmallIntegerField("comments an hour from one person", default=20)
    an_address_an_hour = models.PositiveSmallIntegerField("comments an hour from one address", default=30)
    a_network_an_hour = models.PositiveSmallIntegerField("comments an hour from one network", default=200)
    newcomers_in_ten_minutes = models.PositiveSmallIntegerField(
        "comments of new persons under one article in ten minutes",
        default=60,
        db_default=60,
        help_text="Above it, persons whom nobody here knows yet are told to try again some minutes later. Whoever had a "
        "comment approved goes on writing, and what a moderator approves counts no longer. 0: no such brake. "
        "An article or a topic may have a number of its own, with its mode.",
    )
    banned_words = models.TextField(
        blank=True,
        help_text="One a line; a comment with one of them is refused. “cas*no” stands for any letters.",
    )
    suspect_words = models.TextField(blank=True, help_text="One a line; a comment with one of them is held.")
    capitals_percent = models.PositiveSmallIntegerField(
        default=70, help_text="A comment is held when this share of its letters are capitals."
    )
    reports_hold_from = models.PositiveSmallIntegerField(
        default=5,
        help_text="A comment that this many readers reported waits until a moderator looked. 0: never by itself.",
    )
    authors_moderate = models.BooleanField(
        "authors moderate under their own articles",
        default=False,
        help_text="A writer with a log-in may decide on the comments under the articles that carry their byline.",
    )
    nudge = models.BooleanField(
        default=True, help_text="Before a comment is held for tone or length, its writer may revise it once."
    )

    class Meta:
        verbose_name_plural = "policy"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="there_is_one_policy"),
            models.CheckConstraint(
                condition=Q(capitals_percent__range=(1, 100)), name="a_share_is_a_percentage"
            ),
        ]

    def __str__(self):
        return "What the publication decided about comments"

    def clean(self):
        if self.capitals_percent is not None and not 1 <= self.capitals_percent <= 100:
            raise ValidationError({"capitals_percent": "Please give a share from 1 to 100."})

    def save(self, *args, **kwargs):
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def current(cls):
        """Return what holds now: the row, or the defaults where nobody decided yet."""
        return next(iter(_policy()), None) or cls(pk=1)

    def who_may_post_on(self, article):
        chosen = article.comment_policy
        return self.who_may_post if chosen == Article.Comments.SITE else chosen

    def closes_at(self, article):
        """When comments on a published article close by themselves; None when they do not."""
        if not self.close_after_days:
            return None
        return article.published_at + timedelta(days=self.close_after_days)

    def why_closed(self, article):
        """Return why no comment is taken on `article`, as a sentence for readers; empty when it is open."""
        if not article.is_published:
            return "This article is not open to comments."
        if self.WhoMayPost.CLOSED in (self.who_may_post, self.who_may_post_on(article)):
            return "Comments are closed."
        closes_at = self.closes_at(article)
        if closes_at and closes_at <= timezone.now():
            days = self.close_after_days
            return f"Comments closed by themselves {days} day{'' if days == 1 else 's'} after publication."
        return ""


@prepared()
def _policy():
    return Policy.objects.filter(pk=1)


class ModeChoice(models.Model):
    """That a topic or an article has a mode of its own. The article’s goes first, then the topic’s, then the site’s."""

    topic = models.OneToOneField("articles.Topic", models.CASCADE, null=True, blank=True, related_name="+")
    article = models.OneToOneField(Article, models.CASCADE, null=True, blank=True, related_name="+")
    mode = models.CharField(max_length=15, choices=Mode)
    newcomers_in_ten_minutes = models.PositiveSmallIntegerField(
        "comments of new persons in ten minutes",
        null=True,
        blank=True,
        help_text="The brake of each conversation: above it, new persons are told to try again later. Empty: as "
        "everywhere. 0: no brake.",
    )

    class Meta:
        verbose_name = "mode of a topic or article"
        verbose_name_plural = "modes of topics and articles"
        constraints = [
            models.CheckConstraint(
                condition=Q(topic=None, article__isnull=False) | Q(topic__isnull=False, article=None),
                name="a_mode_is_for_a_topic_or_an_article",
            ),
        ]

    def __str__(self):
        return f"{self.article or self.topic}: {self.get_mode_display()}"


class CommenterQuerySet(models.QuerySet):
    def following(self, comment):
        """Those who asked for mail about the thread of `comment` and have an address that is theirs."""
        thread = comment.path[:STEP]
        in_thread = Comment.objects.filter(path__gte=thread, path__lt=thread + "x").order_by()
        asked = in_thread.filter(status=Comment.Status.VISIBLE, followup=True)
        return self.filter(
            Q(pk__in=asked.values("commenter")) | Q(follows__thread__path=thread),
            mail_replies=True,
            email__isnull=False,
        ).distinct()


class Commenter(models.Model):
    """A person who comments: one account, or one e-mail address. What is held against or for them is held here."""

    class Standing(models.TextChoices):
        NORMAL = "normal", "Normal"
        TRUSTED = "trusted", "Trusted: links and first comments are not held"
        WATCHED = "watched", "Watched: every comment is held"
        SUSPENDED = "suspended", "Suspended until a date"
        BANNED = "banned", "Banned"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="commenter"
    )
    email = models.EmailField(unique=True, null=True, blank=True)  # none once the person was erased
    name = models.CharField(max_length=50, blank=True)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.NORMAL)
    suspended_until = models.DateTimeField(
        null=True, blank=True
    )  # when what holds ends by itself, a ban as well
    warned_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # from then on a warning waits to be acknowledged
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    # which mail they want
    mail_confirm = models.BooleanField("links to confirm a comment", default=True)
    mail_replies = models.BooleanField("replies in threads that I follow", default=True)
    mail_decisions = models.BooleanField("what became of my comments", default=True)
    mail_articles = models.BooleanField("new comments on articles that I wrote", default=False)
    mail_reports = models.BooleanField("what came of my reports", default=True)
    mail_digest = models.BooleanField("what waits for moderators", default=True, db_default=True)
    mail_daily = models.BooleanField("once a day instead of at once", default=False)

    MAIL_CHOICES = [
        "mail_replies", "mail_decisions", "mail_articles", "mail_reports", "mail_digest", "mail_daily",
    ]  # fmt: skip

    objects = CommenterQuerySet.as_manager()

    class Meta:
        ordering = ["-first_seen_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(standing="suspended") | Q(suspended_until__isnull=False),
                name="a_suspension_has_an_end",
            ),
        ]

    def __str__(self):
        return self.name or f"Reader {self.pk}"

    def save(self, *args, **kwargs):
        self.email = address_of(self.email) or None
        super().save(*args, **kwargs)

    def clean(self):
        if self.standing == self.Standing.SUSPENDED and not self.suspended_until:
            raise ValidationError({"suspended_until": "Please say until when."})

    @property
    def is_trusted(self):
        return self.holds_now[0] == self.Standing.TRUSTED or bool(self.user and self.user.is_staff)

    @property
    def holds_now(self):
        """(What holds at this moment, until when): after what had an end, what was said before it holds again.

        No query but for somebody of whom something has ended, and whose sanctions were not prefetched.
        """
        if self.suspended_until and self.suspended_until <= timezone.now():
            return self.standing_by_sanctions()
        return self.standing, self.suspended_until

    def standing_by_sanctions(self):
        """(The standing that the newest sanction gives which holds, its end): a warning gives none."""
        giving = [each for each in self.sanctions.all() if each.kind in Sanction.STANDING and each.holds]
        given = max(giving, key=lambda each: (each.at, each.pk), default=None)
        if given is None:
            return self.Standing.NORMAL, None
        return Sanction.STANDING[given.kind], given.until

    PROVED_AFTER = timedelta(days=1)

    @property
    def is_known(self):
        """Whether the newsroom knows them: a moderator approved what readers see of theirs, or it has stood for a day.

        Where nothing is held, the first words of a crowd make nobody known. One query.
        """
        stands = Q(decided_at__isnull=False) | Q(shown_from__lte=timezone.now() - self.PROVED_AFTER)
        return self.is_trusted or Comment.objects.approved_of(self).filter(stands).exists()

    @property
    def is_warned(self):
        """Whether a warning waits to be acknowledged before the next comment."""
        return self.warned_at is not None and self.warned_at <= timezone.now()

    @property
    def is_shut_out(self):
        """Whether they may not comment at this moment."""
        return self.holds_now[0] in (self.Standing.SUSPENDED, self.Standing.BANNED)

    @property
    def held_by(self):
        """The rule that holds what they sent before this was said of them, and confirm now; empty where none does."""
        return (
            "shut_out"
            if self.is_shut_out
            else "watched"
            if self.holds_now[0] == self.Standing.WATCHED
            else ""
        )


class PathField(models.CharField):
    """The position in the thread: the ids from the first comment down to this one.

    The last step is the comment's own id, which the database gives with the row of the parent table, just before the
    row with the path is inserted.
    """

    def pre_save(self, comment, add):
        if add:
            comment.path = comment.path_above + step(comment.pk)
        return comment.path


_VERB_OF = {
    "held": "hold", "visible": "approve", "rejected": "reject", "spam": "spam", "removed": "remove",
}  # fmt: skip


class AlreadyDecided(Exception):
    """Someone else changed the comment's status since it was read."""


class CommentQuerySet(models.QuerySet):
    def visible(self):
        """The only door to readers: approved comments of articles that are live at this moment."""
        now = timezone.now()
        return self.filter(
            status=Comment.Status.VISIBLE,
            shown_from__lte=now,
            article__published_at__lte=now,
            article__withdrawn_at=None,
        )

    def shown(self, at=None):
        """Those that readers see where their article is live: approved, and not only a few seconds ago."""
        return self.filter(status=Comment.Status.VISIBLE, shown_from__lte=at or timezone.now())

    def visible_of(self, article):
        """What `visible()` gives of one article, without a join."""
        return self.seen_of(article, timezone.now()) if article.is_published else self.none()

    def seen_of(self, article, at, ranges=None):
        """What readers see `at` a time of a live `article`: of everything, or of some ranges of paths.

        Each range names article and status itself: only then does SQLite search them one by one.
        """
        seen = Q(article=article, status=Comment.Status.VISIBLE, shown_from__lte=at)
        if ranges is None:
            return self.filter(seen)
        wanted = Q(pk__in=[])
        for above, end in ranges:
            wanted |= seen & Q(path__gt=above, path__lt=end)
        return self.filter(wanted)

    def held(self):
        return self.filter(status=Comment.Status.HELD)

    def by_priority(self):
        """What is likely to be taken down first, and what readers reported before that; then the longest wait."""
        return self.order_by("-priority", "stored")

    def likely_spam(self):
        """The lane of the held that the ranking takes for spam, surest first. It decides nothing about them."""
        lane = self.filter(status=Comment.Status.HELD, spam_score__gte=Comment.SPAM_LANE_FROM)
        return lane.order_by("-spam_score", "stored")

    def reported(self):
        """Visible ones with a report that nobody looked at yet. (What reports took down is among the held.)"""
        return self.filter(status=Comment.Status.VISIBLE, reported_at__isnull=False)

    def unseen(self):
        """Visible ones that no moderator has looked at."""
        return self.filter(status=Comment.Status.VISIBLE, seen_at=None)

    def decided(self):
        """Those that a moderator decided on."""
        return self.filter(decided_at__isnull=False)

    def matching(self, q):
        """Those whose words or writer's name hold every word of `q`, in any order; everything where it has none."""
        from comments import search  # it asks the database in its own tongue

        return search.narrow(self, q)

    def approved_of(self, commenter):
        return self.filter(commenter=commenter, status=Comment.Status.VISIBLE)

    def of_newcomers(self, article, since):
        """What persons whom nobody knew yet sent to `article` after `since`, whatever became of it, but for what a
        moderator approved."""
        sent = self.filter(article=article, newcomer_at__gt=since)
        return sent.exclude(status=Comment.Status.VISIBLE, decided_at__isnull=False)

    def unconfirmed(self):
        return self.filter(status=Comment.Status.UNCONFIRMED)

    def in_thread_order(self):
        return self.order_by("path")

    def below(self, comment):
        """Every comment under `comment`, at any depth."""
        return self.filter(path__gt=comment.path, path__lt=comment.path_end)


class Comment(XtdComment):
    """A reader's comment on an article. `status` alone says who may see it; only verbs change it.

    The library's `is_public` and `is_removed` follow the status, so that whatever reads its tables sees no more than
    readers do. Its `thread_id`, `parent_id` and `level` are kept; its `order` and `nested_count` are not, because
    keeping them means to rewrite the rows of others with each reply. `path` holds the order instead.
    """

    class Status(models.TextChoices):
        UNCONFIRMED = "unconfirmed", "Waits for its writer to confirm the address"
        HELD = "held", "Held for a moderator"
        VISIBLE = "visible", "Visible"
        REJECTED = "rejected", "Rejected"
        SPAM = "spam", "Spam"
        REMOVED = "removed", "Removed by its writer"

    class Badge(models.TextChoices):
        NONE = "", "None"
        STAFF = "staff", "Staff"
        AUTHOR = "author", "Author of the article"

    # the library's model has a field “comment”: the way back to this row needs another name
    stored = models.OneToOneField(
        XtdComment, models.CASCADE, parent_link=True, primary_key=True, related_name="reader_comment"
    )
    # its index is the one below that begins with it
    article = models.ForeignKey(Article, models.CASCADE, related_name="comments", db_index=False)
    commenter = models.ForeignKey(Commenter, models.SET_NULL, null=True, blank=True, related_name="comments")
    answers = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="answered_by"
    )  # the comment that the writer chose to answer: the one above it, or at the last level one beside it
    path = PathField(max_length=STEP * (DEEPEST + 1), unique=True, editable=False)
    depth = models.PositiveSmallIntegerField(
        default=0, editable=False
    )  # the library's `level`, in our own row
    status = models.CharField(max_length=12, choices=Status, default=Status.HELD)
    html = models.TextField(
        blank=True, editable=False
    )  # the text as readers get it, rendered when it was written
    content_hash = models.CharField(max_length=64, editable=False)  # the words alone: equal for equal texts
    fingerprint = models.CharField(
        max_length=64, null=True, unique=True, editable=False
    )  # who said what to whom: a double click makes one row. None for what was removed
    badge = models.CharField(max_length=6, choices=Badge, default=Badge.NONE, blank=True)
    is_pick = models.BooleanField("editors’ pick", default=False)
    recommend_count = models.PositiveIntegerField(default=0, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    redacted_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # when the desk took personal data out of its words
    # keyed hashes with a new key every day, for the limits alone; forgotten after a week (comments.limits)
    from_address = models.CharField(max_length=32, blank=True, editable=False)
    from_network = models.CharField(max_length=32, blank=True, editable=False)
    newcomer_at = models.DateTimeField(
        null=True, editable=False
    )  # when it was sent by somebody whom nobody knew yet (comments.brake); forgotten with the hashes
    # for the desk (comments.moderation, comments.desk)
    shown_from = models.DateTimeField(
        default=timezone.now, editable=False
    )  # a visible one is shown from then on: an approval can be taken back before anybody has seen it
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)  # by a moderator
    reported_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # the first report since a moderator looked
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)  # by a moderator, the last time
    priority = models.FloatField(default=0, editable=False)  # the queue's order; comments.ranking writes it
    spam_score = models.FloatField(
        null=True, blank=True, editable=False
    )  # 0 to 1; comments.ranking writes it
    modified_at = models.DateTimeField(
        auto_now=True
    )  # of anything, recommendations included: the version of a page

    SPAM_LANE_FROM = 0.8  # the score from which one is in the lane of likely spam
    PRIORITY_OF_A_REPORT = 0.2  # what a report of a reporter of full weight adds

    objects = CommentQuerySet.as_manager()

    class Meta:
        default_manager_name = "objects"
        base_manager_name = "objects"
        ordering = ["path"]
        permissions = [("moderate_comment", "Can approve and reject comments")]
        indexes = [
            # the threads of an article, picks first: newest, oldest (path), most recommended
            models.Index(
                fields=["article", "-is_pick", "-path"], name="comment_newest", condition=Q(depth=0)
            ),
            models.Index(fields=["article", "-is_pick", "path"], name="comment_oldest", condition=Q(depth=0)),
            models.Index(
                fields=["article", "-is_pick", "-recommend_count", "-path"],
                name="comment_recommended",
                condition=Q(depth=0),
            ),
            # how many threads there are, from the index alone
            models.Index(
                fields=["article", "status", "shown_from", "path", "depth"],
                name="comment_threads",
                condition=Q(depth=0),
            ),
            # the replies of a thread, in order; the count on pages and cards, from the index alone
            models.Index(fields=["article", "status", "path", "shown_from"], name="comment_of_article"),
            # when the next one appears: `newsroom.edition`
            models.Index(fields=["shown_from"], name="comment_appears", condition=Q(status="visible")),
            # Each queue of the desk is an index of its own, in each order that it has: a page, a count and what is
            # narrowed to topics read no row of the table. None begins with the status, so that SQLite has no wider one
            # to take instead where nobody let it ANALYZE; what the condition says stands at the end, because SQLite
            # looks at it once more.
            models.Index(
                fields=["stored", "article", "status"], name="comment_held", condition=Q(status="held")
            ),
            models.Index(
                fields=["-priority", "stored", "article", "status"],
                name="comment_priority",
                condition=Q(status="held"),
            ),
            # the lane of likely spam, surest first
            models.Index(
                fields=["-spam_score", "stored", "article", "status"],
                name="comment_spam",
                condition=Q(status="held"),
            ),
            models.Index(
                fields=["stored", "article", "status", "reported_at"],
                name="comment_reported",
                condition=Q(status="visible", reported_at__isnull=False),
            ),
            # what reporters with a good record reported stands first
            models.Index(
                fields=["-priority", "reported_at", "stored", "article", "status"],
                name="comment_reported_first",
                condition=Q(status="visible", reported_at__isnull=False),
            ),
            # visible, and no moderator has looked
            models.Index(
                fields=["stored", "article", "status", "seen_at"],
                name="comment_unseen",
                condition=Q(status="visible", seen_at__isnull=True),
            ),
            models.Index(
                fields=["stored", "article", "status"], name="comment_as_spam", condition=Q(status="spam")
            ),
            models.Index(
                fields=["decided_at", "stored", "article"],
                name="comment_decided",
                condition=Q(decided_at__isnull=False),
            ),
            # those to be forgotten
            models.Index(
                fields=["stored", "status"], name="comment_unconfirmed", condition=Q(status="unconfirmed")
            ),
            # the same words on several articles
            models.Index(fields=["content_hash"], name="comment_same_words"),
            # limits by address and network; what is to be forgotten
            models.Index(fields=["from_address"], name="comment_address", condition=~Q(from_address="")),
            models.Index(fields=["from_network"], name="comment_network", condition=~Q(from_network="")),
            # the brake of a conversation, from the index alone
            models.Index(
                fields=["article", "-newcomer_at", "status", "decided_at"],
                name="comment_newcomers",
                condition=Q(newcomer_at__isnull=False),
            ),
            # what a person wrote, newest first: “my comments”, limits; how many were approved, from the index alone
            models.Index(fields=["commenter", "-path", "status"], name="comment_by_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["unconfirmed", "held", "visible", "rejected", "spam", "removed"]),
                name="a_comment_has_a_known_status",
            ),
            models.CheckConstraint(
                condition=Q(is_pick=False) | Q(status="visible"), name="only_a_visible_comment_is_a_pick"
            ),
            models.CheckConstraint(
                condition=~Q(status="removed") | Q(fingerprint=None),
                name="what_was_removed_may_be_said_again",
            ),
        ]

    def __str__(self):
        return f"{self.user_name}: {one_line(self.comment)[:60]}"

    def get_absolute_url(self):
        """The permalink, which answers 404 while readers do not see it. The library's address is none of ours."""
        return reverse("comments:comment", args=[self.pk])

    # - saving -
    def save(self, *args, **kwargs):
        """Save it, a new one at its place in the thread: below what it `answers`, or beside that at the last level.

        Costs the same in a thread of any length, and writes no row but its own. Raises ValidationError when it
        answers a comment of another article.
        """
        fields = kwargs.get("update_fields")
        if fields is not None:
            also = {"comment": {"html", "content_hash"}, "status": {"is_public", "is_removed", "is_pick"}}
            kwargs["update_fields"] = {"modified_at", *fields}.union(*(also.get(name, ()) for name in fields))
        if fields is None or "comment" in fields:
            self.comment = markup.tidy(self.comment)
            self.html = markup.render(self.comment)
            self.content_hash = markup.content_hash(self.comment)
        self._let_the_library_follow()
        if not self._state.adding:
            super(XtdComment, self).save(*args, **kwargs)
            return
        self._take_place()
        # one row in each of three tables
        with transaction.atomic():
            super(XtdComment, self).save(*args, **kwargs)
            if not self.answers_id:
                # the library's mark of a first comment: its own id, known only now
                self.parent_id = self.thread_id = self.pk
                XtdComment.norel_objects.filter(pk=self.pk).update(parent_id=self.pk, thread_id=self.pk)

    def _let_the_library_follow(self):
        self.is_public = self.status == self.Status.VISIBLE
        self.is_removed = self.status in (self.Status.REJECTED, self.Status.SPAM, self.Status.REMOVED)
        self.is_pick = self.is_pick and self.is_public
        if self.status == self.Status.REMOVED:
            self.fingerprint = None

    def _take_place(self):
        self.content_type = ContentType.objects.get_for_model(Article)
        self.object_pk = str(self.article_id)
        self.site_id = self.site_id or settings.SITE_ID
        self.submit_date = self.submit_date or timezone.now()
        self.path_above = ""
        if self.answers:
            if self.answers.article_id != self.article_id:
                raise ValidationError("A reply belongs to the article of the comment that it answers.")
            deepest = min(settings.COMMENTS_XTD_MAX_THREAD_LEVEL, DEEPEST)
            self.path_above = self.answers.path[: STEP * deepest]
        self.depth = self.level = len(self.path_above) // STEP
        if self.path_above:
            self.parent_id, self.thread_id = int(self.path_above[-STEP:]), int(self.path_above[:STEP])

    # - what it is -
    @property
    def path_end(self):
        """The end of the range of paths below it: a letter sorts after every digit."""
        return self.path + "x"

    @property
    def steps(self):
        """The ids from the first comment of the thread down to this one."""
        return steps_of(self.path)

    @property
    def is_visible(self):
        """Whether it was approved. Readers see it from `shown_from` on: `is_shown`."""
        return self.status == self.Status.VISIBLE

    @property
    def is_shown(self):
        return self.is_visible and self.shown_from <= timezone.now()

    @property
    def text_hash(self):
        """The mark of its exact words: what a decision was made on."""
        return self.hash_of(self.comment)

    @staticmethod
    def hash_of(text):
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def stamp(self):
        """What a moderator saw of it: status, words and the last decision. Deciding on another stamp is refused."""
        return self.stamp_of(self.status, self.text_hash, self.decided_at)

    @staticmethod
    def stamp_of(status, text_hash, decided_at):
        return f"{status}.{text_hash[:16]}.{Comment.moment_of(decided_at)}"

    @staticmethod
    def moment_of(decided_at):
        """The end of a stamp: which decision was the last."""
        return f"{decided_at.timestamp():.6f}" if decided_at else "0"

    def is_written_by(self, user):
        """Whether `user` wrote it, under whichever name: they do not decide on it."""
        return self.user_id == user.pk or bool(self.commenter and self.commenter.user_id == user.pk)

    KEPT = ("status", "is_pick", "shown_from", "seen_at", "reported_at", "decided_at")

    @property
    def as_it_is(self):
        """What a decision may change of it, to be kept in the log: undo puts it back."""
        kept = {name: getattr(self, name) for name in self.KEPT}
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in kept.items()
        }

    @property
    def waits(self):
        """Whether it is still to be decided."""
        return self.status in (self.Status.HELD, self.Status.UNCONFIRMED)

    @property
    def last_decision(self):
        return self.decisions.verdicts().newest_first().first()

    def fingerprint_for(self, person):
        """Return the mark of `person` (an account or an address) saying these words at this place."""
        said = f"{self.article_id}|{self.answers_id or ''}|{person}|{markup.content_hash(self.comment)}"
        return hashlib.sha256(said.encode()).hexdigest()

    # - deciding -
    def confirm(self):
        """Its writer proved the address: readers see it at once, or a moderator does first where a rule held it, or where
        they were shut out or watched meanwhile."""
        if self.status != self.Status.UNCONFIRMED:
            return
        if rule := self.commenter and self.commenter.held_by:
            Hold.objects.get_or_create(comment=self, rule=rule)
        self._decide(self.Status.HELD if self.holds.exists() else self.Status.VISIBLE, None)

    def approve(self, by=None):
        """Let readers see it. Nothing else changes: replies that wait below it keep waiting.

        Raises ValidationError for what cannot be approved, AlreadyDecided when it changed meanwhile.
        """
        if self.status == self.Status.UNCONFIRMED:
            raise ValidationError("Its writer has not confirmed the address yet.")
        if self.status == self.Status.REMOVED:
            raise ValidationError("Its writer removed it.")
        self._decide(self.Status.VISIBLE, by)

    def reject(self, by=None, reason="", note=""):
        """Keep it from readers, for a reason its writer is told: one of `Decision.Reason`, and a line of one's own."""
        if reason not in Decision.Reason.values:
            raise ValidationError("Please choose why it is rejected: its writer is told.")
        self._decide(self.Status.REJECTED, by, reason, note)

    def mark_spam(self, by=None):
        self._decide(self.Status.SPAM, by, Decision.Reason.SPAM)

    def hold(self, by=None, note=""):
        """Take it back from readers until it was looked at again."""
        self._decide(self.Status.HELD, by, note=note)

    def remove(self, by=None, keep_words=True):
        """Its writer takes it back: replies stay under a placeholder. The row is emptied, whoever reads it.

        The words stay as a revision, which moderators read and `retention.forget_removed` deletes; with
        `keep_words=False` none stay.
        """
        with transaction.atomic():  # taken down and emptied are one thing
            words = self.comment
            self._decide(self.Status.REMOVED, by)
            self.comment = ""
            self.save(update_fields=["comment"])
            if keep_words:
                Revision.objects.create(comment=self, text=words)
            else:
                self.revisions.all().delete()

    EDITED_WITHIN = timedelta(minutes=5)

    @property
    def can_be_edited(self):
        """Whether its writer may still change it."""
        open_to_change = (self.Status.UNCONFIRMED, self.Status.HELD, self.Status.VISIBLE)
        return self.status in open_to_change and timezone.now() < self.submit_date + self.EDITED_WITHIN

    def edit(self, text, holds):
        """Say something else, as its writer; the former words are kept. `holds` are those of the rules on the new text.

        A visible comment that a rule holds now waits for a moderator.
        """
        with transaction.atomic():  # new words never stand under the verdict on the old ones
            # locked, as a decision locks it: what a moderator decides this moment is decided on words that stay
            now_it_is = Comment.objects.select_for_update().get(pk=self.pk)
            self.status = now_it_is.status
            if self.status not in (self.Status.UNCONFIRMED, self.Status.HELD, self.Status.VISIBLE):
                raise AlreadyDecided("A moderator decided on this comment a moment ago.")
            Revision.objects.create(comment=self, text=self.comment)
            self.comment, self.edited_at = text, timezone.now()
            self.seen_at = None  # no moderator has looked at these words
            if self.fingerprint:
                person = f"user {self.user_id}" if self.user_id else self.user_email
                self.fingerprint = self.fingerprint_for(person)
            self.save(update_fields=["comment", "edited_at", "seen_at", "fingerprint"])
            self.holds.all().delete()
            Hold.objects.bulk_create(holds)
            ranking.score_anew(self)
            similar.forget(self)
            similar.remember(self)
            if holds and self.is_visible:
                self.hold()

    def _decide(self, status, by, reason="", note=""):
        if status == self.status:
            return
        with transaction.atomic():  # a decision and what it did are one thing
            now = timezone.now()
            changes = {"status": status, "modified_at": now}
            if status == self.Status.VISIBLE:
                changes["shown_from"] = now
            if by:
                changes |= {"seen_at": now, "decided_at": now, "reported_at": None}
            if status != self.Status.VISIBLE:
                changes["is_pick"] = False
            if status == self.Status.REMOVED:
                changes["fingerprint"] = None
            # claimed by the status it had: two moderators at once make one decision
            if not Comment.objects.filter(pk=self.pk, status=self.status).update(**changes):
                raise AlreadyDecided("Someone else decided on this comment a moment ago.")
            was, details = self.status, {"was": self.as_it_is} if by else {}
            for name, value in changes.items():
                setattr(self, name, value)
            self._let_the_library_follow()
            StoredComment.objects.filter(pk=self.pk).update(
                is_public=self.is_public, is_removed=self.is_removed
            )
            Decision.objects.create(
                comment=self, commenter_id=self.commenter_id, verb=_VERB_OF[status] if was != "unconfirmed" else "confirm",
                was=was, became=status, by=by, reason=reason, note=note, text_hash=self.text_hash, at=now,
                details=details,
            )  # fmt: skip
            emails.after_a_decision(self, was)

    def pick(self, by=None):
        """Show it among the editors’ picks."""
        self._set_pick(True)

    def unpick(self, by=None):
        self._set_pick(False)

    def _set_pick(self, is_pick):
        if not self.is_visible:
            raise ValidationError("Only what readers see can be picked.")
        self.is_pick = is_pick
        self.save(update_fields=["is_pick"])


class Hold(models.Model):
    """Why a comment waits: which rule, which words, which value against which limit."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="holds")
    rule = models.CharField(max_length=30)
    words = models.JSONField(default=list, blank=True)  # the words of the text that made it wait
    value = models.FloatField(null=True, blank=True)
    limit = models.FloatField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["comment", "rule"], name="a_rule_holds_a_comment_once"),
        ]
        indexes = [
            models.Index(fields=["rule", "-at"], name="hold_by_rule")
        ]  # the record of a rule, newest first

    def __str__(self):
        return self.rule


class Tally(models.Model):
    """How many comments of an article stand, or how many replies of one thread in it: see `comments.tallies`."""

    article = models.ForeignKey(
        Article, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    thread = models.BigIntegerField()  # its first comment; 0 for the whole article
    visible = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "thread"], name="one_tally_of_a_thread")]

    def __str__(self):
        return f"{self.visible} of {self.article_id}, thread {self.thread}"


class Brake(models.Model):
    """That new persons were turned away from the conversation of an article: the last time that it was so, and since
    when and how many then (comments.brake)."""

    article = models.OneToOneField(Article, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)  # where it holds at this moment
    turned_away = models.PositiveIntegerField()

    def __str__(self):
        return f"{self.article_id}: {self.turned_away} turned away"


class RejectionReason(models.Model):
    """Why a comment is rejected: a short list that the desk keeps, with the words that the writer gets."""

    slug = models.SlugField(max_length=30, unique=True)
    label = models.CharField("on the desk", max_length=60)
    words = models.TextField("to the writer", max_length=600)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order in the list, lowest first.")
    is_offered = models.BooleanField(
        default=True, help_text="Switched off, it is kept for what it once decided."
    )

    class Meta:
        ordering = ["position", "label"]

    def __str__(self):
        return self.label


class NeverRewritten(Exception):
    """A row of the log was to be changed or deleted."""


class DecisionQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise NeverRewritten("What was decided stays as it was; undo is an event of its own.")

    def delete(self):
        raise NeverRewritten("What was decided stays in the log.")

    delete.alters_data = True
    delete.queryset_only = True

    def forget_notes(self):
        """Empty what was written to a person who is erased. The database lets nothing else of an event be changed."""
        return super().update(note="")

    def standing(self):
        """Those that were not undone."""
        return self.filter(undone_by=None)

    def verdicts(self):
        """Those that stand and say what becomes of a comment: what took one back, edited its words, or let another
        one stand, says nothing."""
        verbs = Decision.Verb
        return self.standing().exclude(verb__in=(verbs.UNDO, verbs.REDACT, verbs.STAND))

    def by_moderators(self):
        """Those that a person of the desk made on a comment and that settle it: what the numbers count."""
        return self.filter(by__isnull=False, verb__in=Decision.SETTLING)

    def newest_first(self):
        return self.order_by("-at", "-pk")

    def to_be_read(self, after, until):
        """Those behind the id `after`, in the order of ids, up to the first that was made after the moment `until`.

        A bulk decision has the moment at which it began, and ids from when it was stored: what another moderator decided
        meanwhile has a lower id and a later moment. It is waited for, so that who reads the log passes over nothing.
        """
        behind = self.filter(pk__gt=after)
        unsettled = min(behind.filter(at__gt=until).order_by().values_list("pk", flat=True), default=None)
        return (behind.filter(pk__lt=unsettled) if unsettled else behind).order_by("pk")


class Decision(models.Model):
    """One event of the log: who did what, when, why, to which words. Never changed, never deleted.

    What undoes it is another event (`undoes`), so an event that stands has no `undone_by`. Enforced here and by
    triggers of the database (migrations 0012, 0017 and 0027), which let only the people and comments that are gone, and
    the note to somebody who is erased, become empty.
    On SQLite a migration that remakes this table drops them: make them again in it.
    """

    class Verb(models.TextChoices):
        # on a comment
        APPROVE = "approve", "Approved"
        REJECT = "reject", "Rejected"
        SPAM = "spam", "Marked as spam"
        HOLD = "hold", "Held"
        FEATURE = "feature", "Made an editors’ pick"
        UNFEATURE = "unfeature", "Taken from the editors’ picks"
        REDACT = "redact", "Edited out personal data"
        STAND = "stand", "Left as it was on appeal"
        CONFIRM = "confirm", "Confirmed by its writer"
        REMOVE = "remove", "Removed by its writer"
        # on a person
        TRUST = "trust", "Trusted"
        WATCH = "watch", "Watched"
        WARN = "warn", "Warned"
        SUSPEND = "suspend", "Suspended"
        BAN = "ban", "Banned"
        LIFT = "lift", "Lifted"
        # on an event
        UNDO = "undo", "Undone"

    SETTLING = (Verb.APPROVE, Verb.REJECT, Verb.SPAM, Verb.FEATURE)  # they answer whether readers see it
    ON_PERSONS = (Verb.TRUST, Verb.WATCH, Verb.WARN, Verb.SUSPEND, Verb.BAN, Verb.LIFT)

    class Reason(models.TextChoices):
        """The reasons that the code itself gives; the list of the desk (RejectionReason) begins with them."""

        ABUSE = "abuse", "It attacks or insults someone"
        SPAM = "spam", "It is advertising or was sent in bulk"
        OFF_TOPIC = "off_topic", "It is not about the article"
        FALSE = "false", "It states as fact what is not so"
        PERSONAL = "personal", "It gives away someone’s personal data"
        ILLEGAL = "illegal", "It may be against the law"
        DUPLICATE = "duplicate", "It says the same as another comment"
        OTHER = "other", "It does not keep to the house rules"

    verb = models.CharField(max_length=10, choices=Verb, blank=True)
    comment = models.ForeignKey(Comment, models.SET_NULL, null=True, blank=True, related_name="decisions")
    commenter = models.ForeignKey(
        Commenter, models.SET_NULL, null=True, blank=True, related_name="decisions"
    )  # the writer of the comment, or the person decided on
    was = models.CharField(max_length=12, choices=Comment.Status, blank=True)
    became = models.CharField(max_length=12, choices=Comment.Status, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # none: the writer, or a rule
    reason = models.CharField(max_length=30, blank=True)  # the slug of a RejectionReason
    reason_words = models.CharField(max_length=600, blank=True)  # as they were told then
    note = models.CharField(max_length=300, blank=True)  # a line for the writer
    text_hash = models.CharField(max_length=32, blank=True)  # `Comment.text_hash` of what was decided on
    at = models.DateTimeField(default=timezone.now)
    effect_at = models.DateTimeField(default=timezone.now)  # when readers and mail follow it
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    batch = models.UUIDField(null=True, blank=True)  # decided in one go
    details = models.JSONField(default=dict, blank=True)  # what undo needs: how it was before

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["-at"], name="decision_newest"),  # the desk's log, newest first
            # what a moderator did last: undo, and what was done today
            models.Index(fields=["by", "-at"], name="decision_of_moderator"),
            models.Index(
                fields=["batch"], name="decision_batch", condition=Q(batch__isnull=False)
            ),  # undo of many
            # a person's record, newest first
            models.Index(fields=["commenter", "-at"], name="decision_on_person"),
        ]

    def __str__(self):
        return self.get_verb_display() or f"{self.get_was_display()} → {self.get_became_display()}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise NeverRewritten("What was decided stays as it was; undo is an event of its own.")
        self.commenter_id = self.commenter_id or (self.comment.commenter_id if self.comment else None)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise NeverRewritten("What was decided stays in the log.")

    def get_reason_display(self):
        """The reason as the writer was told it."""
        return self.reason_words or dict(self.Reason.choices).get(self.reason, self.reason)

    @property
    def can_be_undone(self):
        return self.verb not in ("", self.Verb.UNDO, self.Verb.CONFIRM, self.Verb.REMOVE)


class SanctionQuerySet(models.QuerySet):
    def holding(self):
        """Those that were not lifted or acknowledged and have not run out."""
        running = Q(until=None) | Q(until__gt=timezone.now())
        return self.filter(running, lifted_at=None, acknowledged_at=None)


class Sanction(models.Model):
    """What holds for a person by a decision of the desk: trust, a watch, a warning, a suspension, a ban.

    `Commenter.standing` follows the newest one that holds (`comments.moderation`). A warning is written to the person
    and must be acknowledged before the next comment.
    """

    class Kind(models.TextChoices):
        TRUST = "trust", "Trusted"
        WATCH = "watch", "Watched"
        WARN = "warn", "Warned"
        SUSPEND = "suspend", "Suspended"
        BAN = "ban", "Banned"

    UNTOLD = (Kind.TRUST, Kind.WATCH)  # nobody is told of these
    STANDING = {
        Kind.TRUST: Commenter.Standing.TRUSTED, Kind.WATCH: Commenter.Standing.WATCHED,
        Kind.SUSPEND: Commenter.Standing.SUSPENDED, Kind.BAN: Commenter.Standing.BANNED,
    }  # fmt: skip

    commenter = models.ForeignKey(Commenter, models.CASCADE, related_name="sanctions")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=30, blank=True)  # the slug of a RejectionReason
    words = models.CharField(max_length=600, blank=True)  # to the person
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)  # none: until it is lifted
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # what holds for a person: on the card, and before each comment
            models.Index(fields=["commenter", "-at"], name="sanction_holds", condition=Q(lifted_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="suspend") | Q(until__isnull=False), name="a_suspension_says_until_when"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.commenter}"

    @property
    def holds(self):
        """Whether it is one of `holding()`."""
        has_run_out = self.until is not None and self.until <= timezone.now()
        return not has_run_out and self.lifted_at is None and self.acknowledged_at is None

    @property
    def reason_words(self):
        return dict(Decision.Reason.choices).get(self.reason, self.reason)

    @property
    def commenter_is_told(self):
        """Whether it may be shown to the person: a moderator can take it back for a few seconds."""
        return self.at <= timezone.now() - timedelta(seconds=settings.UNDO_SECONDS)


class PersonNote(models.Model):
    """What a moderator wants the others to know about a person. Readers never see it."""

    commenter = models.ForeignKey(Commenter, models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=600)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.text[:60]


class SavedSearch(models.Model):
    """A search that a moderator keeps as a queue of their own."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)  # the part of the address after “?”

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="a_saved_search_has_its_own_name"),
        ]

    def __str__(self):
        return self.name


class Claim(models.Model):
    """That a moderator has a card open: soft, others see by whom, and it runs out by itself."""

    HOLDS_FOR = timedelta(minutes=2)

    comment = models.OneToOneField(Comment, models.CASCADE, primary_key=True, related_name="claim")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.by}: {self.comment_id}"


class TopicScope(models.Model):
    """That a moderator decides on the comments of a topic. Who has none of these decides on all topics."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="moderated_topics")
    topic = models.ForeignKey("articles.Topic", models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "topic of a moderator"
        verbose_name_plural = "topics of moderators"
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="a_moderator_has_a_topic_once"),
        ]

    def __str__(self):
        return f"{self.user}: {self.topic}"


class Recommendation(models.Model):
    """That a person recommends a comment: a reader with an account, or a browser without one."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="recommendations")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="recommendations"
    )
    browser = models.CharField(max_length=64, null=True, blank=True)  # the hash of a cookie
    from_network = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField(default=timezone.now)

    BROWSERS_A_NETWORK = 5  # browsers of one network that count for one comment in a day

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "user"], name="a_person_recommends_once"),
            models.UniqueConstraint(fields=["comment", "browser"], name="a_browser_recommends_once"),
            models.CheckConstraint(
                condition=Q(user=None, browser__isnull=False) | Q(user__isnull=False, browser=None),
                name="a_person_or_a_browser_recommends",
            ),
        ]

    def __str__(self):
        return f"Recommendation of {self.comment_id}"

    @classmethod
    def toggle(cls, comment, user=None, browser=None, network=""):
        """Recommend `comment`, or take that back. Returns whether it is recommended now."""
        who = {"user": user} if user else {"browser": browser}
        with transaction.atomic():  # the rows and their number are one thing
            if cls.objects.filter(comment=comment, **who).delete()[0]:
                change, now = -1, False
            else:
                if not user and network:
                    same = cls.objects.filter(comment=comment, from_network=network).count()
                    if same >= cls.BROWSERS_A_NETWORK:
                        return False
                _, created = cls.objects.get_or_create(
                    comment=comment, **who, defaults={"from_network": network}
                )
                change, now = int(created), True
            Comment.objects.filter(pk=comment.pk).update(
                recommend_count=models.F("recommend_count") + change, modified_at=timezone.now()
            )
        return now


class Report(models.Model):
    """That a reader finds something wrong with a comment."""

    class Reason(models.TextChoices):
        ABUSE = "abuse", "It attacks or insults someone"
        SPAM = "spam", "It is advertising or spam"
        OFF_TOPIC = "off_topic", "It is not about the article"
        FALSE = "false", "It claims something false"
        PERSONAL = "personal", "It gives away personal data"
        ILLEGAL = "illegal", "It may be against the law"
        OTHER = "other", "Something else"

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "The comment was taken down"
        NOT_UPHELD = "not_upheld", "The comment stays"

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=10, choices=Reason)
    line = models.CharField(max_length=300, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="comment_reports"
    )
    browser = models.CharField(max_length=64, null=True, blank=True)  # the hash of a cookie
    from_network = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField(default=timezone.now)
    weight = models.FloatField(default=1, editable=False)  # what the reporter's record lets it count
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, editable=False)
    settled_by = models.ForeignKey(
        Decision, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    A_NETWORK_AN_HOUR = 20

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["comment", "user"], name="a_person_reports_a_comment_once"),
            models.UniqueConstraint(fields=["comment", "browser"], name="a_browser_reports_a_comment_once"),
        ]
        indexes = [
            models.Index(fields=["from_network", "-at"], name="report_by_network"),  # the limit an hour
            # the record of a reporter without an account (one with an account has the index of the key)
            models.Index(fields=["browser"], name="report_by_browser", condition=Q(browser__isnull=False)),
        ]

    def __str__(self):
        return f"{self.get_reason_display()} ({self.comment_id})"

    @classmethod
    def file(cls, comment, reason, line="", user=None, browser=None, network=""):
        """Store a report, one a person; hold the comment when enough readers from different places sent one.

        Each counts as much as the record of its reporter says (`fairness.weight`): 1 for somebody new. What a moderator
        approved after looking is not taken down by numbers again.
        """
        who = {"user": user} if user else {"browser": browser}
        weight = fairness.weight_of_reporter(**who)
        _, is_new = cls.objects.get_or_create(
            comment=comment,
            **who,
            defaults={"reason": reason, "line": line, "from_network": network, "weight": weight},
        )
        if is_new:
            Comment.objects.filter(pk=comment.pk, reported_at=None).update(reported_at=timezone.now())
            if comment.spam_score is not None and not ranking.state().is_on:  # it was sent before the switch
                ranking.forget_scores(Comment.objects.filter(pk=comment.pk))
            Comment.objects.filter(pk=comment.pk).update(
                priority=models.F("priority") + Comment.PRIORITY_OF_A_REPORT * weight
            )
        limit = Policy.current().reports_hold_from
        places = fairness.weight_of_reports(comment.reports.all())
        looked_at = comment.decisions.filter(by__isnull=False, became=Comment.Status.VISIBLE).exists()
        if limit and places >= limit and comment.is_visible and not looked_at and not comment.badge:
            with transaction.atomic():  # never down without the reason
                comment.hold()
                Hold.objects.get_or_create(
                    comment=comment, rule="reported", defaults={"value": places, "limit": limit}
                )


class Follow(models.Model):
    """That a person wants mail about a thread without having written in it."""

    commenter = models.ForeignKey(Commenter, models.CASCADE, related_name="follows")
    thread = models.ForeignKey(Comment, models.CASCADE, related_name="follows")  # its first comment
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commenter", "thread"], name="a_thread_is_followed_once"),
        ]

    def __str__(self):
        return f"{self.commenter} follows {self.thread_id}"


class MailedLink(models.Model):
    """A link that was mailed, to be used once. The token itself is in the mail and nowhere else."""

    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)

    LIVES = timedelta(days=2)
    SKEW = timedelta(minutes=5)  # clocks of several machines differ a little

    class Meta:
        abstract = True

    @staticmethod
    def hash_of(token):
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, **about):
        """Return a new token; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        cls.objects.create(hash=cls.hash_of(token), **about)
        return token

    @property
    def is_good(self):
        """Whether it may still be used: not used, not expired, not from the future."""
        now = timezone.now()
        return self.used_at is None and now - self.LIVES < self.created_at < now + self.SKEW

    def use(self):
        """Use it. Returns False where it cannot be used, also when another request was first."""
        unused = type(self).objects.filter(pk=self.pk, used_at=None)
        return self.is_good and bool(unused.update(used_at=timezone.now()))


class Token(MailedLink):
    """A link to confirm a comment."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="tokens")

    def __str__(self):
        return f"Link for comment {self.comment_id}"

    @classmethod
    def find(cls, token):
        return cls.objects.select_related("comment__article").filter(hash=cls.hash_of(token)).first()

    def use(self):
        """Confirm the comment. Returns False where it cannot be used, also when another request was first."""
        with transaction.atomic():  # used and confirmed are one thing
            if not super().use():
                return False
            self.comment.confirm()
            return True


class DataToken(MailedLink):
    """A link to what is stored about a person without an account, to download or to erase it."""

    commenter = models.ForeignKey(Commenter, models.CASCADE, related_name="data_tokens")

    def __str__(self):
        return f"Link for reader {self.commenter_id}"

    @classmethod
    def find(cls, token):
        return cls.objects.select_related("commenter").filter(hash=cls.hash_of(token)).first()


class LimitEntry(models.Model):
    """An entry of the cache `limits` (`comments.limits.Counts`): log-ins of late, and one-time codes."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.cache_key


class MailQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(sent_at=None, dropped_at=None)

    def due(self):
        """What is to be sent now, except what a process took in the last minutes and has not finished."""
        free = claims.is_free("taken_at", Mail.TAKEN_FOR)
        return self.waiting().filter(free, due_at__lte=timezone.now()).order_by("due_at", "pk")


class Mail(models.Model):
    """A mail to be sent: a row first, written with what it tells of; `send_mail_queue` and `worker` empty the queue.

    The words are made when it is sent, from what is true then: a reply that was taken down meanwhile is not mailed.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "Please confirm your comment"
        REPLY = "reply", "A reply in a thread that you follow"
        DECIDED = "decided", "What became of your comment"
        AUTHOR = "author", "A comment on your article"
        DIGEST = "digest", "What waits for moderators"
        ACCOUNT = "account", "About an account"
        NOTICE = "notice", "A notice to the newsroom"
        APPEAL = "appeal", "What came of an appeal"
        REPORT = "report", "What came of a report"
        LETTER = "letter", "An article that a reader passes on"
        DATA = "data", "What is stored about a reader"

    TAKEN_FOR = timedelta(minutes=2)  # longer than a mail server can take its time (EMAIL_TIMEOUT)
    MOST_ATTEMPTS = 12

    kind = models.CharField(max_length=10, choices=Kind)
    to = models.EmailField()
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="mails")
    commenter = models.ForeignKey(Commenter, models.CASCADE, null=True, blank=True, related_name="mails")
    words = models.JSONField(
        null=True, blank=True
    )  # of an account's mail and of a notice or letter, until it was sent
    key = models.CharField(max_length=80, unique=True, null=True)  # what would be the same mail again
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)  # nothing left to tell, or given up

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "mail"
        indexes = [
            # the queue, and how old its oldest mail is
            models.Index(fields=["due_at"], name="mail_due", condition=Q(sent_at=None, dropped_at=None)),
            # what an address was sent of late
            models.Index(fields=["to", "kind", "-due_at"], name="mail_to_address"),
        ]
        constraints = [
            # twenty posts at once ask for one link, and whoever asks again waits for it
            models.UniqueConstraint(
                fields=["to", "kind"],
                condition=Q(kind__in=["confirm", "data"], sent_at=None, dropped_at=None),
                name="an_address_waits_for_one_link",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.to}"


class Revision(models.Model):
    """What a comment said before it was edited."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="revisions")
    text = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # none: its writer
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return one_line(self.text)[:60]


class Group(models.Model):
    """Comments that say nearly the same, whoever wrote them and wherever. Its first comment made it."""

    signature = models.BinaryField()  # of the first comment (comments.similar)
    size = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="group_alone", condition=Q(size__lte=1))
        ]  # those to be forgotten: nobody else said it

    def __str__(self):
        return f"{self.size} alike"


class GroupBand(models.Model):
    """A value under which a group is found: a new comment that has one of them is compared with it."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="bands")
    value = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["value", "-group"], name="group_by_band")
        ]  # who is like a new comment

    def __str__(self):
        return f"Band of {self.group_id}"


class Likeness(models.Model):
    """That a comment is in a group. Where the group has one comment only, it is like no other."""

    comment = models.OneToOneField(Comment, models.CASCADE, primary_key=True, related_name="likeness")
    # its index is the one below that begins with it
    group = models.ForeignKey(Group, models.CASCADE, related_name="members", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["group", "comment"], name="likeness_in_order")
        ]  # the members of a group, and who of it came before a comment

    def __str__(self):
        return f"{self.comment_id} in {self.group_id}"


class Trace(models.Model):
    """A telling word of a comment that was decided: so that it is found as a precedent."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="traces")
    value = models.BigIntegerField()  # a hash of the word

    class Meta:
        indexes = [
            models.Index(fields=["value", "-comment"], name="trace_newest")
        ]  # the newest decided comments with a word

    def __str__(self):
        return f"Trace of {self.comment_id}"


class RankingState(models.Model):
    """What the ranking knows: one row, the same for every process (comments.ranking)."""

    is_on = models.BooleanField(default=True)
    version = models.UUIDField(default=uuid.uuid4)  # another one whenever the weights are others
    weights = models.BinaryField(default=bytes)
    approved = models.PositiveIntegerField(default=0)  # decisions learnt, by kind
    turned_down = models.PositiveIntegerField(default=0)
    learnt_to = models.BigIntegerField(default=0)  # the last row of the log that was looked at
    since_rescored = models.PositiveIntegerField(default=0)
    rescore_below = models.BigIntegerField(
        null=True
    )  # where scoring what waits has got to; none: nothing to do
    wants_rebuild = models.BooleanField(
        default=False
    )  # something could not be taken back exactly: the worker begins anew
    features = models.PositiveSmallIntegerField(
        default=0, db_default=0
    )  # the `ranking.FEATURES` that its weights are of

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_ranking")]

    def __str__(self):
        return f"{self.approved + self.turned_down} decisions learnt"

    def move_on(self):
        self.version = uuid.uuid4()


class Learnt(models.Model):
    """By which decision the ranking knows a comment, and what that changed: enough to forget it."""

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="learnt")
    decision = models.OneToOneField(Decision, models.CASCADE, related_name="learnt")
    turned_down = models.BooleanField()
    score_before = models.FloatField(null=True)  # what the ranking thought before it was told
    content_hash = models.CharField(max_length=64)  # of the words it learnt
    alpha = models.FloatField()
    beta = models.FloatField()

    class Meta:
        indexes = [
            models.Index(fields=["-decision"], name="learnt_newest", condition=Q(score_before__isnull=False))
        ]  # the live figures: the last decisions that had a score

    def __str__(self):
        return f"{self.comment_id}: {'turned down' if self.turned_down else 'approved'}"


class PolicyVersion(models.Model):
    """The settings of the rules as they were, are, or might be: a draft has never been switched on."""

    chosen = models.JSONField()  # the fields of Policy that the rules read
    before = models.JSONField(default=dict)  # what held until it was switched on
    note = models.CharField("what for", max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    switched_on_at = models.DateTimeField(null=True, blank=True)
    switched_off_at = models.DateTimeField(null=True, blank=True)
    rolled_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"Version {self.pk}"

    @property
    def is_draft(self):
        return self.switched_on_at is None

    @property
    def is_on(self):
        return bool(self.switched_on_at) and self.switched_off_at is None

    @property
    def changes(self):
        """What it changed: (name of the field, before, after), in the order of the fields."""
        return [
            (name, self.before.get(name), value)
            for name, value in self.chosen.items()
            if self.before and self.before.get(name) != value
        ]


# their models are of this application too, and stand on those above
from comments import numbers, fairness, care, ranking, similar  # noqa: E402, F401, I001
