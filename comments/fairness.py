"""What keeps the desk fair: appeals that another moderator decides, reporters who learn what came of it and are weighed
by it, and decisions that are looked at a second time, blind."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from comments import emails
from comments.models import AlreadyDecided, Comment, Commenter, Decision, Hold, Report
from newsroom import marks

MODERATE = "comments.moderate_comment"
_APPEAL = "comments.appeal"
_SECOND = "comments.second_opinion"
TAKEN_DOWN = (Comment.Status.REJECTED, Comment.Status.SPAM)
VERDICTS = (Comment.Status.VISIBLE, *TAKEN_DOWN)


def taken_down_by(comment):
    """Return the event that took `comment` down, or None. One query."""
    return comment.decisions.verdicts().filter(became__in=TAKEN_DOWN).newest_first().first()


def takedowns_of(comments):
    """Return {comment id: the events that stand and took it down, oldest first}. One query."""
    found = defaultdict(list)
    standing = Decision.objects.verdicts().filter(comment__in=comments, became__in=TAKEN_DOWN)
    for event in standing.select_related("by").order_by("at", "pk"):
        found[event.comment_id].append(event)
    return found


# --- appeals ------------------------------------------------------------------------------------------------------
class AppealQuerySet(models.QuerySet):
    def wait_again(self):
        """Let appeals be open again: what answered them was taken back. One whose writer was erased meanwhile goes."""
        self.filter(words="").delete()
        return self.update(outcome="", by=None, note="", answer=None, decided_at=None)

    def waiting(self):
        """Those to be decided, the oldest first. One whose comment was shown meanwhile has nothing left to decide."""
        return self.filter(outcome="", comment__status__in=TAKEN_DOWN).order_by("at", "pk")

    def decided(self):
        return self.exclude(outcome="")

    def forget_words(self):
        """Forget what was asked and answered; what waits is not decided any more: there is nobody to be told."""
        self.filter(outcome="").delete()
        return self.update(words="", note="")

    def for_cards(self):
        return self.select_related(
            "comment__article", "comment__commenter", "decision__by", "against", "by"
        ).prefetch_related("comment__holds", "comment__reports")


class Appeal(models.Model):
    """That a writer asks for a second look at a comment that was taken down: once, decided by somebody else."""

    class Outcome(models.TextChoices):
        STANDS = "stands", "The decision stands"
        REOPENED = "reopened", "The comment is shown"

    WITHIN = timedelta(days=30)

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="appeal")
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="appeals")  # the one appealed against
    against = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # who made it
    words = models.CharField(max_length=600)
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)  # a line for the writer
    answer = models.ForeignKey(
        Decision, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # the event of the outcome; none: it stood before that was one
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by=None) | Q(against=None) | ~Q(by=F("against")),
                name="nobody_decides_on_their_own_decision",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None) | (~Q(outcome="") & Q(decided_at__isnull=False)),
                name="an_outcome_has_its_moment",
            ),
        ]
        indexes = [
            # the queue of appeals, oldest first
            models.Index(fields=["at"], name="appeal_waiting", condition=Q(outcome="")),
            # the numbers of a day
            models.Index(fields=["decided_at"], name="appeal_decided"),
        ]

    def __str__(self):
        return f"Appeal on {self.comment_id}"

    @classmethod
    def may_follow(cls, comment, decision):
        """Whether the writer may appeal against the last `decision` on `comment`, for lists: without a query where the
        appeal was joined."""
        if comment.status not in TAKEN_DOWN or decision is None or hasattr(comment, "appeal"):
            return False
        return decision.at >= timezone.now() - cls.WITHIN

    @classmethod
    def why_not(cls, comment):
        """Return why the writer of `comment` cannot appeal, as a sentence; empty when they can."""
        if comment.status not in TAKEN_DOWN:
            return "Only a comment that was taken down can be looked at again."
        if cls.objects.filter(comment=comment).exists():
            return "You asked for a second look already."
        decision = taken_down_by(comment)
        if decision is None or decision.at < timezone.now() - cls.WITHIN:
            return f"A second look can be asked for within {cls.WITHIN.days} days."
        return ""

    @classmethod
    def file(cls, comment, words):
        """Store the appeal of the writer of `comment`. Raises ValidationError where there is none to be made."""
        if why_not := cls.why_not(comment):
            raise ValidationError(why_not)
        decision = taken_down_by(comment)
        try:
            with transaction.atomic():
                return cls.objects.create(
                    comment=comment, decision=decision, against=decision.by, words=words
                )
        except IntegrityError:  # sent twice at once
            raise ValidationError("You asked for a second look already.") from None

    def may_be_decided_by(self, user, takedowns=None):
        """Anyone who moderates, editors and superusers included, but for who took the comment down, before the appeal or
        since, and who wrote it. `takedowns` are the events that did (`takedowns_of`), where they are known."""
        if not user.has_perm(MODERATE) or self.comment.is_written_by(user):
            return False
        events = takedowns_of([self.comment_id])[self.comment_id] if takedowns is None else takedowns
        return not self.is_against(user, events)

    def is_against(self, user, takedowns):
        """Whether `user` made the decision appealed against, or one of the `takedowns` of the comment."""
        return user.pk == self.against_id or any(event.by_id == user.pk for event in takedowns)

    def reopen(self, by, note=""):
        """Show the comment after all, and tell its writer: `UNDO_SECONDS` from now, as with every approval."""
        self._decide(self.Outcome.REOPENED, by, note)

    def let_stand(self, by, note=""):
        """Leave the comment where it is, and tell its writer `UNDO_SECONDS` from now."""
        self._decide(self.Outcome.STANDS, by, note)

    def _decide(self, outcome, by, note):
        """Raises PermissionDenied for whom it is not to decide, AlreadyDecided when somebody else did."""
        from comments import moderation  # its verbs stand on these models

        with transaction.atomic():  # the outcome, the comment and the mail are one thing
            # locked, as a decision locks it: nobody takes it down or shows it meanwhile
            comment = Comment.objects.select_for_update().get(pk=self.comment_id)
            if not self.may_be_decided_by(by):
                raise PermissionDenied(
                    "An appeal is looked at by another moderator than who decided, and not by its writer."
                )
            now = timezone.now()
            mine = Appeal.objects.waiting().filter(pk=self.pk)
            if not Appeal.objects.filter(pk__in=mine.order_by().values("pk"), outcome="").update(
                outcome=outcome, by=by, note=note, decided_at=now
            ):
                raise AlreadyDecided("This appeal was decided a moment ago.")
            self.outcome, self.by, self.note = outcome, by, note
            if outcome == self.Outcome.STANDS:
                self.answer = moderation.let_stand(comment, by, self, note)
            else:
                try:
                    self.answer = moderation.approve(comment, by, appeal=self)
                except (
                    moderation.Refused
                ) as refused:  # it is out of their topics, or they are not of the staff
                    raise PermissionDenied(" ".join(refused.messages)) from refused
            self.decided_at = self.answer.at  # of one day: the numbers are counted again by that of the event
            self.save(update_fields=["answer", "decided_at"])
            emails.after_an_appeal(self, comment, due_at=self.answer.effect_at)


def may_answer(appeal, user):
    """Whether `user` may decide on the appeal of this id, or take back what answered it. Two queries."""
    found = Appeal.objects.select_related("comment__commenter").filter(pk=appeal).first()
    return found is None or found.may_be_decided_by(user)


def reopened_against(user, comments):
    """Return the ids of those of `comments` that an appeal against a decision of `user` showed again. Two queries, one
    where no appeal did."""
    reopened = Appeal.objects.filter(comment__in=comments, outcome=Appeal.Outcome.REOPENED)
    appeals = {appeal.comment_id: appeal for appeal in reopened}
    events = takedowns_of(appeals) if appeals else {}
    return {
        pk
        for pk, appeal in appeals.items()
        if appeal.is_against(user, [event for event in events.get(pk, ()) if event.at < appeal.decided_at])
    }


def appeal_token(comment):
    """Return what the mail about a decision links to: it lets the writer appeal without an account."""
    return signing.dumps(comment.pk, salt=_APPEAL)


def comment_of_token(token):
    """Return the comment of a token of ours, or None."""
    try:
        pk = marks.read(token, salt=_APPEAL)
    except signing.BadSignature:
        return None
    return Comment.objects.select_related("article", "commenter").filter(pk=pk).first()


def reopened_by_rule(since):
    """Return {rule: how many comments that it held were taken down and then shown on appeal} since a moment. One query."""
    reopened = Hold.objects.filter(
        comment__appeal__outcome=Appeal.Outcome.REOPENED, comment__appeal__decided_at__gte=since
    )
    return dict(reopened.order_by().values_list("rule").annotate(n=Count("pk")))


# --- reporters ----------------------------------------------------------------------------------------------------
# What is believed of a reporter before anything was decided: as if one report of theirs had been upheld and one not.
PRIOR_UPHELD, PRIOR_DECIDED = 1, 2
ONE_PERSON_FROM = 3  # reports, all of them on one writer, before that is said


def accuracy(upheld, decided):
    """Return the share of a reporter's reports that were upheld, with the prior: 0.5 for somebody new (Laplace's rule
    of succession)."""
    return (upheld + PRIOR_UPHELD) / (decided + PRIOR_DECIDED)


def weight(upheld, decided):
    """Return what the next report counts: 1 for somebody new, near 2 for who is always right, near 0 for never."""
    return round(2 * accuracy(upheld, decided), 3)


def _reporter(user=None, browser=None):
    return Q(user=user) if user else Q(browser=browser)


def weight_of_reporter(user=None, browser=None):
    """Return what a report of this reader counts. One query, by an index."""
    if not user and not browser:
        return 1.0
    record = Report.objects.filter(_reporter(user, browser)).aggregate(
        upheld=Count("pk", filter=Q(outcome=Report.Outcome.UPHELD)),
        decided=Count("pk", filter=~Q(outcome="")),
    )
    return weight(record["upheld"], record["decided"])


def weight_of_reports(reports):
    """Return what `reports` count together: of each network only the one that counts most."""
    by_place = defaultdict(float)
    for report in reports:
        place = report.from_network or report.pk
        by_place[place] = max(by_place[place], report.weight)
    return round(sum(by_place.values()), 3)


@dataclass(frozen=True)
class ReporterNote:
    """What the desk should know of one who reported a comment."""

    report: Report
    name: str
    upheld: int
    decided: int
    one_person: int  # how many reports, when all of them are on this writer; otherwise 0

    @property
    def line(self):
        said = f"{self.upheld} of {self.decided} upheld" if self.decided else "nothing decided yet"
        if self.one_person:
            said += f"; all {self.one_person} reports are on this writer"
        return said


def reporter_notes(comment):
    """Return a ReporterNote for each report on `comment`, newest first. Two queries."""
    return reporter_notes_for([comment])[comment.pk]


def reporter_notes_for(comments):
    """Return {comment id: its ReporterNotes} for a page of cards: two queries, however many there are."""
    comments = {comment.pk: comment for comment in comments}
    reports = list(Report.objects.filter(comment__in=comments).select_related("user").order_by("-pk"))
    users = {r.user_id for r in reports if r.user_id}
    browsers = {r.browser for r in reports if r.browser and not r.user_id}
    records = {}
    if users or browsers:
        rows = (
            Report.objects.filter(Q(user__in=users) | Q(user=None, browser__in=browsers))
            .order_by()
            .values_list("user", "browser", "comment__commenter")
            .annotate(
                n=Count("pk"),
                upheld=Count("pk", filter=Q(outcome=Report.Outcome.UPHELD)),
                decided=Count("pk", filter=~Q(outcome="")),
            )
        )
        for user, browser, writer, n, upheld, decided in rows:
            record = records.setdefault(user or browser, {"upheld": 0, "decided": 0, "on": Counter()})
            record["upheld"] += upheld
            record["decided"] += decided
            record["on"][writer] += n
    notes = {pk: [] for pk in comments}
    for report in reports:
        record = records.get(report.user_id or report.browser)
        if record is None:
            record = {"upheld": 0, "decided": 0, "on": Counter()}
        on = record["on"]
        writer = comments[report.comment_id].commenter_id
        is_one = writer is not None and len(on) == 1 and on[writer] >= ONE_PERSON_FROM
        name = report.user.get_full_name() or report.user.get_username() if report.user else "A reader"
        notes[report.comment_id].append(
            ReporterNote(report, name, record["upheld"], record["decided"], on[writer] if is_one else 0)
        )
    return notes


# --- blind second opinions ----------------------------------------------------------------------------------------
class SecondOpinionQuerySet(models.QuerySet):
    def waiting_for(self, user):
        """What `user` may look at: not what they decided on themselves, nor their own words, and the words as they were
        decided on."""
        unchanged = Q(comment__edited_at=None) | Q(comment__edited_at__lt=F("decision__at"))
        return (
            self.filter(unchanged, verdict="", decision__undone_by=None, comment__redacted_at=None)
            .exclude(first_by=user)
            .exclude(_judged_by(user, OuterRef("comment")))
            .exclude(Q(comment__user=user) | Q(comment__commenter__user=user))
            .exclude(comment__status=Comment.Status.REMOVED)
            .order_by("pk")
        )

    def given(self):
        return self.exclude(verdict="").filter(decision__undone_by=None)

    def disagreeing(self):
        """Where the two would not have done the same with the comment: shown by one, taken down by the other."""
        shown = Comment.Status.VISIBLE
        return self.given().filter(Q(first=shown) & ~Q(verdict=shown) | ~Q(first=shown) & Q(verdict=shown))


def _judged_by(user, comment):
    """The condition that `user` decided on a comment, or on the appeal about it: who did is not blind to it."""
    decided = Decision.objects.filter(comment=comment, by=user)
    return Exists(decided) | Exists(Appeal.objects.filter(comment=comment, by=user))


class SecondOpinion(models.Model):
    """That a decision is looked at again by another moderator who does not see it. It never changes the comment."""

    decision = models.OneToOneField(Decision, models.CASCADE, related_name="second_opinion")
    comment = models.ForeignKey(Comment, models.CASCADE, related_name="second_opinions")
    rules = models.JSONField(default=list)  # what had held it, as it was then
    first = models.CharField(max_length=12, choices=Comment.Status)
    first_reason = models.CharField(max_length=30, blank=True)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    verdict = models.CharField(max_length=12, choices=Comment.Status, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    objects = SecondOpinionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by=None) | Q(first_by=None) | ~Q(by=F("first_by")),
                name="a_second_opinion_is_somebody_elses",
            ),
        ]
        indexes = [
            # what waits for a second look
            models.Index(fields=["id"], name="second_waiting", condition=Q(verdict="")),
            # the agreement of a season
            models.Index(fields=["-at"], name="second_given"),
        ]

    def __str__(self):
        return f"Second opinion on decision {self.decision_id}"

    @property
    def agrees(self):
        return (self.first == Comment.Status.VISIBLE) == (self.verdict == Comment.Status.VISIBLE)

    def give(self, by, verdict, reason=""):
        """Store what `by` would have done. Raises PermissionDenied, ValidationError, AlreadyDecided."""
        if not by.has_perm(MODERATE) or by.pk == self.first_by_id or self.comment.is_written_by(by):
            raise PermissionDenied("A second opinion is somebody else’s.")
        if SecondOpinion.objects.filter(_judged_by(by, OuterRef("comment")), pk=self.pk).exists():
            raise PermissionDenied("A second opinion is of somebody who has not decided on it.")
        if verdict not in VERDICTS:
            raise ValidationError("Please choose what you would do.")
        if verdict == Comment.Status.REJECTED and not reason:
            raise ValidationError("Please choose why you would reject it.")
        if verdict != Comment.Status.REJECTED:
            reason = Decision.Reason.SPAM if verdict == Comment.Status.SPAM else ""
        given = {"verdict": verdict, "reason": reason, "by": by, "at": timezone.now()}
        if not SecondOpinion.objects.filter(pk=self.pk, verdict="").update(**given):
            raise AlreadyDecided("Somebody else gave a second opinion a moment ago.")
        for name, value in given.items():
            setattr(self, name, value)


def is_chosen(decision_id):
    """Return whether a decision comes again: the same answer whenever it is asked, and none that can be foreseen without
    the site's secret key."""
    share = settings.COMMENT_SECOND_OPINIONS
    digest = salted_hmac(_SECOND, str(decision_id), algorithm="sha256").digest()
    return int.from_bytes(digest[:4], "big") < share / 100 * 2**32


