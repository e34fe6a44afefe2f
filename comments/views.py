"""Reading and answering. What everybody reads is public and the same for all; what is somebody’s own is `private`."""

import logging
from functools import wraps
from io import BytesIO

import segno
from allauth.account import app_settings as account_settings
from allauth.account.views import confirm_email
from allauth.mfa.adapter import get_adapter as second_factors
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.paginator import Paginator
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Prefetch
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from articles.models import Article, FormerSlug
from articles.views import public
from comments import accounts, brake, emails, fairness, markup, moderation, names, posting, rules
from comments.conversation import SORTS, Conversation, count
from comments.forms import CommentForm, DataForm, EditForm, EraseForm, MailChoicesForm, ReadingForm
from comments.models import Comment, DataToken, Decision, Policy, Sanction, Token
from newsroom import marks, pages
from newsroom.views import forbidden, is_passing

logger = logging.getLogger(__name__)

_pages = require_http_methods(["GET", "HEAD", "POST"])


def _private(view):
    """Mark the answers of `view` as somebody’s own: no cache keeps them, no search engine lists them."""

    @never_cache
    @wraps(view)
    def marked(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"  # an address with a token in it is told to nobody
        return response

    return marked


def _published(slug):
    return get_object_or_404(Article.objects.published(), slug=slug)


# --- reading ------------------------------------------------------------------------------------------------------
@public
def conversation(request, slug):
    """The whole conversation on its own pages: threads in the order asked for, or one thread with `?thread=`."""
    article = _published(slug)
    sort, thread = ReadingForm(request.GET).read()
    talk = Conversation(article)
    number = request.GET.get("page")
    page = talk.thread_page(thread, number) if thread else talk.page(number, sort)
    if page is None:
        raise Http404
    pages.follow(request, page=page.number, sort=sort)
    return render(
        request,
        "comments/conversation.html",
        {
            "article": article,
            "talk": talk,
            "page": page,
            "thread": thread,
            "sort": sort,
            "sorts": SORTS,
            "address": request.path,
            "comment_count": count(article),
        },
    )


@require_safe
def comment(request, id):
    """The permalink: to the page and the anchor where the comment stands now."""
    comment = get_object_or_404(Comment.objects.visible().select_related("article"), pk=id)
    return redirect(Conversation(comment.article).place_of(comment))


# --- writing ------------------------------------------------------------------------------------------------------
@_pages
@_private
def new(request, slug):
    """The form on its own address, and the post. Whatever goes wrong, the answer holds every word that was sent."""
    article = Article.objects.filter(slug=slug).first()
    if article is None and (former := FormerSlug.objects.filter(slug=slug).select_related("article").first()):
        article = former.article
    if request.method == "POST":
        if article is None or not article.is_published:
            return _give_back(request)
        if "resend" in request.POST:
            return _resend(request)
        return _post(request, article)
    if article is None or not article.is_published:
        raise Http404
    if mark := request.GET.get("sent"):
        return _sent(request, article, mark)
    answers = None
    if asked := request.GET.get("reply_to"):
        if not asked.isdecimal() or len(asked) > 9:
            raise Http404
        answers = get_object_or_404(Comment.objects.visible(), pk=asked, article=article)
    initial = {"reply_to": answers.pk if answers else None, "started": posting.started()}
    form = CommentForm(article=article, user=_user(request), initial=initial)
    form.answers = answers
    return _form_page(request, article, form)


def _user(request):
    return request.user if request.user.is_authenticated else None


def _form_page(request, article, form, status=200, **context):
    # a script asks for the form alone, to open it under the comment that is answered
    alone = request.GET.get("part") == "form"
    template = "comments/_form.html" if alone else "comments/form.html"
    policy = Policy.current()
    user = _user(request)
    context = {
        "article": article,
        "form": form,
        "answers": form.answers,
        "why_closed": policy.why_closed(article),
        "who": policy.who_may_post_on(article),
        "name": names.display_name(user) if user else "",
        "address": reverse("comments:new", args=[article.slug]),
        "limit": form.fields["comment"].max_length,
        "kept_days": settings.COMMENT_DRAFT_KEPT_DAYS,
        "heading": "h3" if alone else "h1",
    } | context
    return render(request, template, context, status=status)


def _post(request, article):
    user = _user(request)
    data = request.POST.copy()
    form = CommentForm(data, article=article, user=user)
    if "preview" in data:
        preview = markup.render(markup.tidy(data.get("comment", "")[: form.fields["comment"].max_length]))
        return _form_page(request, article, form, preview=preview, is_preview=True)
    if not form.is_valid():
        if "reply_to" in form.errors:
            data["reply_to"] = ""
        return _form_page(request, article, form, status=422)
    try:
        return _store(request, article, form, user)
    except OperationalError as error:
        # the database is locked or away; nothing was stored, and the words are still here
        if not is_passing(error):
            logger.exception("A comment could not be stored", extra={"request": request})
        problem = "Your comment could not be stored just now. Please send it again in a moment."
        response = _form_page(request, article, form, status=503, problem=problem)
        response["Retry-After"] = "10"
        return response


def _store(request, article, form, user):
    sent = form.cleaned_data
    name, email = (names.display_name(user), user.email) if user else (sent["name"], sent["email"])
    draft = posting.draft_of(
        article, sent["comment"], user=user, email=email, request=request, answers=form.answers,
        honey=sent["website"], seconds=posting.seconds_since(sent["started"]),
    )  # fmt: skip
    if not user and draft.policy.who_may_post_on(article) == Policy.WhoMayPost.MEMBERS:
        problem = "Comments here are for members. Log in, and send it from there: this page keeps your words."
        return _form_page(request, article, form, status=403, problem=problem)
    verdict = rules.judge(draft)
    if verdict.is_refused:
        if verdict.is_rate and (same := posting.sent_before(draft, user=user, email=email)):
            return _leads_to(same, article)
        if verdict.refused_by.name == "rate_of_newcomers":
            brake.turn_away(article)
        return _refused(request, article, form, verdict)
    if verdict.nudges and draft.policy.nudge and not sent["nudged"]:
        form.data["nudged"] = "1"
        return _form_page(request, article, form, status=422, nudges=verdict.nudges)
    comment, _ = posting.post(draft, verdict, user=user, name=name, email=email, follow=sent["follow"])
    return _leads_to(comment, article)


def _leads_to(comment, article):
    if comment.is_visible:
        return redirect(Conversation(comment.article).place_of(comment))
    return redirect(f"{reverse('comments:new', args=[article.slug])}?sent={posting.sent_mark(comment)}")


def _refused(request, article, form, verdict):
    again_at = verdict.refusal.again_at
    response = _form_page(
        request,
        article,
        form,
        status=429 if verdict.is_rate else 403,
        problem=verdict.refusal_sentence,
        leads_to_own=verdict.refused_by.name == "warned" and request.user.is_authenticated,
        why_closed="",
    )
    if again_at:
        response["Retry-After"] = str(max(1, int((again_at - timezone.now()).total_seconds())))
    return response


def _give_back(request):
    """The article is gone since the form was opened: nothing is said of it, and the words are given back."""
    if not request.POST.get("comment"):
        raise Http404
    return render(request, "comments/given_back.html", {"text": request.POST["comment"]}, status=404)


def _sent(request, article, mark):
    comment = posting.sent_by_mark(mark)
    if comment is None or comment.article_id != article.pk:
        return redirect("comments:conversation", article.slug)
    return render(
        request,
        "comments/sent.html",
        {
            "article": article,
            "comment": comment,
            "mark": mark,
            "reasons": [rules.BY_NAME[h.rule].reader for h in comment.holds.all() if h.rule in rules.BY_NAME],
            "resent": request.GET.get("resent"),
        },
    )


def _resend(request):
    """Ask again for the link. The answer is the same whether a mail goes out now, later, or went out before."""
    comment = posting.sent_by_mark(request.POST["resend"])
    if comment and comment.status == Comment.Status.UNCONFIRMED:
        emails.ask_for_confirmation(comment)
    return redirect(f"{request.path}?sent={request.POST['resend']}&resent=1")


def csrf_failure(request, reason=""):
    """A lost or changed cookie must not cost the words of a comment: the form comes back with them and a new token."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        match = None
    if match and match.view_name == "comments:new":
        article = Article.objects.published().filter(slug=match.kwargs["slug"]).first()
        if article:
            form = CommentForm(request.POST.copy(), article=article, user=_user(request))
            problem = "This page had been open for long, or your cookies changed. Please send it once more."
            response = _private(_form_page)(request, article, form, status=403, problem=problem)
            return response
        return _private(_give_back)(request)
    return forbidden(request, is_lost=True)


# --- confirming ---------------------------------------------------------------------------------------------------
@_pages
@_private
def confirm(request, token):
    """The link that was mailed: reading it changes nothing, the button confirms."""
    found = Token.find(token)
    if found is None:
        raise Http404
    comment = found.comment
    context = {"comment": comment, "article": comment.article, "token": token}
    if request.method == "POST" and "resend" in request.POST:
        if comment.status == Comment.Status.UNCONFIRMED:
            emails.ask_for_confirmation(comment)
        return render(request, "comments/confirm.html", context | {"state": "resent"})
    if comment.status != Comment.Status.UNCONFIRMED:
        return render(request, "comments/confirm.html", context | {"state": "done"})
    if not found.is_good or (request.method == "POST" and not found.use()):
        return render(request, "comments/confirm.html", context | {"state": "expired"}, status=400)
    if request.method == "POST":
        if comment.is_visible and comment.article.is_published:
            return redirect(Conversation(comment.article).place_of(comment))
        return render(request, "comments/confirm.html", context | {"state": "done"})
    return render(request, "comments/confirm.html", context | {"state": "asks"})


# --- one’s own ----------------------------------------------------------------------------------------------------
def _own(request, id):
    """The comment with this id if the request is its writer’s: by the account, or by the mark of a comment just sent."""
    mark = request.POST.get("mark") or request.GET.get("mark")
    if mark:
        comment = posting.sent_by_mark(mark)
        if comment is None or comment.pk != id:
            raise Http404
        return comment, mark
    if not request.user.is_authenticated:
        raise Http404
    return get_object_or_404(Comment.objects.select_related("article"), pk=id, user=request.user), ""


def _back_from(request, comment, mark):
    if mark:
        return redirect(f"{reverse('comments:new', args=[comment.article.slug])}?sent={mark}")
    return redirect("comments:mine")


@_pages
@_private
def edit(request, id):
    """Change one’s own comment within five minutes. The rules run again; whatever they say, the words are kept."""
    comment, mark = _own(request, id)
    form = EditForm(request.POST if request.method == "POST" else None, initial={"comment": comment.comment})
    context = {"comment": comment, "article": comment.article, "form": form, "mark": mark}
    if not comment.can_be_edited:
        context["problem"] = (
            "A comment can be changed for five minutes after it was sent. This one stays as it is."
        )
        return render(request, "comments/edit.html", context, status=403)
    if request.method != "POST" or not form.is_valid():
        return render(request, "comments/edit.html", context, status=422 if form.errors else 200)
    text = form.cleaned_data["comment"]
    if text == comment.comment:
        return _back_from(request, comment, mark)
    draft = posting.draft_of(
        comment.article, text, user=comment.user, email=comment.user_email, request=request, editing=comment,
        answers=comment.answers,
    )  # fmt: skip
    verdict = rules.judge(draft)
    if verdict.is_refused:
        context["problem"] = verdict.refusal_sentence
        return render(request, "comments/edit.html", context, status=403)
    try:
        comment.edit(text, verdict.holds_for(comment))
    except IntegrityError:
        context["problem"] = "You said the same here before."
        return render(request, "comments/edit.html", context, status=403)
    return _back_from(request, comment, mark)


@_pages
@_private
def delete(request, id):
    """Take one’s own comment back."""
    comment, mark = _own(request, id)
    if request.method == "POST":
        if comment.status != Comment.Status.REMOVED:
            comment.remove(by=_user(request))
        return _back_from(request, comment, mark)
    context = {"comment": comment, "article": comment.article, "mark": mark}
    return render(
        request, "comments/delete.html", context | {"kept_days": settings.COMMENT_REMOVED_KEPT_DAYS}
    )


@require_safe
@_private
@login_required
def mine(request):
    """All that the person wrote, with what became of it and why."""
    own = (
        Comment.objects.filter(commenter__user=request.user)
        .exclude(status=Comment.Status.REMOVED)
        .select_related("article", "appeal")
        .prefetch_related("holds", Prefetch("decisions", Decision.objects.verdicts()))
        .order_by("-pk")
    )
    page = Paginator(own, 20).get_page(request.GET.get("page"))
    for comment in page:
        comment.reasons = [
            rules.BY_NAME[h.rule].reader for h in comment.holds.all() if h.rule in rules.BY_NAME
        ]
        comment.decided = next(
            (d for d in reversed(comment.decisions.all()) if d.became == comment.status), None
        )
        comment.may_appeal = fairness.Appeal.may_follow(comment, comment.decided)
    warnings = Sanction.objects.filter(
        commenter__user=request.user, kind=Sanction.Kind.WARN, lifted_at=None, acknowledged_at=None
    )
    warnings = [(w, moderation.warning_token(w)) for w in warnings if w.commenter_is_told]
    return render(request, "comments/mine.html", {"page": page, "warnings": warnings})


@_pages
@_private
def warning(request, token):
    """What a moderator wrote to a person, and the button that says that it was read. The signed link is the proof."""
    found = moderation.warning_of(token)
    if found is None:
        raise Http404
    if request.method == "POST" and found.acknowledged_at is None:
        moderation.acknowledge(found)
        found.refresh_from_db()
    return render(request, "comments/warning.html", {"warning": found})


@_pages
@_private
@login_required
def account(request):
    """The account: where everything of one’s own is, and which mail is wanted."""
    person = posting.commenter_of(request.user)
    form = MailChoicesForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect(f"{request.path}?saved=1")
    context = {
        "form": form, "name": names.display_name(request.user), "saved": request.GET.get("saved"),
        "moderates": moderation.may_enter(request.user),
    }  # fmt: skip
    return render(request, "comments/account.html", context)


@_pages
@_private
def confirm_address(request, key):
    """allauth's own page, which would take the link of a machine whose clock was ahead."""
    try:
        marks.read(key, salt=account_settings.SALT)
    except signing.BadSignature:
        raise Http404 from None
    return confirm_email(request, key=key)


@_pages
@_private
@login_required
def own_name(request):
    """Change the name that stands with one’s comments. That of staff is set by those who run the site."""
    if request.user.is_staff:
        raise Http404
    initial = {"name": names.display_name(request.user)}
    form = accounts.OwnNameForm(
        request.POST if request.method == "POST" else None, initial=initial, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("comments:account")
    return render(request, "comments/name.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@_private
@login_required
def my_data(request):
    """All that is stored about the person, as a file."""
    return _as_file(accounts.everything_about(request.user))


def _as_file(data):
    response = JsonResponse(data, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@_pages
@_private
def data_without_account(request):
    """Ask for the link to what is stored under an address. The answer tells nobody whether anything is."""
    form = DataForm(request.POST if request.method == "POST" else None)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked:
        emails.ask_for_data(form.cleaned_data["email"])
    context = {"form": form, "is_asked": is_asked}
    return render(request, "comments/data.html", context, status=422 if form.errors else 200)


@_pages
@_private
def data_by_mail(request, token):
    """The link that was mailed: reading it changes nothing; a button downloads everything or erases the person."""
    found = DataToken.find(token)
    if found is None:
        raise Http404
    erases = "erase" in request.POST
    form = EraseForm(request.POST if erases else None)
    context = {"form": form, "person": found.commenter}
    # whoever has made an account since is asked for more than a mailbox
    is_theirs = not found.commenter.user_id
    if not is_theirs or not found.is_good:
        return render(request, "comments/data_by_mail.html", context | {"state": "expired"}, status=400)
    wants = request.method == "POST" and (form.is_valid() if erases else "download" in request.POST)
    if not wants:
        return render(request, "comments/data_by_mail.html", context, status=422 if form.errors else 200)
    with transaction.atomic():  # a link is used up by what it did, and by nothing less
        if not found.use():
            return render(request, "comments/data_by_mail.html", context | {"state": "expired"}, status=400)
        if not erases:
            return _as_file(accounts.everything_written_by(found.commenter))
        accounts.erase_person(found.commenter, keep_comments=form.cleaned_data["comments"] == "keep")
    return render(request, "comments/data_by_mail.html", {"state": "erased"})


@require_safe
@_private
@login_required
def totp_qr(request):
    """The secret of the second factor that is being set up, as a QR code: the policy allows no picture within a page."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    code = segno.make(second_factors().build_totp_url(request.user, secret), error="m")
    out = BytesIO()
    code.save(out, kind="svg", scale=5, border=4, light="#fff")
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


@_pages
@_private
@login_required
def erase(request):
    """Delete the account, and the comments or the name on them. Staff are deleted by those who run the site."""
    form = EraseForm(request.POST if request.method == "POST" else None)
    is_staff = request.user.is_staff or request.user.is_superuser
    if request.method == "POST" and form.is_valid() and not is_staff:
        user = request.user
        logout(request)
        accounts.erase(user, keep_comments=form.cleaned_data["comments"] == "keep")
        return render(request, "comments/erase.html", {"is_done": True})
    context = {"form": form, "is_staff": is_staff}
    return render(request, "comments/erase.html", context, status=422 if form.errors else 200)


@csrf_exempt  # RFC 8058: the mail program of the reader posts, without a cookie; the signed address is the permission
@_pages
@_private
def unsubscribe(request, token):
    """The way out that stands in every mail: a button for persons, one POST for mail programs."""
    found = emails.unsubscribe(token)
    if found is None:
        raise Http404
    person, kind = found
    choice = emails.CHOICES[kind]
    if request.method == "POST":
        setattr(person, choice, False)
        person.save(update_fields=[choice])
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse("Unsubscribed", content_type="text/plain")
    what = person._meta.get_field(choice).verbose_name
    return render(
        request, "comments/unsubscribe.html", {"what": what, "is_done": not getattr(person, choice)}
    )
