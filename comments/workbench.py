"""The workbench of rules: a change is a draft, tried on what was decided, switched on, and rolled back whole."""

import re
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from comments import fairness, markup, moderation, ranking, rules
from comments.models import AlreadyDecided, Comment, Decision, Hold, Mode, ModeChoice, Policy, PolicyVersion
from comments.views import _pages, _private

FIELDS = (
    "mode", "approved_before_trust", "links_held_from", "seconds_to_write", "capitals_percent", "reports_hold_from",
    "suspect_words", "banned_words", "switched_off",
)  # fmt: skip
# What the words alone tell. The others look at the moment: the clock, the address, what the person had written by then.
BY_WORDS = ("banned_words", "links", "suspect_words", "capitals", "shouting", "very_short")
LISTS = ("suspect_words", "banned_words", "switched_off")  # of which each line is a setting of its own
TRIED_ON = 1000
EXAMPLES = 8
AT_ONCE = 200  # comments offered again with one press
LATE = timedelta(minutes=1)  # what was being posted when a version went was judged by it


# --- the record of the rules ---------------------------------------------------------------------------------------
@dataclass
class Record:
    """What a rule did in the last days: how many it held, and what moderators made of them."""

    held: int = 0
    approved: int = 0
    turned_down: int = 0
    reopened: int = 0  # on appeal

    @property
    def words(self):
        if not self.held:
            return "held nothing in 90 days"
        words = f"held {self.held} in 90 days, {self.approved} of them approved"
        return words + (f", {self.reopened} on appeal" if self.reopened else "")


DAYS = 90


def rules_record(fresh=False):
    """Return {name of a rule: Record} of the last 90 days. Two queries, and for ten minutes none."""
    known = None if fresh else cache.get("comments.rules_record")
    if known is None:
        since = timezone.now() - timedelta(days=DAYS)
        reopened = fairness.reopened_by_rule(since)
        decided = Q(comment__decided_at__isnull=False)
        down = Q(comment__status__in=[Comment.Status.REJECTED, Comment.Status.SPAM])
        rows = (
            Hold.objects.filter(at__gte=since)
            .order_by()
            .values("rule")
            .annotate(
                held=Count("pk"),
                approved=Count("pk", filter=decided & Q(comment__status=Comment.Status.VISIBLE)),
                turned_down=Count("pk", filter=decided & down),
            )
        )
        known = {
            row["rule"]: (row["held"], row["approved"], row["turned_down"], reopened.get(row["rule"], 0))
            for row in rows
        }
        cache.set("comments.rules_record", known, 600)
    return {name: Record(*counts) for name, counts in known.items()}


# --- trying a draft ------------------------------------------------------------------------------------------------
class _Said(rules.Draft):
    """A comment that was stored, as the rules look at a draft; it is not rendered again."""

    def __post_init__(self):
        self.links = markup.link_addresses(self.html)

    @classmethod
    def of(cls, comment, policy):
        cls_draft = cls.__new__(cls)
        cls_draft.html = comment.html
        cls_draft.__init__(
            article=comment.article, text=comment.comment, policy=policy, commenter=comment.commenter,
            is_proven=True, badge=comment.badge,
        )  # fmt: skip
        return cls_draft


def policy_of(chosen):
    """Return a Policy with these settings, stored nowhere."""
    policy = Policy.current()
    for name in FIELDS:
        if name in chosen:
            setattr(policy, name, chosen[name])
    return policy


def settings_of(policy):
    return {name: _plain(getattr(policy, name)) for name in FIELDS}


def _plain(value):
    """Return a setting with the line breaks of this machine, whichever a browser sent."""
    return "\n".join(value.splitlines()) if isinstance(value, str) else value


def _found(comment, policy):
    """Return {rule: Finding} of the rules that words alone tell."""
    draft = _Said.of(comment, policy)
    found = {}
    for name in BY_WORDS:
        rule = rules.BY_NAME[name]
        if name in policy.switched_off or (draft.is_trusted and not rule.for_trusted):
            continue
        finding = rule.check(draft)
        if finding is not None:
            found[name] = finding
    return found


