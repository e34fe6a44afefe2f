"""What readers send: every input goes through one of these."""

from datetime import date, datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm, SignupForm, UserTokenForm
from allauth.mfa.adapter import get_adapter as second_factors
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.http import base36_to_int

from articles.models import Article, Topic, one_line
from comments import markup, moderation, names, numbers, rules
from comments.conversation import SORTS
from comments.models import Comment, Commenter, Decision, RejectionReason, Report, Sanction
from newsroom import marks


class ReadingForm(forms.Form):
    """Which part of a conversation is asked for. Nonsense is forgiven: the first page in the usual order."""

    sort = forms.CharField(required=False)
    thread = forms.IntegerField(required=False, min_value=1, max_value=10**9)

    def read(self):
        """Return (order, thread or None)."""
        self.is_valid()
        sort = self.cleaned_data.get("sort")
        return sort if sort in SORTS else "oldest", self.cleaned_data.get("thread")


class LogInForm(LoginForm):
    """allauth's, in our words."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Mail address or user name"
        self.fields["remember"].label = "Keep me logged in here"


class SignUpForm(SignupForm):
    """allauth's, which is done sooner where the address has an account: it had no password to hash."""

    def try_save(self, request):
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ResetLinkForm(UserTokenForm):
    """allauth's, which would take the link of a machine whose clock was ahead."""

    def clean(self):
        cleaned = super().clean()
        seconds, _ = cleaned["key"].split("-")  # since 2001, by the clock on the wall: as Django writes them
        made_at = datetime(2001, 1, 1) + timedelta(seconds=base36_to_int(seconds))
        if made_at > datetime.now() + timedelta(seconds=marks.SKEW):
            raise get_adapter().validation_error("invalid_password_reset")
        return cleaned


def _read(clean):
    """Return what a form of a passkey makes of the answer. allauth's break on what no browser answers: it is as wrong as
    any other."""
    try:
        return clean()
    except (AttributeError, KeyError, TypeError, ValueError):
        raise second_factors().validation_error("incorrect_code") from None


class _PasskeyAnswer:
    def clean_credential(self):
        return _read(super().clean_credential)


class PasskeyLogInForm(_PasskeyAnswer, LoginWebAuthnForm):
    pass


class PasskeyStepForm(_PasskeyAnswer, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_PasskeyAnswer, ReauthenticateWebAuthnForm):
    pass


class NewPasskeyForm(AddWebAuthnForm):
    def clean(self):
        return _read(super().clean)


class _TextForm(forms.Form):
    """The field that all who write fill in."""

    comment = forms.CharField(
        label="Comment",
        max_length=settings.COMMENT_MAX_LENGTH,
        error_messages={
            "required": "Please write something.",
            "max_length": "This is %(show_value)s characters long. Please shorten it to %(limit_value)s or fewer.",
        },
        widget=forms.Textarea(attrs={"class": "input", "rows": 6, "data-limit": settings.COMMENT_MAX_LENGTH}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
        # a browser would cut a pasted text without a word: it is taken whole, and its writer shortens it
        self.fields["comment"].widget.attrs.pop("maxlength", None)

    def clean_comment(self):
        text = markup.tidy(self.cleaned_data["comment"])
        if not text:
            raise forms.ValidationError("Please write something.")
        return text


class CommentForm(_TextForm):
    """A new comment. Without an account it asks for a name and an address; `reply_to` names a visible comment."""

    name = forms.CharField(
        max_length=50, error_messages={"required": "Please give a name: it is shown with your comment."},
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "name"}),
    )  # fmt: skip
    email = forms.EmailField(
        label="Email", max_length=254,
        error_messages={"required": "Please give your address: it is never shown."},
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email"}),
    )  # fmt: skip
    follow = forms.BooleanField(required=False, label="Mail me when someone replies in this thread")
    reply_to = forms.IntegerField(required=False, min_value=1, max_value=10**9, widget=forms.HiddenInput)
    started = forms.CharField(required=False, widget=forms.HiddenInput)
    nudged = forms.CharField(required=False, widget=forms.HiddenInput)
    # no person sees it: what stands in it was written by a machine
    website = forms.CharField(required=False, label="Leave this empty")

    field_order = ["name", "email", "comment", "follow"]

    def __init__(self, *args, article, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.article, self.user, self.answers = article, user, None
        if user:
            del self.fields["name"], self.fields["email"]
        for name in list(self.fields):
            bound = self[name]
            described = [f"id_{name}_error"] if bound.errors and self.is_bound else []
            if name in ("name", "email", "comment"):
                described.append(f"id_{name}_hint")
                bound.field.widget.attrs["aria-describedby"] = " ".join(described)
                bound.field.widget.attrs["aria-required"] = "true"
                if self.is_bound and bound.errors:
                    bound.field.widget.attrs["aria-invalid"] = "true"

    @property
    def visible_errors(self):
        """The fields with what is wrong in each, for the list above the form."""
        return [(bound, bound.errors[0]) for bound in self if bound.errors]

    def clean_name(self):
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Please give a name: it is shown with your comment.")
        if names.is_taken(name, self.user):
            raise forms.ValidationError(
                "This is the name of someone who works here. Please choose another one."
            )
        return name

    def clean_reply_to(self):
        """The comment that is answered: visible, and of this article."""
        id = self.cleaned_data["reply_to"]
        if id is None:
            return None
        self.answers = Comment.objects.visible().filter(pk=id, article=self.article).first()
        if self.answers is None:
            raise forms.ValidationError(
                "The comment that you answer is not shown any more. Sent again, yours will stand for itself."
            )
        return id

    def clean(self):
        if self.user and names.is_taken(names.display_name(self.user), self.user):
            raise forms.ValidationError(
                "Your account has the name of someone who works here. Please change it there first."
            )
        return super().clean()


class EditForm(_TextForm):
    """The text of a comment once more."""


class ReportForm(forms.Form):
    """What is wrong with a comment."""

    reason = forms.ChoiceField(
        label="What is wrong with it?",
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Please choose what is wrong."},
    )
    line = forms.CharField(
        label="Anything to add?",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "input"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)


class MailChoicesForm(forms.ModelForm):
    """Which mail a person wants."""

    class Meta:
        model = Commenter
        fields = Commenter.MAIL_CHOICES

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)
        if not moderation.decides_on_persons(self.instance.user):
            del self.fields["mail_digest"]  # nobody else gets one