@dataclass(frozen=True)
class Agreement:
    """How often two moderators agreed."""

    name: str
    count: int
    agreed: int
    kappa: float | None  # None: it cannot be said


def kappa(pairs):
    """Return Cohen's kappa of pairs (first, second) of verdicts, or None where chance alone explains everything.

    (observed - expected) / (1 - expected), where the expected agreement is that of two who choose independently with the
    same frequencies: J. Cohen, “A coefficient of agreement for nominal scales”, Educational and Psychological
    Measurement 20 (1960), 37-46. 1: always agreed; 0: no more than by chance; below 0: less.
    """
    n = len(pairs)
    if not n:
        return None
    observed = sum(one == two for one, two in pairs) / n
    first, second = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    expected = sum(first[each] * second[each] for each in first) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _agreement(name, pairs):
    return Agreement(name, len(pairs), sum(one == two for one, two in pairs), kappa(pairs))


MOST_COMPARED = 5000


@dataclass(frozen=True)
class Agreements:
    overall: Agreement
    by_rule: list
    by_reason: list


def agreements(since):
    """Return the Agreements of second opinions since a moment, of at most the newest 5,000. One query.

    By rule: shown or taken down, among what the rule had held. By reason: this reason or not, among what either of the
    two took down for it or for another reason.
    """
    shown = Comment.Status.VISIBLE
    rows = list(
        SecondOpinion.objects.given()
        .filter(at__gte=since)
        .order_by("-at")
        .values_list("rules", "first", "first_reason", "verdict", "reason")[:MOST_COMPARED]
    )
    every, by_rule = [], defaultdict(list)
    for rules, first, _, verdict, _ in rows:
        pair = (first == shown, verdict == shown)
        every.append(pair)
        for rule in rules:
            by_rule[rule].append(pair)
    down = [(one, two) for _, first, one, verdict, two in rows if shown not in (first, verdict)]
    reasons = sorted({reason for pair in down for reason in pair if reason})
    return Agreements(
        overall=_agreement("", every),
        by_rule=[_agreement(rule, pairs) for rule, pairs in sorted(by_rule.items())],
        by_reason=[
            _agreement(reason, [(one == reason, two == reason) for one, two in down]) for reason in reasons
        ],
    )