@dataclass
class Row:
    """What one rule does now and would do: of the comments it catches, how many moderators turned down."""

    rule: rules.Rule
    now: Counter = field(default_factory=Counter)
    then: Counter = field(default_factory=Counter)

    @staticmethod
    def _share(counts):
        return round(100 * counts["down"] / sum(counts.values())) if counts else None

    @property
    def now_count(self):
        return sum(self.now.values())

    @property
    def then_count(self):
        return sum(self.then.values())

    @property
    def now_right(self):
        return self._share(self.now)

    @property
    def then_right(self):
        return self._share(self.then)

    @property
    def is_changed(self):
        return self.now != self.then


@dataclass
class Example:
    comment: Comment
    rules: list
    marked: str


@dataclass
class Trial:
    """What a draft would have done to the last decided comments, beside what the settings of now do."""

    tried: int = 0
    rows: list = field(default_factory=list)
    caught: Counter = field(default_factory=Counter)  # newly, by what moderators decided
    let_go: Counter = field(default_factory=Counter)
    newly: list = field(default_factory=list)
    no_longer: list = field(default_factory=list)

    @property
    def caught_count(self):
        return sum(self.caught.values())

    @property
    def let_go_count(self):
        return sum(self.let_go.values())


def marked(text, words):
    """Return `text` as HTML with `words` in it marked, whatever their case."""
    wanted = [re.escape(word) for word in sorted(set(words), key=len, reverse=True) if word]
    if not wanted:
        return conditional_escape(text)
    parts = re.split(f"({'|'.join(wanted)})", text, flags=re.IGNORECASE)
    html = "".join(
        f"<mark>{conditional_escape(p)}</mark>" if n % 2 else conditional_escape(p)
        for n, p in enumerate(parts)
    )
    return mark_safe(html)  # each part is escaped above


def try_on(chosen, by, most=TRIED_ON):
    """Return the Trial of a draft's settings on the last `most` decided comments that `by` may see. Two queries, and one
    for the topics of a moderator; nothing is changed."""
    now, then = Policy.current(), policy_of(chosen)
    trial = Trial(rows=[Row(rules.BY_NAME[name]) for name in BY_WORDS])
    by_rule = dict(zip(BY_WORDS, trial.rows, strict=True))
    decided = moderation.within(by).decided().exclude(status=Comment.Status.REMOVED).order_by("-decided_at")
    for comment in decided.select_related("article", "commenter__user")[:most]:
        trial.tried += 1
        was = "down" if comment.status in (Comment.Status.REJECTED, Comment.Status.SPAM) else "approved"
        before, after = _found(comment, now), _found(comment, then)
        for name in before:
            by_rule[name].now[was] += 1
        for name in after:
            by_rule[name].then[was] += 1
        if bool(before) == bool(after):
            continue
        counts, examples = (trial.caught, trial.newly) if after else (trial.let_go, trial.no_longer)
        counts[was] += 1
        if len(examples) < EXAMPLES:
            found = after or before
            words = [word for finding in found.values() for word in finding.words]
            text = comment.comment[:600]
            examples.append(
                Example(comment, [rules.BY_NAME[name].label for name in found], marked(text, words))
            )
    return trial


# --- switching on, and back ----------------------------------------------------------------------------------------
def save_draft(chosen, by, note=""):
    """Keep settings as a draft."""
    return PolicyVersion.objects.create(chosen=chosen, by=by, note=note, before=settings_of(Policy.current()))


def effect_of(version, policy):
    """Return {name: (value in `policy`, value with it)} of what a draft would change there: what was decided on other
    settings, or on other lines of a list, since the draft was written stays."""
    return _moves(policy, version.changes)


def _moves(policy, changes):
    now, moves = settings_of(policy), {}
    for name, before, after in changes:
        value = _moved(name, now[name], before, after)
        if value != now[name]:
            moves[name] = (now[name], value)
    return moves


