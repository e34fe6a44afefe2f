"""Readers' accounts, on top of django-allauth: the name they are known by, mail through the queue, their data."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme

from articles.models import one_line
from comments import emails, logins, names, ranking, search
from comments.fairness import Appeal
from comments.models import Comment, Commenter, Decision, Follow, Mail, Recommendation, Report
from newsroom import pages
from newsroom.addresses import client_address, is_for_staff
from newsroom.views import forbidden


class NameForm(forms.Form):
    """What registering asks beside address and password."""

    name = forms.CharField(
        max_length=50,
        help_text="Shown with your comments.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1"]
    user = None

    def clean_name(self):
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError("Please give a name: it is shown with your comments.")
        if names.is_taken(name, self.user):
            raise ValidationError("This is the name of someone who works here. Please choose another one.")
        return name

    def signup(self, request, user):
        user.first_name = self.cleaned_data["name"]
        user.save(update_fields=["first_name"])


class OwnNameForm(NameForm):
    """Another name for the comments that a reader writes from now on; those that are there keep theirs."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
        self.user = user
        self.fields["name"].widget.attrs["class"] = "input"

    def save(self):
        self.user.first_name, self.user.last_name = self.cleaned_data["name"], ""
        self.user.save(update_fields=["first_name", "last_name"])
        Commenter.objects.filter(user=self.user).update(name=self.user.first_name)


