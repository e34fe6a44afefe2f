"""The moderation desk: its queues, its search, a card's page, a person's page, and the one address that decides.

Each page costs the same number of queries whatever the number of cards. A decision is one POST: plain forms are led
back to the queue, the script gets what was done as JSON and goes on to the next card without a page load.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Right
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_comments.models import Comment as StoredComment

from comments import brake, care, fairness, markup, moderation, ranking, rules, search, similar, workbench
from comments.forms import (
    QUEUES,
    DeskFilterForm,
    NoteForm,
    PersonSinceForm,
    SanctionForm,
    SavedSearchForm,
)  # fmt: skip
from comments.models import STEP, Comment, Commenter, Decision, Hold, RejectionReason, Report, SavedSearch
from comments.views import _private

CARDS = 25
FOLD_SHOWS = 8  # rows of a long comment that are plain to see on a narrow screen (css/moderation-card.css)
LONG_FROM = 36  # rows
EXPLAINED_FROM = 0.5  # the score from which the card says what moved it
GROUPED = ("held", "likely")  # where near-duplicates are one card, unless it is narrowed
Status, Verb = Comment.Status, Decision.Verb
_pages = require_http_methods(["GET", "HEAD", "POST"])


def _at_the_desk(view):
    """Only those who may decide: others are asked to log in, or told that it is not theirs."""

    @_private
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not moderation.may_enter(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _judges_persons(view):
    @_at_the_desk
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not moderation.decides_on_persons(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _may_judge(user, person):
    return moderation.decides_on_persons(user) and moderation.persons_within(user).filter(pk=person).exists()


# --- queues -------------------------------------------------------------------------------------------------------
def _in_queue(comments, queue):
    if queue == "reported":
        return comments.reported()
    if queue == "new":
        return comments.unseen()
    if queue == "spam":
        return comments.filter(status=Status.SPAM)
    if queue == "likely":
        return comments.held().filter(spam_score__gte=Comment.SPAM_LANE_FROM)
    if queue == "decided":
        return comments.decided()
    if queue == "all":
        return comments
    return comments.held()


_BY_TIME = {"oldest": ["pk"], "newest": ["-pk"]}
_ORDERS = {
    ("held", "priority"): ["-priority", "pk"],
    ("reported", "priority"): ["-priority", "reported_at"],
    ("decided", "priority"): ["-decided_at"],
    ("decided", "newest"): ["-decided_at"],
    ("decided", "oldest"): ["decided_at"],
    ("spam", "priority"): ["-pk"],
    ("likely", "priority"): ["-spam_score", "pk"],
    ("all", "priority"): ["-pk"],
}


def _found(user, chosen):
    """Return (comments of a queue as filtered and ordered, whether anything was filtered).

    Read no more than the numbers of a page from it: every order is that of an index (`Comment.Meta`), and what a
    filter asks of other tables is a short list, or else asked of each row in turn until the page is full.
    """
    queue = chosen["queue"]
    comments = _in_queue(moderation.within(user), queue)
    is_narrowed = False
    for name, narrow in _FILTERS.items():
        if chosen.get(name):
            comments, is_narrowed = narrow(comments, chosen[name]), True
    if chosen["is_gone"]:
        comments, is_narrowed = comments.none(), True
    if queue in GROUPED and not is_narrowed:
        comments = similar.first_of_each(comments)
    chosen_order = chosen["order"] or "priority"
    order = _ORDERS.get((queue, chosen_order)) or _BY_TIME.get(chosen_order, ["pk"])
    return comments.order_by(*order), is_narrowed


FEW = 2000  # so many may be named in a query


def _named(comments, ids, condition):
    """Narrow `comments` to `ids` where they are few, else by `condition`, of which then many rows are an instance."""
    few = list(ids[: FEW + 1])
    return comments.filter(pk__in=few) if len(few) <= FEW else comments.filter(condition)


def _held_by(comments, rule):
    holds = Hold.objects.filter(rule=rule)
    ids = holds.order_by("-at").values_list("comment", flat=True)
    return _named(comments, ids, Exists(holds.order_by().filter(comment=OuterRef("pk"))))


def _reported_as(comments, reason):
    reports = Report.objects.filter(reason=reason).order_by()
    return _named(
        comments, reports.values_list("comment", flat=True), Exists(reports.filter(comment=OuterRef("pk")))
    )


def _on(field, since=None, until=None):
    """What a `field` is on some days, as the clock of the site has them."""
    days = {}
    if since:
        days[f"{field}__gte"] = timezone.make_aware(datetime.combine(since, time.min))
    if until:
        days[f"{field}__lt"] = timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min))
    return days


def _written(comments, days):
    stored = StoredComment.objects.filter(**_on("submit_date", *days)).order_by()
    return _named(comments, stored.values_list("pk", flat=True), Exists(stored.filter(pk=OuterRef("pk"))))


def _saying(comments, q):
    if not search.words_of(q):
        return comments
    found = search.numbers(q, FEW + 1)
    return comments.filter(pk__in=found) if len(found) <= FEW else comments.matching(q)


_FILTERS = {
    "article": lambda comments, article: comments.filter(article=article),
    "topic": lambda comments, topic: comments.filter(article__in=topic.articles.order_by().values("pk")),
    "person": lambda comments, person: comments.filter(commenter=person),
    "rule": _held_by,
    "reason": _reported_as,
    "written": _written,
    "reported": lambda comments, days: comments.filter(**_on("reported_at", *days)),
    "alike": lambda comments, group: comments.filter(likeness__group=group),
    "q": _saying,
}


COUNTED_TO = 100_000


def counts(user):
    """How many wait in each queue, for people to read: exact below a hundred thousand, “100,000+” from there on.

    Each is counted in the index of its queue alone.
    """
    comments = moderation.within(user).order_by()
    found = {
        queue: _in_queue(comments, queue).values("pk")[:COUNTED_TO].count()
        for queue in ("held", "reported", "new", "likely")
    }
    return {queue: n if n < COUNTED_TO else f"{COUNTED_TO:,}+" for queue, n in found.items()}


# --- cards --------------------------------------------------------------------------------------------------------
@dataclass
class Card:
    """A comment with all that a moderator wants to know before deciding on it."""

    comment: Comment
    html: str
    above: list = field(default_factory=list)
    waiting_beside: list = field(default_factory=list)
    reasons: list = field(default_factory=list)  # (rule's label, what was found, its record)
    reports: list = field(default_factory=list)  # as fairness.ReporterNote
    precedents: list = field(default_factory=list)
    pulls: list = field(default_factory=list)  # what moved its score
    alike: similar.Alike | None = None
    decides_all_alike: bool = False
    approved: int = 0
    rejected: int = 0
    last_five: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    shares_network: int = 0
    claimed_by: str = ""
    veiled: bool = False
    likely_reason: str = ""
    why_not: str = ""  # a sentence, where it is not this moderator's to decide

    @property
    def alike_mark(self):
        """What the form sends: the group, and the moment at which it was seen."""
        return f"{self.alike.id}.{timezone.now().timestamp():.6f}"

    @property
    def is_long(self):
        """Whether it is folded on a narrow screen, so that the buttons below it are near."""
        return markup.rows(self.html) >= LONG_FROM

    @property
    def is_unfolded(self):
        """Whether it is not, to begin with: the fold would hide something that a rule found in it."""
        until_the_last, mark, _ = self.html.rpartition("</mark>")
        return bool(mark) and markup.rows(until_the_last) > FOLD_SHOWS

    @property
    def is_new(self):
        """Whether it is in the queue of new ones."""
        return self.comment.is_visible and not self.comment.seen_at

    @property
    def default_reason(self):
        return self.likely_reason or Decision.Reason.OTHER.value


def cards_of(comments, user, is_grouped=False):
    """Return the Cards of a list of comments: the same number of queries for one and for many.

    With `is_grouped`, a card stands for all that wait and say nearly the same.
    """
    comments = list(comments)
    if not comments:
        return []
    ids = [c.pk for c in comments]
    people = {c.commenter_id for c in comments if c.commenter_id}
    above = {id for c in comments for id in c.steps[:-1]}
    named = Comment.objects.filter(pk__in=above).only("user_name", "html", "status", "path", "badge")
    shown_above = {c.pk: c for c in named.prefetch_related("holds", "reports")}
    beside = {}
    answered = {c.answers_id for c in comments if c.answers_id}
    # in the order of the index that finds them, never by reading all that wait
    near = Comment.objects.held().filter(answers__in=answered.union(ids)).order_by("answers", "pk")
    for other in near.only("user_name", "html", "answers_id", "path", "status")[:200]:
        beside.setdefault(other.answers_id, []).append(other)
    tally = {}
    of_people = Comment.objects.filter(commenter__in=people).order_by().values_list("commenter", "status")
    for person, status, n in of_people.annotate(n=Count("*")):
        tally.setdefault(person, {})[status] = n
    last_five = _last_five(people)
    record = workbench.rules_record()
    notes_on_reports = fairness.reporter_notes_for(comments)
    mine_only = None if moderation.sees_all(user) else moderation.within(user)
    alike = similar.groups(comments, among=mine_only)
    precedents = similar.precedents_of(comments, among=mine_only)
    pulls = ranking.whys([c for c in comments if (c.spam_score or 0) >= EXPLAINED_FROM], most=5)
    claims = moderation.claims_of_others(ids, user)
    networks = _shared_networks(comments)
    veils = care.veils_for(user)
    for other in shown_above.values():
        other.veiled = veils and care.is_rough(other)
    cards = []
    for comment in comments:
        person = comment.commenter
        mine = tally.get(comment.commenter_id, {})
        holds, reports = list(comment.holds.all()), notes_on_reports[comment.pk]
        group = alike.get(comment.pk)
        cards.append(
            Card(
                comment=comment,
                html=_marked(comment, holds),
                above=[shown_above[id] for id in comment.steps[:-1] if id in shown_above],
                waiting_beside=[
                    o
                    for o in beside.get(comment.pk, []) + beside.get(comment.answers_id, [])
                    if o.pk != comment.pk
                ][:5],
                reasons=[(_label(h), h, record.get(h.rule)) for h in holds],
                reports=reports,
                precedents=precedents[comment.pk],
                pulls=pulls.get(comment.pk, []),
                alike=group,
                decides_all_alike=bool(is_grouped and group and group.waiting > 1),
                approved=mine.get(Status.VISIBLE, 0),
                rejected=mine.get(Status.REJECTED, 0) + mine.get(Status.SPAM, 0),
                last_five=last_five.get(comment.commenter_id, []),
                notes=list(person.notes.all()) if person else [],
                shares_network=networks.get(comment.from_network, 1) - 1,
                claimed_by=claims.get(comment.pk, ""),
                veiled=veils and care.is_rough(comment),
                likely_reason=reports[0].report.reason if reports else "",
                why_not=moderation.WHY_REFUSED["own"] if comment.is_written_by(user) else "",
            )
        )
    return cards


def _for_cards(comments):
    return comments.select_related("article__topic", "commenter__user").prefetch_related(
        "holds", "reports", "commenter__notes__by", "commenter__sanctions"
    )


def _label(hold):
    rule = rules.BY_NAME.get(hold.rule)
    return rule.moderator if rule else hold.rule


def _last_five(people):
    """What became of the last five comments of each person, the oldest of them first: which is the fifth, then all from
    there. Two queries, of the index of a person's comments alone: the end of a path is the number of its comment.
    """
    numbered = Comment.objects.annotate(number=Right("path", STEP)).order_by("-number")
    own = numbered.filter(commenter=OuterRef("pk"))
    fifth = Commenter.objects.filter(pk__in=people).annotate(fifth=Subquery(own.values("number")[4:5]))
    wanted = Q(pk__in=[])
    for pk, number in fifth.values_list("pk", "fifth"):
        wanted |= Q(commenter=pk, number__gte=number or "")
    found = {}
    for person, status, _ in numbered.filter(wanted).values_list("commenter", "status", "number"):
        found.setdefault(person, []).insert(0, status)
    return found


def _shared_networks(comments):
    networks = {c.from_network for c in comments if c.from_network}
    rows = Comment.objects.filter(from_network__in=networks).exclude(from_network="").order_by()
    return dict(
        rows.values("from_network")
        .annotate(n=Count("commenter", distinct=True))
        .values_list("from_network", "n")
    )


def _marked(comment, holds):
    """The words of a comment, with what held it marked."""
    found = {True: [], False: []}
    for hold in holds:
        found[hold.rule in rules.WORD_LISTS] += hold.words
    return markup.marked(comment.html, words=found[True], pieces=found[False])


# --- pages --------------------------------------------------------------------------------------------------------
@_pages
@_at_the_desk
def desk(request):
    """A queue with its cards; a POST decides."""
    if request.method == "POST":
        return _decide(request)
    form = DeskFilterForm(request.GET, user=request.user)
    chosen = form.read()
    comments, is_narrowed = _found(request.user, chosen)
    start = (chosen["page"] - 1) * CARDS
    found = list(comments.values_list("pk", flat=True)[start : start + CARDS + 1])
    shown = {comment.pk: comment for comment in _for_cards(Comment.objects.filter(pk__in=found[:CARDS]))}
    cards = cards_of(
        [shown[pk] for pk in found if pk in shown],
        request.user,
        is_grouped=chosen["queue"] in GROUPED and not is_narrowed,
    )
    if chosen["order"] not in _BY_TIME and chosen["queue"] in ("held", "likely"):
        veiled = {card.comment.pk: card.veiled for card in cards}
        by_id = {card.comment.pk: card for card in cards}
        mixed = care.mixed([c.comment for c in cards], lambda c: veiled[c.pk])
        cards = [by_id[c.pk] for c in mixed]
    reasons = list(RejectionReason.objects.filter(is_offered=True))
    context = {
        "cards": cards,
        "reasons": reasons,
        "judges_persons": moderation.decides_on_persons(request.user),
    }
    if request.GET.get("part") == "cards":
        return render(request, "moderation/_cards.html", context)
    query = request.GET.copy()
    query.pop("page", None)
    if not found and chosen["page"] > 1:  # what was on this page is decided
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    saved = list(SavedSearch.objects.filter(user=request.user))
    kept = next((search for search in saved if search.query == query.urlencode()), None)
    title = kept.name if kept else QUEUES.get(chosen["queue"], "All comments")
    context |= {
        "form": form, "chosen": chosen, "queue": chosen["queue"], "is_narrowed": is_narrowed, "title": title,
        "next_page": chosen["page"] + 1 if len(found) > CARDS else None, "page_number": chosen["page"],
        "query": query.urlencode(), "saved": saved, "kept": kept,
        "today": care.done_today(request.user), "brakes": brake.holding(request.user),
    }  # fmt: skip
    return render(request, "moderation/desk.html", context)


def tabs(user, current):
    """The queues: (name, label, how many wait or None, whether it is `current`)."""
    n = counts(user)
    return [(name, label, n.get(name), name == current) for name, label in QUEUES.items()]


_VERBS = {
    "approve": Verb.APPROVE, "reject": Verb.REJECT, "spam": Verb.SPAM, "feature": Verb.FEATURE,
    "unfeature": Verb.UNFEATURE, "hold": Verb.HOLD,
}  # fmt: skip
_DONE = {
    "approve": "Approved",
    "reject": "Rejected",
    "spam": "Marked as spam",
    "feature": "Featured",
    "unfeature": "Taken from the picks",
    "hold": "Held",
    "answer": "Approved and answered",
    "first": "The first is approved, the others are rejected",
}
LATEST = 2**34  # seconds that a moment is believed to have
_FOR_ALL_ALIKE = ("approve", "reject", "spam", "first")  # fmt: skip


def _decide(request):
    """Do what one button said: its name is the verb, its value the comment; with `bulk` all that are picked."""
    data = request.POST
    if "undo" in data:
        return _undo(request)
    if "seen" in data:
        ids = _ids(data.getlist("seen"))
        if not moderation.within(request.user).filter(pk__in=ids).exists():
            raise Http404
        moderation.mark_seen(ids, request.user)
        return _answer(request, "Seen.", moderation.Outcome(), seen=ids)
    verb, ids = data.get("bulk", ""), _ids(data.getlist("pick"))
    is_bulk = verb in _VERBS
    if not is_bulk:
        verb = next((name for name in (*_VERBS, "answer", "first") if name in data), "")
        ids = _ids([data.get(verb, "")])
    if not verb or not ids:
        return _answer(request, "Nothing was chosen.", moderation.Outcome(), status=422)
    one = "bulk" if is_bulk else ids[0]
    reason, note = data.get(f"reason-{one}", ""), data.get(f"note-{one}", "")[:300]
    stamps = {pk: data.get(f"stamp-{pk}", "")[:60] for pk in ids}
    if verb in _FOR_ALL_ALIKE:
        stamps |= _alike(data, ids, request.user)
    try:
        if verb == "answer":
            outcome = moderation.Outcome()
            comment = get_object_or_404(moderation.within(request.user), pk=ids[0])
            try:
                event, _ = moderation.answer(
                    comment, request.user, data.get(f"reply-{one}", "")[:3000], stamps[ids[0]]
                )
                outcome.events.append(event)
            except moderation.Refused as refused:
                outcome.refused[ids[0]] = refused.why
        elif verb == "first":
            outcome = moderation.keep_the_first(stamps, by=request.user)
        else:
            outcome = moderation.decide(_VERBS[verb], stamps, by=request.user, reason=reason, note=note)
    except ValidationError as error:
        return _answer(request, " ".join(error.messages), moderation.Outcome(), status=422)
    n = len(outcome.events)
    words = f"{_DONE[verb]}{f': {n} comments' if len(stamps) > 1 else ''}." if n else ""
    used = "" if outcome.refused or verb == "first" else f"{'reply' if verb == 'answer' else 'note'}-{one}"
    return _answer(request, words, outcome, used=used)


def _alike(data, ids, user):
    """Return the stamps of what waits and says nearly the same as a card, as it was when the card was shown.

    What came or was edited since then is left: nobody has seen it.
    """
    found = {}
    for pk in ids:
        group, _, at = data.get(f"alike-{pk}", "").partition(".")
        if not (
            group.isdecimal() and len(group) < 19 and at.replace(".", "", 1).isdecimal() and len(at) < 20
        ):
            continue
        seen_at = datetime.fromtimestamp(float(at), UTC) if float(at) < LATEST else timezone.now()
        members = moderation.within(user, similar.members(group)).held().filter(submit_date__lte=seen_at)
        members = members.exclude(edited_at__gt=seen_at)
        found |= {c.pk: c.stamp for c in members[: moderation.MOST_AT_ONCE - len(ids) - len(found)]}
    return {pk: stamp for pk, stamp in found.items() if pk not in ids}


def _ids(values):
    return [int(v) for v in values if v.isdecimal() and len(v) < 19][: moderation.MOST_AT_ONCE]


MOST_PASSED = 100


def _undo(request):
    """Take back one event with its batch, or what the moderator did last.

    Where the last cannot be taken back, it is said; whoever asks again in this log-in gets the one before it.
    """
    value = request.POST["undo"]
    passed = request.session.get("passed_by_undo", [])
    if value != "last":
        if not value.isdecimal() or len(value) >= 19:
            raise Http404
        event = get_object_or_404(Decision.objects.standing(), pk=value)
        events = list(Decision.objects.standing().filter(batch=event.batch)) if event.batch else [event]
        if event.comment_id is None and not _may_judge(request.user, event.commenter_id):
            raise PermissionDenied
    else:
        events = moderation.last_of(request.user, passed)
    if not events:
        return _answer(request, "There is nothing to take back.", moderation.Outcome())
    try:
        outcome = moderation.undo(events, request.user)
    except moderation.Refused as refused:
        return _answer(request, " ".join(refused.messages), moderation.Outcome(), status=422)
    n = len(outcome.events)
    words = f"Taken back{f': {n} decisions' if n > 1 else ''}." if n else ""
    if any("appeal" in e.undoes.details for e in outcome.events):
        words = f"{words} The appeal waits again."
    if not n and value == "last":
        request.session["passed_by_undo"] = [*passed, events[0].pk][-MOST_PASSED:]
        words = f"{_called(events)} is not taken back. Undo again takes back what you decided before it."
    elif not n and not outcome.refused:  # what is itself an undo, or was no decision of the desk
        words = "There is nothing to take back."
    return _answer(request, words, outcome, is_undo=True)


def _called(events):
    """What was decided in one go, and when, as the start of a sentence."""
    many = f" ({len(events)} comments)" if len(events) > 1 else ""
    return f"“{events[0]}”{many} of {timezone.localtime(events[0].at):%-d %B, %H:%M}"


def _answer(request, words, outcome, status=200, is_undo=False, used="", seen=()):
    """JSON for the script, else back to the queue with a message, and with what was typed but for the field that was
    `used`. (The script keeps what was typed on cards that stay.) `seen` are the ids of what is new no more.

    Where nothing of it is there, or theirs to decide, and there are no words on it, it is 404 as for every address of such
    a comment.
    """
    if not words and not outcome.events and set(outcome.refused.values()) == {"gone"}:
        status = 404
    why = {pk: moderation.WHY_REFUSED[key] for pk, key in outcome.refused.items()}
    event = outcome.events[0] if outcome.events else None
    if request.headers.get("Accept", "").startswith("application/json"):
        answer = {
            "words": words,
            "done": [*seen, *(e.comment_id for e in outcome.events if e.became)],  # what changed a card
            "refused": why,
            "undo": event.pk if event and event.can_be_undone else None,
            "is_undo": is_undo,
            "is_wrong": status != 200,
            "moved": _moved(outcome.events, seen),
            "unused": _typed(request.POST, used, {f"{e.comment_id}" for e in outcome.events}),
        }
        return JsonResponse(answer | _counted(request), status=status)
    if status == 404:
        raise Http404
    if words:
        extra = f"undo:{event.pk}" if event and event.can_be_undone else ""
        (messages.success if status == 200 else messages.error)(request, words, extra_tags=extra)
    for pk, sentence in why.items():
        messages.warning(request, f"Comment {pk}: {sentence}")
    for typed in _typed(request.POST, used):
        messages.info(request, f"You had written: “{typed}”")
    back = request.POST.get("back", "")[:600]
    if back.startswith(reverse("comments:desk")):
        return HttpResponseRedirect(back)
    query = request.POST.get("query", "")[:500]
    return HttpResponseRedirect(reverse("comments:desk") + (f"?{query}" if query else ""))


def _typed(data, used, on=None):
    """Return the words of a moderator, on all comments or on those of the ids `on`, but for what was `used`."""
    fields = ((named, named.partition("-"), typed.strip()[:3000]) for named, typed in data.items())
    return [
        typed
        for named, (kind, _, of), typed in fields
        if kind in ("note", "reply") and typed and named != used and (on is None or of in on)
    ]


def _moved(events, seen):
    """How the counts of the queues change by decisions, by undoing them, or by looking: no query, however many wait."""
    moved = dict.fromkeys(("held", "reported", "new", "likely"), 0) | {"new": -len(seen)}
    for event in events:
        if not event.comment_id or not event.became:
            continue
        is_likely = (event.comment.spam_score or 0) >= Comment.SPAM_LANE_FROM
        for status, by in ((event.was, -1), (event.became, 1)):
            moved["held"] += by * (status == Status.HELD)
            moved["likely"] += by * (status == Status.HELD and is_likely)
        # a decision settles what was new or reported; its undo brings it back
        was, by = (
            (event.undoes.details.get("was", {}), 1) if event.undoes else (event.details.get("was", {}), -1)
        )
        if was.get("status") == Status.VISIBLE:
            moved["reported"] += by * bool(was.get("reported_at"))
            moved["new"] += by * ("seen_at" in was and not was["seen_at"])
    return moved


@require_safe
@_at_the_desk
def card(request, id):
    """One comment on its own page: the card, its log and what it said before."""
    comment = get_object_or_404(_for_cards(moderation.within(request.user)), pk=id)
    cards = cards_of([comment], request.user)
    context = {
        "cards": cards, "reasons": list(RejectionReason.objects.filter(is_offered=True)),
        "judges_persons": moderation.decides_on_persons(request.user),
    }  # fmt: skip
    if request.GET.get("part") == "cards":
        return render(request, "moderation/_cards.html", context)
    moderation.claim(comment.pk, request.user)
    log = comment.decisions.select_related("by", "undoes", "undone_by").order_by("pk")
    context |= {
        "comment": comment, "log": moderation.marked_open(log, request.user, comment), "revisions": comment.revisions.select_related("by"),
    }  # fmt: skip
    return render(request, "moderation/card.html", context)


@require_POST
@_at_the_desk
def claim(request, id):
    """Take the card of a comment, softly; the answer tells who has which of the cards that are shown, and what they are now."""
    comment = get_object_or_404(moderation.within(request.user).only("pk"), pk=id)
    moderation.claim(comment.pk, request.user)
    shown = _ids(request.POST.get("shown", "").split(","))[:100]
    rows = moderation.within(request.user).filter(pk__in=shown).values_list("pk", "status", "decided_at")
    now = {pk: [status, Comment.moment_of(decided_at)] for pk, status, decided_at in rows}
    answer = {"claims": moderation.claims_of_others(list(now), request.user), "now": now}
    return JsonResponse(answer | _counted(request))


def _counted(request):
    """What the page asks for now and then: how many wait, and what was done today."""
    if "counts" not in request.POST:
        return {}
    return {"counts": counts(request.user), "today": care.done_today(request.user).words}


@_pages
@_at_the_desk
def redact(request, id):
    """Edit personal data out of a comment."""
    comment = get_object_or_404(moderation.within(request.user).select_related("article"), pk=id)
    error = ""
    if request.method == "POST":
        try:
            event = moderation.redact(
                comment,
                request.user,
                request.POST.get("text", "")[:10_000],
                request.POST.get("stamp", "")[:60],
            )
        except ValidationError as refused:
            error = " ".join(refused.messages)
            comment.refresh_from_db()
        else:
            messages.success(request, "Edited; the former words are kept.", extra_tags=f"undo:{event.pk}")
            return redirect("comments:desk_card", comment.pk)
    context = {"comment": comment, "error": error}
    return render(request, "moderation/redact.html", context, status=422 if error else 200)


@_pages
@_judges_persons
def person(request, id):
    """A person: record, notes, what holds for them; decide on them, or on everything of theirs since a day."""
    who = get_object_or_404(moderation.persons_within(request.user).select_related("user"), pk=id)
    sanction, note, since = SanctionForm(), NoteForm(), PersonSinceForm()
    counted = None
    why_not = moderation.WHY_REFUSED["oneself"] if who.user_id == request.user.pk else ""
    if request.method == "POST":
        action = request.POST.get("do")
        if why_not and action != "note":
            messages.error(request, why_not)
            return redirect("comments:desk_person", who.pk)
        if action == "note" and (note := NoteForm(request.POST)).is_valid():
            moderation.note(who, request.user, note.cleaned_data["text"])
            return redirect("comments:desk_person", who.pk)
        if action == "lift":
            event = moderation.lift(who, request.user)
            messages.success(request, "Lifted.", extra_tags=f"undo:{event.pk}")
            return redirect("comments:desk_person", who.pk)
        if action == "sanction" and (sanction := SanctionForm(request.POST)).is_valid():
            event = moderation.sanction(who, by=request.user, **sanction.cleaned_data)
            messages.success(request, f"{event.get_verb_display()}.", extra_tags=f"undo:{event.pk}")
            return redirect("comments:desk_person", who.pk)
        if action in ("count", "since") and (since := PersonSinceForm(request.POST)).is_valid():
            chosen = since.cleaned_data
            theirs = moderation.of_person_since(who, chosen["since"], request.user, chosen["verb"])
            n = theirs.count()
            if action == "count" or request.POST.get("counted", str(n)) != str(n):
                counted = n
            else:
                outcome = moderation.decide_all(
                    theirs, chosen["verb"], by=request.user, reason=chosen["reason"]
                )
                n = len(outcome.events)
                extra = f"undo:{outcome.events[0].pk}" if n else ""
                messages.success(request, f"Decided on {n} comment{'' if n == 1 else 's'}.", extra_tags=extra)
                return redirect("comments:desk_person", who.pk)
    who.standing, who.suspended_until = who.holds_now  # to be shown, not stored
    seen = moderation.within(request.user).filter(commenter=who).order_by()
    tally = seen.values_list("status").annotate(n=Count("*"))
    labels, holding = dict(Status.choices), list(who.sanctions.holding().select_related("by"))
    log = moderation.log_within(request.user, who.decisions.all())
    context = {
        "who": who, "sanction": sanction, "note": note, "since": since, "counted": counted,
        "tally": [(labels[status], n) for status, n in tally], "notes": who.notes.select_related("by"),
        "holding": holding, "why_not": why_not,
        "log": moderation.marked_open(
            log.select_related("by", "undoes", "undone_by").newest_first()[:30],
            request.user,
            holding=() if why_not else holding,
        ),
    }  # fmt: skip
    is_wrong = sanction.errors or note.errors or since.errors
    return render(request, "moderation/person.html", context, status=422 if is_wrong else 200)


@require_POST
@_at_the_desk
def searches(request):
    """Keep a search as a queue of one's own, or forget one."""
    if gone := request.POST.get("forget", ""):
        if (
            not gone.isdecimal()
            or not SavedSearch.objects.filter(user=request.user, pk=gone[:18]).delete()[0]
        ):
            raise Http404
        return redirect("comments:desk")
    form = SavedSearchForm(request.POST)
    if form.is_valid():
        SavedSearch.objects.update_or_create(
            user=request.user, name=form.cleaned_data["name"], defaults={"query": form.cleaned_data["query"]}
        )
    else:
        messages.error(request, "Please give it a name.")
    return HttpResponseRedirect(f"{reverse('comments:desk')}?{form.cleaned_data.get('query', '')}")