def _moved(name, now, before, after):
    """Return a setting that is `now` after a change from `before` to `after`: of a list, only its lines come and go."""
    if name not in LISTS:
        return after
    is_text = isinstance(now, str)
    now, before, after = (each.splitlines() if is_text else each for each in (now, before, after))
    lines = [line for line in now if line in after or line not in before]
    lines += [line for line in after if line not in before and line not in now]
    return "\n".join(lines) if is_text else lines


def _take(moves, policy):
    for name, (_, value) in moves.items():
        setattr(policy, name, value)
    policy.full_clean(exclude=["id"])
    policy.save()


def _locked_policy():
    Policy.objects.get_or_create(pk=1)  # there may be no row yet
    return Policy.objects.select_for_update().get(pk=1)


def switch_on(version):
    """Let what a draft changes hold from now on. Raises AlreadyDecided when somebody was first."""
    with transaction.atomic():  # the version and the policy it names are one thing
        policy = _locked_policy()
        now = timezone.now()
        drafts = PolicyVersion.objects.filter(pk=version.pk, switched_on_at=None)
        if not drafts.update(switched_on_at=now):
            raise AlreadyDecided("Somebody else switched it on a moment ago.")
        on = PolicyVersion.objects.exclude(pk=version.pk).filter(
            switched_on_at__isnull=False, switched_off_at=None
        )
        on.update(switched_off_at=now)
        before = settings_of(policy)
        _take(effect_of(version, policy), policy)
        PolicyVersion.objects.filter(pk=version.pk).update(before=before, chosen=settings_of(policy))
    version.refresh_from_db()


def roll_back(version, by):
    """Take what a version changed back; the one that it replaced is on again. Later changes of other settings, and of
    other lines of a list, stay. Raises AlreadyDecided when it is off."""
    with transaction.atomic():  # the version and the policy are one thing
        policy = _locked_policy()
        on = PolicyVersion.objects.filter(pk=version.pk, switched_on_at__isnull=False, switched_off_at=None)
        if not on.update(switched_off_at=timezone.now(), rolled_back_by=by):
            raise AlreadyDecided("It is not switched on any more.")
        _take(_moves(policy, [(name, after, before) for name, before, after in version.changes]), policy)
        replaced = PolicyVersion.objects.filter(switched_off_at=version.switched_on_at, rolled_back_by=None)
        replaced.update(switched_off_at=None)
    version.refresh_from_db()


def _modes():
    """Return what gives the mode of an article under a policy: its own, else that of its topic, else the site’s. One query."""
    own = {(c.article_id, c.topic_id): c.mode for c in ModeChoice.objects.all()}

    def mode_of(article, policy):
        return own.get((article.pk, None)) or own.get((None, article.topic_id)) or policy.mode

    return mode_of


def still_holds(hold, policy, mode_of):
    """Whether a stored Hold would be there under `policy`: from the words and the value that were stored with it."""
    rule = rules.BY_NAME.get(hold.rule)
    if rule is None or (rule.can_be_switched_off and hold.rule in policy.switched_off):
        return False
    text, value = hold.comment.comment, hold.value
    if hold.rule == "suspect_words":
        return bool(rules.matching_words(policy.suspect_words, text))
    if hold.rule == "links":
        return bool(policy.links_held_from) and (value or 0) >= policy.links_held_from
    if hold.rule == "capitals":
        return (value or 0) >= policy.capitals_percent
    if hold.rule == "too_fast":
        return bool(policy.seconds_to_write) and (value or 0) < policy.seconds_to_write
    if hold.rule == "first_comments":
        is_cautious = mode_of(hold.comment.article, policy) == Mode.CAUTIOUS
        return is_cautious and (value or 0) < policy.approved_before_trust
    if hold.rule == "approve_first":
        return mode_of(hold.comment.article, policy) == Mode.APPROVE_FIRST
    if hold.rule == "reported":
        return bool(policy.reports_hold_from) and (value or 0) >= policy.reports_hold_from
    return True