class AccountAdapter(DefaultAccountAdapter):
    """Mail of an account goes through the queue, and its links name our own host whatever host was asked for."""

    def send_mail(self, template_prefix, email, context):
        if not logins.may_be_mailed(email, template_prefix):
            return  # the answer is the same: nobody learns which
        message = self.render_mail(
            template_prefix, email, {"email": email, "current_site": _Site()} | context
        )
        emails.queue_account_mail(email, message.subject, message.body)

    def get_email_confirmation_url(self, request, emailconfirmation):
        return emails.site_address(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key):
        user, token = key.split("-", 1)
        return emails.site_address(
            reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": token})
        )

    def is_safe_url(self, url):
        """Whether a log-in may lead there: to this host. allauth takes every host that the site answers to."""
        here, is_secure = self.request.get_host(), self.request.is_secure()
        return url_has_allowed_host_and_scheme(url, allowed_hosts={here}, require_https=is_secure)

    def format_email_subject(self, subject):
        return subject

    def get_client_ip(self, request):
        return client_address(request) or "unknown"  # behind a socket there is none

    def pre_authenticate(self, request, **credentials):
        login = (credentials.get("email") or credentials.get("username") or "").lower()
        self._login_failed_rl_usage = logins.count_attempt(request, login)

    def get_login_stages(self):
        ours = {"allauth.account.stages.EmailVerificationStage": "comments.logins.AddressProved"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def post_login(self, request, user, **told):
        response = super().post_login(request, user, **told)
        logins.remember_device(response, user)
        return response


class _Site:
    """What allauth's mails call the site."""

    def __init__(self):
        self.name, self.domain = settings.SITE_NAME, settings.SITE_URL


def second_factor(get_response):
    """Middleware: with STAFF_SECOND_FACTOR, nobody gets to the desk whose account has neither passkey nor one-time codes."""

    def middleware(request):
        if not settings.STAFF_SECOND_FACTOR or not is_for_staff(request.path):
            return get_response(request)
        if not request.user.is_authenticated or is_mfa_enabled(request.user):
            return get_response(request)
        if request.method == "GET":
            messages.warning(
                request, "To open the desk, add a passkey or one-time codes to your account first."
            )
            return redirect("mfa_index")
        return forbidden(request, "The desk asks for a second factor: add one to your account first.")

    return middleware


class AccountPages:
    """What stands under /account/ is somebody's own: no cache keeps it. And it stands under our name."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith("/account/"):
            patch_cache_control(response, private=True, no_store=True)
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    def process_template_response(self, request, response):
        # allauth gives its pages the row of django.contrib.sites as “site”; ours is the publication, with its topics
        if request.path.startswith("/account/") and response.context_data:
            response.context_data.pop("site", None)
        return response


# --- my data ------------------------------------------------------------------------------------------------------
def everything_about(user):
    """Return all that is stored about a reader with an account, as plain data."""
    person = Commenter.objects.filter(user=user).first()
    return {
        "account": {
            "name": names.display_name(user),
            "username": user.get_username(),
            "email": user.email,
            "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
            "joined_at": user.date_joined,
            "last_login_at": user.last_login,
        },
        **everything_written_by(person),
        "recommended": list(Recommendation.objects.filter(user=user).values("comment", "at")),
        "reported": list(Report.objects.filter(user=user).values("comment", "reason", "line", "at")),
        "letters": [
            {"article": letter.article.headline, "sent_at": letter.sent_at}
            for letter in user.letters.select_related("article")
        ],
        "letters_waiting": [  # whom a letter went to and its note are forgotten once it is sent
            {"to": mail.to, "note": mail.words["note"], "created_at": mail.created_at}
            for mail in Mail.objects.filter(kind=Mail.Kind.LETTER, words__sender=user.pk)
        ],
    }


def everything_written_by(person):
    """Return all that is stored about a Commenter, with an account or without, as plain data. None: nothing is."""
    comments = Comment.objects.filter(commenter=person) if person else Comment.objects.none()
    return {
        "address": person
        and {"name": person.name, "email": person.email, "first_seen_at": person.first_seen_at},
        "mail": person and {f: getattr(person, f) for f in ("mail_confirm", *Commenter.MAIL_CHOICES)},
        "standing": person and Commenter.Standing(person.holds_now[0]).label,
        "sanctions": list(person.sanctions.values("kind", "reason", "words", "at", "until", "lifted_at"))
        if person
        else [],
        "comments": [
            {
                "id": c.pk,
                "article": c.article.headline,
                "text": c.comment,
                "name": c.user_name,
                "email": c.user_email,
                "status": c.get_status_display(),
                "sent_at": c.submit_date,
                "edited_at": c.edited_at,
                "earlier_versions": [{"text": r.text, "until": r.at} for r in c.revisions.all()],
                "decisions": [
                    {
                        "at": d.at,
                        "became": d.get_became_display() or str(d),
                        "reason": d.get_reason_display(),
                        "note": d.note,
                    }
                    for d in c.decisions.all()
                ],
            }
            for c in comments.select_related("article")
            .order_by("path")
            .prefetch_related("revisions", "decisions")
        ],
        "followed": list(Follow.objects.filter(commenter=person).values("thread", "at")) if person else [],
        "mails": list(person.mails.values("kind", "to", "created_at", "sent_at")) if person else [],
    }


FORMER = "A former reader"


def erase(user, *, keep_comments):
    """Delete an account and all that names the person. Their comments stay as “A former reader”, or go with them."""
    with transaction.atomic():  # never half a person
        addresses = EmailAddress.objects.filter(user=user)
        of_theirs = {user.email.lower(), *(address.email.lower() for address in addresses)}
        for person in Commenter.objects.filter(user=user):
            erase_person(person, keep_comments=keep_comments)
        _sign_off(Comment.objects.filter(user=user), keep_comments)
        for rows in (get_user_model().objects.filter(pk=user.pk), addresses):
            _forget_in_the_admins_log(rows)
        _forget_mail(of_theirs)
        Mail.objects.waiting().filter(kind=Mail.Kind.LETTER, words__sender=user.pk).delete()
        Report.objects.filter(user=user).update(user=None, line="")
        for recommendation in Recommendation.objects.filter(user=user).select_related("comment"):
            Recommendation.toggle(recommendation.comment, user=user)
        _end_sessions(user)
        get_user_model().objects.get(pk=user.pk).delete()


def erase_person(person, *, keep_comments):
    """Delete a Commenter with all that names them: what a reader without an account has here."""
    with transaction.atomic():  # never half a person
        Decision.objects.filter(commenter=person).forget_notes()
        _sign_off(Comment.objects.filter(commenter=person), keep_comments)
        _forget_in_the_admins_log(Commenter.objects.filter(pk=person.pk))
        _forget_mail({person.email})
        person.delete()


def _sign_off(comments, keep_comments):
    _forget_in_the_admins_log(comments)
    Appeal.objects.filter(comment__in=comments).forget_words()
    Decision.objects.filter(comment__in=comments).forget_notes()
    for comment in comments:
        comment.revisions.all().delete()
        if not keep_comments:
            comment.holds.update(words=[])
            if comment.status != Comment.Status.REMOVED:
                comment.remove(keep_words=False)
        ranking.forget_gone(comment)
        comment.user, comment.commenter = None, None
        comment.user_name, comment.user_email, comment.user_url = FORMER, "", ""
        comment.fingerprint, comment.followup, comment.badge = None, False, Comment.Badge.NONE
        comment.from_address, comment.from_network, comment.newcomer_at = "", "", None
        comment.save()
    search.forget_gone()
    transaction.on_commit(pages.forget)


def _forget_mail(addresses):
    mails = Mail.objects.filter(to__in=addresses - {""})
    _forget_in_the_admins_log(mails)
    mails.delete()


def _forget_in_the_admins_log(rows):
    """Take what `rows` are called out of what the admin noted of them: who did something there, and when, stays."""
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
    noted = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(rows.model), object_id__in=ids
    )
    noted.update(object_repr=FORMER, change_message="")


def _end_sessions(user):
    """End the log-ins of other browsers, which hold the address. A session does not say whose it is: all are looked at,
    a second for some ten thousand."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