# --- reading the log ----------------------------------------------------------------------------------------------
class LogPlace(models.Model):
    """How far a reader of the log of decisions has come."""

    reader = models.CharField(max_length=30, primary_key=True)
    upto = models.BigIntegerField(default=0)

    def __str__(self):
        return f"{self.reader}: {self.upto}"


# A decision may be taken back within seconds, and one with a lower number may be stored a moment later.
SETTLES_AFTER = timedelta(minutes=2)


def read_log(most=500):
    """Let the next decisions of the log have their consequences: reports are settled, second looks asked for.

    Returns how many were read. Safe in many processes: a portion is claimed and worked off in one transaction.
    """
    place, _ = LogPlace.objects.get_or_create(reader="fairness")
    upto = place.upto
    decisions = list(Decision.objects.to_be_read(upto, timezone.now() - SETTLES_AFTER)[:most])
    if not decisions:
        return 0
    with transaction.atomic():
        if not LogPlace.objects.filter(pk=place.pk, upto=upto).update(upto=decisions[-1].pk):
            return 0  # another process has this portion
        _take_back([d.undoes_id for d in decisions if d.undoes_id])
        settling = Decision.objects.by_moderators().standing().filter(became__in=VERDICTS)
        settling = settling.exclude(comment=None)  # gone with its article
        by_hand = list(settling.filter(pk__in=[d.pk for d in decisions]).order_by("pk"))
        _settle_reports({d.comment_id for d in by_hand} | {d.comment_id for d in decisions if d.undoes_id})
        # a pick of what was shown already says nothing on whether it should be
        _ask_again([d for d in by_hand if d.verb != Decision.Verb.FEATURE or d.was != d.became])
    return len(decisions)