def held_by_it_alone(version, by, most=AT_ONCE):
    """The comments that this version held and the settings before it did not, and that readers do not see: they wait, or
    were rejected before it was switched off. Of those, what `by` may see; and of one that is off, what nothing holds now.

    Four queries; looks at the newest thousand comments that the rules held while it was on.
    """
    if version.is_draft:
        return []
    without = [policy_of(version.before), *([] if version.is_on else [Policy.current()])]
    with_it, mode_of = policy_of(version.chosen), _modes()
    during = Q(at__gte=version.switched_on_at)
    if version.switched_off_at:
        during &= Q(at__lte=version.switched_off_at + LATE)
    unseen = [Comment.Status.HELD, Comment.Status.REJECTED, Comment.Status.SPAM]
    holds = Hold.objects.filter(during, comment__status__in=unseen).order_by("-at")
    ids = list(dict.fromkeys(holds.values_list("comment_id", flat=True)[:1000]))
    comments = (
        moderation.within(by)
        .filter(pk__in=ids)
        .select_related("article", "commenter")
        .prefetch_related("holds__comment")
    )
    if version.switched_off_at:
        comments = comments.exclude(decided_at__gt=version.switched_off_at)
    alone = []
    for comment in comments.order_by("stored"):
        holds = comment.holds.all()
        is_held_without = any(still_holds(hold, policy, mode_of) for policy in without for hold in holds)
        if not is_held_without and any(still_holds(hold, with_it, mode_of) for hold in holds):
            alone.append(comment)
    return alone[:most]


def offer_again(version, by):
    """Undo what only this version did, after it was rolled back: what waits is shown, what was rejected waits again.

    Returns (shown, waiting again). All of it is one decision, by the verbs of the desk, and undo takes it back whole.
    What `by` wrote themselves goes on waiting for another moderator; what somebody decided meanwhile stands.
    """
    alone = held_by_it_alone(version, by)
    waits = {comment.pk: comment.stamp for comment in alone if comment.status == Comment.Status.HELD}
    down = {comment.pk: comment.stamp for comment in alone if comment.pk not in waits}
    batch = uuid.uuid4()
    with transaction.atomic():  # both, and why what waits again does so
        shown = moderation.decide(Decision.Verb.APPROVE, waits, by=by, batch=batch).events
        again = moderation.decide(
            Decision.Verb.HOLD, down, by=by, batch=batch, note="The rule that held it was taken back."
        ).events
        Hold.objects.filter(comment__in=[event.comment_id for event in again]).delete()
        Hold.objects.bulk_create(Hold(comment_id=event.comment_id, rule="rolled_back") for event in again)
    return len(shown), len(again)


# --- the pages -----------------------------------------------------------------------------------------------------
def _moderator(request):
    if not moderation.decides_on_persons(request.user):
        raise PermissionDenied
    return request.user


def _decides_rules(request):
    """Who may switch rules on: the rights of the policy, beside those of a moderator."""
    _moderator(request)
    if not request.user.has_perm("comments.change_policy"):
        raise PermissionDenied
    return request.user


