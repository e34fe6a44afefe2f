"""The pages of fairness: a writer's second look, what came of one's reports, appeals and blind second opinions for the
desk, its numbers, and the rules as the public reads them."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from articles.views import public
from comments import care, fairness, moderation, numbers, rules
from comments.fairness import Appeal, SecondOpinion
from comments.forms import (
    AppealForm,
    AppealOutcomeForm,
    PeriodForm,
    SecondOpinionForm,
    VeilForm,
)
from comments.models import AlreadyDecided, Comment, Policy, RejectionReason
from comments.views import _pages, _private


def _moderator(request):
    """Return who asks, if they may decide at the desk. Raises PermissionDenied for everybody else."""
    if not moderation.decides_on_persons(request.user):
        raise PermissionDenied
    return request.user


# --- for the writer -----------------------------------------------------------------------------------------------
@_pages
@_private
@login_required
def appeal(request, id):
    """Ask for a second look at one’s own comment."""
    comment = get_object_or_404(
        Comment.objects.select_related("article", "commenter"), pk=id, commenter__user=request.user
    )
    return _appeal(request, comment)


@_pages
@_private
def appeal_by_mail(request, token):
    """The same by the link of the mail: a guest has no other page of their own."""
    comment = fairness.comment_of_token(token)
    if comment is None:
        raise Http404
    return _appeal(request, comment)


def _appeal(request, comment):
    if comment.status == Comment.Status.REMOVED:
        raise Http404
    form = AppealForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                Appeal.file(comment, form.cleaned_data["words"])
                return redirect(request.path)
            except ValidationError as error:
                form.add_error(None, error)
    filed = Appeal.objects.filter(comment=comment).first()
    context = {
        "comment": comment,
        "article": comment.article if comment.article.is_published else None,
        "decision": fairness.taken_down_by(comment) if comment.status in fairness.TAKEN_DOWN else None,
        "appeal": filed,
        "why_not": Appeal.why_not(comment),
        "form": form,
    }
    return render(request, "comments/appeal.html", context, status=status)


@require_safe
@_private
@login_required
def my_reports(request):
    """What the person reported and what came of it."""
    page = Paginator(fairness.reports_of(request.user), 20).get_page(request.GET.get("page"))
    return render(request, "comments/my_reports.html", {"page": page})


# --- appeals at the desk ------------------------------------------------------------------------------------------
@require_safe
@_private
def appeals(request):
    """The appeals that wait, the oldest first, and those decided lately."""
    user = _moderator(request)
    mine = moderation.in_topics_of(user, Appeal.objects.for_cards())
    page = Paginator(mine.waiting(), 10).get_page(request.GET.get("page"))
    veils = care.veils_for(user)
    takedowns = fairness.takedowns_of([each.comment_id for each in page])
    for each in page:
        _prepare(each.comment, veils)
        took_down = takedowns[each.comment_id]
        each.holds_down = took_down[-1] if took_down else each.decision  # somebody decided anew, perhaps
        each.is_mine_to_decide = each.may_be_decided_by(user, took_down)
        each.is_of_mine = each.comment.is_written_by(user)
    decided = mine.decided().order_by("-decided_at")[:10]
    context = {
        "page": page,
        "decided": decided,
        "has_others": fairness.other_moderators(user),
        "form": AppealOutcomeForm(),
        "current": "appeals",
    }
    return render(request, "moderation/appeals.html", context)


def _prepare(comment, veils):
    comment.veiled = veils and care.is_rough(comment)
    comment.reasons = [
        rules.BY_NAME[hold.rule].moderator for hold in comment.holds.all() if hold.rule in rules.BY_NAME
    ]


@require_POST
@_private
def decide_appeal(request, id):
    """One appeal, decided by another moderator than the one who took the comment down."""
    user = _moderator(request)
    found = get_object_or_404(moderation.in_topics_of(user, Appeal.objects.all()), pk=id)
    form = AppealOutcomeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Please choose what becomes of the comment.")
        return redirect("comments:appeals")
    note = form.cleaned_data["note"]
    try:
        if form.cleaned_data["outcome"] == Appeal.Outcome.REOPENED:
            found.reopen(by=user, note=note)
        else:
            found.let_stand(by=user, note=note)
    except AlreadyDecided as error:
        messages.error(request, str(error))
    else:
        words = f"{found.get_outcome_display()}. Its writer is told."
        messages.success(request, words, extra_tags=f"undo:{found.answer_id}")
    return redirect("comments:appeals")


# --- blind second opinions ----------------------------------------------------------------------------------------
@_pages
@_private
def second_opinions(request):
    """One decision of somebody else, without what was decided; below it, how often two agree."""
    user = _moderator(request)
    mine = moderation.in_topics_of(user, SecondOpinion.objects.all())
    waiting = mine.waiting_for(user).select_related("comment__article")
    waiting = waiting.prefetch_related("comment__holds", "comment__reports")
    form, status = SecondOpinionForm(), 200
    if request.method == "POST":
        asked = get_object_or_404(mine, pk=_number(request.POST.get("opinion")))
        form = SecondOpinionForm(request.POST)
        if form.is_valid():
            try:
                asked.give(user, form.cleaned_data["verdict"], form.cleaned_data["reason"])
                messages.success(request, "Thank you. The comment itself stays as it is.")
                return redirect("comments:second_opinions")
            except AlreadyDecided as error:
                messages.error(request, str(error))
                return redirect("comments:second_opinions")
            except ValidationError as error:
                form.add_error(None, error)
        status = 422
        opinion = waiting.filter(pk=asked.pk).first() or waiting.first()
    else:
        opinion = waiting.first()
    if opinion:
        _prepare(opinion.comment, care.veils_for(user))
    # whose decisions differ is told to the two of them, and to who may change the policy
    differing = mine.disagreeing().select_related("comment__article", "first_by", "by")
    if not user.has_perm("comments.change_policy"):
        differing = differing.filter(first_by=user) | differing.filter(by=user)
    agreement = fairness.agreements(timezone.now() - numbers.A_SEASON)
    names = numbers.reason_words()
    context = {
        "opinion": opinion,
        "form": form,
        "overall": agreement.overall,
        "tables": [
            ("By the rule that held the comment", [(_rule(a.name), a) for a in agreement.by_rule]),
            ("By the reason given", [(names.get(a.name, a.name), a) for a in agreement.by_reason]),
        ],
        "differing": differing.order_by("-at")[:10],
        "current": "second",
    }
    return render(request, "moderation/second_opinions.html", context, status=status)


def _rule(name):
    return rules.BY_NAME[name].moderator if name in rules.BY_NAME else name


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0


# --- numbers and care ---------------------------------------------------------------------------------------------
@require_safe
@_private
def numbers_page(request):
    """How the desk is doing, for a day, a week or a season."""
    user = _moderator(request)
    form = PeriodForm(request.GET)
    period = form.cleaned_data["period"] if form.is_valid() else "week"
    context = {
        "period": period,
        "periods": numbers.PERIODS.items(),
        "waiting": numbers.waiting(moderation.within(user)),
        "is_kept": not moderation.sees_all(user),
        "n": numbers.numbers_of(period, moderation.topics_of(user)),
        "today": care.done_today(user),
        "veils": care.veils_for(user),
        "appeals_waiting": moderation.in_topics_of(user, Appeal.objects.waiting()).order_by().count(),
        "current": "numbers",
    }
    return render(request, "moderation/numbers.html", context)


@require_POST
@_private
def choose_veil(request):
    """Whether rough comments are blurred for this moderator."""
    user = _moderator(request)
    form = VeilForm(request.POST)
    if form.is_valid():
        care.choose_veil(user, form.cleaned_data["veils_rough"])
        messages.success(request, "Your choice is kept.")
    return redirect("comments:numbers")


# --- for the public -----------------------------------------------------------------------------------------------
@partial(public, kept=False)  # its numbers are those of the log
def about_comments(request):
    """The rules in plain words, what happens to a comment, how to appeal, and the numbers of each year."""
    policy = Policy.current()
    off = {*policy.switched_off, *([] if policy.newcomers_in_ten_minutes else ["rate_of_newcomers"])}
    on = [each for each in rules.RULES if not each.can_be_switched_off or each.name not in off]
    # several rules have one sentence: it is said once
    context = {
        "policy": policy,
        "refusing": list(dict.fromkeys(each.reader for each in on if each.refuses)),
        "holding": list(dict.fromkeys(_public_sentences(on, policy))),
        "reasons": list(RejectionReason.objects.filter(is_offered=True).values_list("words", flat=True)),
        "years": numbers.years(),
        "days_to_appeal": Appeal.WITHIN.days,
        "share": settings.COMMENT_SECOND_OPINIONS,
    }
    return render(request, "comments/about_comments.html", context)


def _public_sentences(on, policy):
    for each in on:
        if each.refuses or (each.name == "approve_first" and policy.mode != "approve_first"):
            continue
        if each.name == "first_comments" and policy.mode != "cautious":
            continue
        yield each.reader
    if policy.reports_hold_from:
        yield rules.BY_NAME["reported"].reader