def _take_back(undone):
    """Let what followed from decisions that were undone be open again."""
    if undone:
        Report.objects.filter(settled_by__in=undone).update(outcome="", settled_by=None)
        Appeal.objects.filter(answer__in=undone).wait_again()


def _settle_reports(comments):
    """Say of each report that was open when one of `comments` was decided what came of it, and mail who wants to know.

    Where moderators differed, it is what holds now: what was settled by a decision on the same words is settled anew.
    """
    standing = Decision.objects.by_moderators().standing().filter(became__in=VERDICTS).order_by("pk")
    by_comment = {d.comment_id: d for d in standing.filter(comment__in=comments)}
    for report in Report.objects.filter(comment__in=by_comment).select_related("user", "settled_by"):
        decision, before = by_comment[report.comment_id], report.settled_by
        upheld = decision.became in TAKEN_DOWN
        outcome = Report.Outcome.UPHELD if upheld else Report.Outcome.NOT_UPHELD
        is_of_other_words = before and before.text_hash != decision.text_hash
        if decision.at < report.at or report.outcome == outcome or is_of_other_words:
            continue
        report.outcome, report.settled_by = outcome, decision
        report.save(update_fields=["outcome", "settled_by"])
        emails.after_a_report(report)


def _ask_again(decisions):
    chosen = [d for d in decisions if is_chosen(d.pk)]
    if not chosen:
        return
    held_by = defaultdict(list)
    for comment, rule in Hold.objects.filter(comment__in={d.comment_id for d in chosen}).values_list(
        "comment", "rule"
    ):
        held_by[comment].append(rule)
    SecondOpinion.objects.bulk_create(
        [
            SecondOpinion(
                decision=d, comment_id=d.comment_id, rules=held_by[d.comment_id], first=d.became,
                first_reason=d.reason, first_by_id=d.by_id,
            )
            for d in chosen
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def other_moderators(user):
    """Return whether anybody but `user` may decide at the desk."""
    everyone = get_user_model().objects.with_perm(
        MODERATE, backend="django.contrib.auth.backends.ModelBackend"
    )
    return everyone.filter(is_staff=True).exclude(pk=user.pk).exists()


def reports_of(user):
    """Return what `user` reported, newest first, each with its outcome."""
    return Report.objects.filter(user=user).select_related("comment__article").order_by("-pk")


def commenter_of_reporter(report):
    """Return the person who reported, where they have an account and an address."""
    return (
        Commenter.objects.filter(user=report.user_id).exclude(email=None).first() if report.user_id else None
    )