class DraftForm(forms.ModelForm):
    switched_on = forms.MultipleChoiceField(
        label="Rules that are on", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(r.name, r.moderator) for r in rules.RULES if r.can_be_switched_off],
    )  # fmt: skip
    note = forms.CharField(label="What for", required=False, max_length=200)

    class Meta:
        model = Policy
        fields = [name for name in FIELDS if name != "switched_off"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        off = set(self.instance.switched_off)
        self.initial["switched_on"] = [n for n, _ in self.fields["switched_on"].choices if n not in off]
        for name in ("suspect_words", "banned_words"):
            self.fields[name].max_length = 100_000
            self.fields[name].widget.attrs["rows"] = 6
        for item in self.visible_fields():
            if not isinstance(item.field.widget, forms.CheckboxSelectMultiple):
                item.field.widget.attrs["class"] = "input"

    def clean(self):
        cleaned = super().clean()
        on = set(cleaned.get("switched_on", []))
        cleaned["switched_off"] = [n for n, _ in self.fields["switched_on"].choices if n not in on]
        return cleaned

    @property
    def chosen(self):
        return {name: _plain(self.cleaned_data[name]) for name in FIELDS}


@require_safe
@_private
def rules_page(request):
    """The rules with their records, drafts and versions, and how the ranking does."""
    _moderator(request)
    policy, record = Policy.current(), rules_record()
    listed = [
        {
            "rule": rule, "record": record.get(rule.name, Record()),
            "is_on": not (rule.can_be_switched_off and rule.name in policy.switched_off),
        }
        for rule in rules.RULES
    ]  # fmt: skip
    context = {
        "current": "rules", "rules": listed, "versions": PolicyVersion.objects.select_related("by")[:30],
        "may_switch": request.user.has_perm("comments.change_policy"),
    }  # fmt: skip
    return render(request, "moderation/rules.html", context)


@_pages
@_private
def draft(request):
    """Change the settings as a draft, and see what they would have done."""
    user = _moderator(request)
    form = DraftForm(request.POST or None, instance=Policy.current())
    trial = None
    if request.method == "POST" and form.is_valid():
        if "save" in request.POST:
            version = save_draft(form.chosen, user, form.cleaned_data["note"])
            messages.success(request, "Kept as a draft. It holds nothing yet.")
            return redirect("comments:rules_version", id=version.pk)
        trial = try_on(form.chosen, user)
    context = {"current": "rules", "form": form, "trial": trial}
    return render(request, "moderation/rules_draft.html", context)


@_pages
@_private
def version(request, id):
    """A draft or a version: what it changes, what it would have done; switch it on, roll it back, offer again."""
    user = _moderator(request)
    found = get_object_or_404(PolicyVersion.objects.select_related("by", "rolled_back_by"), pk=id)
    if request.method == "POST":
        return _act(request, found, _decides_rules(request))
    labels = {f.name: f.verbose_name for f in Policy._meta.fields}
    changes, trial = found.changes, None
    if found.is_draft:  # beside what holds at this moment
        effect = effect_of(found, Policy.current())
        changes = [(name, *values) for name, values in effect.items()]
        trial = try_on({name: then for name, _, then in changes}, user)
    context = {
        "current": "rules", "version": found, "changes": [(labels[n], b, a) for n, b, a in changes],
        "trial": trial, "alone": held_by_it_alone(found, user),
        "may_switch": request.user.has_perm("comments.change_policy"),
    }  # fmt: skip
    return render(request, "moderation/rules_version.html", context)


def _act(request, found, user):
    try:
        if "switch_on" in request.POST:
            switch_on(found)
            messages.success(request, "Switched on. It holds for what is posted from now on.")
        elif "roll_back" in request.POST:
            roll_back(found, user)
            messages.success(request, "Rolled back.")
        elif "offer_again" in request.POST and found.switched_off_at:
            shown, again = offer_again(found, user)
            messages.success(request, f"{shown} approved, {again} put back into the queue.")
    except AlreadyDecided as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("comments:rules_version", id=found.pk)


@require_safe
@_private
def ranking_page(request):
    """How the ranking did on the last decisions, and its switch."""
    _moderator(request)
    context = {
        "current": "ranking", "live": ranking.live(), "state": ranking.state(),
        "may_switch": moderation.sees_all(request.user),
        "lane": moderation.within(request.user).likely_spam().select_related("article")[:10],
    }  # fmt: skip
    context["lane"] = [(comment, ranking.why(comment, most=5)) for comment in context["lane"]]
    return render(request, "moderation/ranking.html", context)


@require_POST
@_private
def switch_ranking(request):
    _moderator(request)
    if not moderation.sees_all(request.user):  # it is one for all topics
        raise PermissionDenied
    ranking.switch(request.POST.get("on") == "1")
    messages.success(
        request, "The ranking is on." if request.POST.get("on") == "1" else "The ranking is off."
    )
    return redirect("comments:ranking")