class DataForm(forms.Form):
    """The address of who wants to know, without an account, what is stored under it."""

    email = forms.EmailField(
        label="Email", max_length=254,
        error_messages={"required": "Please give the address that you commented under."},
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email"}),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)


class EraseForm(forms.Form):
    """How a person goes: with the comments, or without."""

    comments = forms.ChoiceField(
        label="What becomes of your comments?",
        choices=[
            ("keep", "They stay, signed “A former reader”"),
            ("remove", "They go too. Replies of others stay, under a note"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Please choose what becomes of your comments."},
    )
    sure = forms.BooleanField(
        label="Yes, I am sure. This cannot be undone.",
        error_messages={"required": "Please say that you are sure."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)


class AppealForm(forms.Form):
    """Why a writer asks for a second look."""

    words = forms.CharField(
        label="Why should it be looked at again?",
        max_length=600,
        widget=forms.Textarea(attrs={"class": "input", "rows": 4, "dir": "auto"}),
        error_messages={"required": "Please say in a line why it should be looked at again."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)


class AppealOutcomeForm(forms.Form):
    """What another moderator decides on an appeal, with a line for the writer."""

    outcome = forms.ChoiceField(
        choices=[("reopened", "Show the comment"), ("stands", "Let the decision stand")]
    )
    note = forms.CharField(required=False, max_length=300)


class SecondOpinionForm(forms.Form):
    """What a moderator would have done."""

    verdict = forms.ChoiceField(
        label="What would you do?",
        choices=[("visible", "Approve"), ("rejected", "Reject"), ("spam", "Spam")],
        error_messages={"required": "Please choose what you would do."},
    )
    reason = forms.ModelChoiceField(
        RejectionReason.objects.filter(is_offered=True),
        label="If you would reject it: why?",
        required=False,
        to_field_name="slug",
        empty_label="No reason",
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, use_required_attribute=False, label_suffix="", **kwargs)

    def clean_reason(self):
        """The slug of the reason, or nothing."""
        return self.cleaned_data["reason"].slug if self.cleaned_data["reason"] else ""


class PeriodForm(forms.Form):
    """Of how long the numbers are."""

    period = forms.ChoiceField(choices=list(numbers.PERIODS.items()))


class VeilForm(forms.Form):
    """Whether rough comments are blurred."""

    veils_rough = forms.BooleanField(required=False)


# --- the moderation desk ------------------------------------------------------------------------------------------
_OF_OUR_TIME = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


QUEUES = {
    "held": "Held", "reported": "Reported", "new": "New", "spam": "Spam", "likely": "Likely spam", "decided": "Decided",
}  # fmt: skip


class DeskFilterForm(forms.Form):
    """Which queue, narrowed by what. Nonsense narrows nothing; what is not there any more, or not theirs, finds nothing:
    a queue that was kept must not become one of everything."""

    q = forms.CharField(
        label="Search all words",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    queue = forms.ChoiceField(
        label="Queue", required=False, choices=[*QUEUES.items(), ("all", "All comments")]
    )
    topic = forms.ModelChoiceField(Topic.objects.all(), required=False, empty_label="All topics")
    rule = forms.ChoiceField(label="Held because", required=False)
    reason = forms.ChoiceField(
        label="Reported as", required=False, choices=[("", "Anything"), *Report.Reason.choices]
    )
    lately = forms.ChoiceField(
        label="Written", required=False,
        choices=[("", "At any time"), ("today", "Today"), ("week", "In the last seven days")],
    )  # fmt: skip
    since = forms.DateField(
        label="From", required=False, validators=_OF_OUR_TIME, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, validators=_OF_OUR_TIME, widget=forms.DateInput(attrs={"type": "date"})
    )
    order = forms.ChoiceField(
        required=False,
        choices=[("priority", "By priority"), ("oldest", "Longest wait first"), ("newest", "Newest first")],
    )
    article = forms.ModelChoiceField(Article.objects.all(), required=False, widget=forms.HiddenInput)
    person = forms.ModelChoiceField(Commenter.objects.all(), required=False, widget=forms.HiddenInput)
    alike = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=4000, widget=forms.HiddenInput)

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        if user and not moderation.sees_all(user):  # what is out of scope is not offered, and not named
            articles = moderation.articles_within(user)
            self.fields["article"].queryset = articles
            self.fields["topic"].queryset = Topic.objects.filter(pk__in=articles.values("topic"))
            self.fields["person"].queryset = moderation.persons_within(user)
        # what nobody commented on is none of the queue, and a draft is named to nobody who counts through the numbers
        on = self.fields["article"].queryset.filter(Exists(Comment.objects.filter(article=OuterRef("pk"))))
        self.fields["article"].queryset = on
        held_by = [(r.name, r.moderator) for r in rules.BY_NAME.values() if not r.refuses]
        self.fields["rule"].choices = [("", "Any reason"), *held_by]
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "input")

    def read(self):
        """Return what was chosen; a value that makes no sense is as if it was not given."""
        self.is_valid()
        chosen = {name: self.cleaned_data.get(name) for name in self.fields}
        if not chosen["queue"]:
            chosen["queue"] = "all" if chosen["q"] and "queue" not in self.errors else "held"
        self.data = self.data.copy()
        self.data["queue"] = chosen["queue"]  # its field shows the queue that is
        chosen["is_gone"] = any(
            name in self.errors and self.data[name].isdecimal() and len(self.data[name]) < 19
            for name in ("article", "topic", "person")
        )
        chosen["page"] = chosen["page"] or 1
        since = chosen["since"]
        if chosen["lately"]:  # of the day on which it is asked: a queue that is kept stays that of today
            first = timezone.localdate() - timedelta(days=6 if chosen["lately"] == "week" else 0)
            since = max(since, first) if since else first
        # what waits because it was reported is of the day on which it was
        day_of = "reported" if chosen["queue"] == "reported" else "written"
        self["lately"].label = day_of.capitalize()
        chosen[day_of] = (since, chosen["until"]) if since or chosen["until"] else None
        return chosen


class SavedSearchForm(forms.Form):
    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=500, required=False)


class NoteForm(forms.Form):
    text = forms.CharField(
        label="A note for the other moderators", max_length=600,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
    )  # fmt: skip


class SanctionForm(forms.Form):
    kind = forms.ChoiceField(
        label="What", choices=Sanction.Kind.choices, widget=forms.Select(attrs={"class": "input"})
    )
    reason = forms.ChoiceField(
        label="Why", required=False, choices=[("", "–"), *Decision.Reason.choices],
        widget=forms.Select(attrs={"class": "input"}),
    )  # fmt: skip
    words = forms.CharField(
        label="Words to the person", required=False, max_length=600,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
    )  # fmt: skip
    until = forms.DateTimeField(
        label="Until", required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "input"}),
    )  # fmt: skip

    def clean(self):
        cleaned = super().clean()
        kind, until = cleaned.get("kind"), cleaned.get("until")
        if until <= timezone.now() if until else kind == Sanction.Kind.SUSPEND and "until" not in self.errors:
            self.add_error("until", "Please say until when.")
        if kind == Sanction.Kind.WARN and until:
            self.add_error("until", "A warning holds until it is acknowledged.")
        if kind == Sanction.Kind.WARN and not cleaned.get("words"):
            self.add_error("words", "Please write the warning.")
        if kind in Sanction.UNTOLD and cleaned.get("words"):
            self.add_error("words", "Nobody is told that they are trusted or watched: leave a note instead.")
        return cleaned


class PersonSinceForm(forms.Form):
    since = forms.DateTimeField(
        label="Since", widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "input"})
    )
    verb = forms.ChoiceField(
        label="Decision", choices=[("reject", "Reject"), ("spam", "Spam"), ("approve", "Approve what is held")],
        widget=forms.Select(attrs={"class": "input"}),
    )  # fmt: skip
    reason = forms.ModelChoiceField(
        RejectionReason.objects.filter(is_offered=True), label="Reason", required=False, initial="other",
        to_field_name="slug", empty_label=None, widget=forms.Select(attrs={"class": "input"}),
    )  # fmt: skip

    def clean_reason(self):
        """The slug of the reason, or nothing."""
        return self.cleaned_data["reason"].slug if self.cleaned_data["reason"] else ""

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("verb") == "reject" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Please choose why.")
        return cleaned
