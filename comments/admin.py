"""The desk's plain list: read, approve, reject. Deciding goes through the same verbs as everywhere."""

from datetime import UTC, datetime

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone

from articles.desk import visible_to
from comments import moderation, rules
from comments.models import (
    Comment,
    Commenter,
    Decision,
    Hold,
    Mail,
    ModeChoice,
    Policy,
    RejectionReason,
    Revision,
    Sanction,
    TopicScope,
)  # fmt: skip


def _is_kept(user):
    """Whether somebody decides on some topics alone: of other topics they see nothing here either."""
    return bool(moderation.topics_of(user))


class _ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class HoldInline(_ReadOnlyInline):
    model = Hold
    fields = ["rule", "words", "value", "limit", "at"]


class DecisionInline(_ReadOnlyInline):
    model = Decision
    fields = ["at", "by", "was", "became", "reason", "note"]


class RevisionInline(_ReadOnlyInline):
    model = Revision
    fields = ["until", "text"]
    readonly_fields = ["until"]
    verbose_name_plural = "what it said before it was changed or taken back"

    @admin.display(description="until")
    def until(self, revision):
        return revision.at


class ListForm(ActionForm):
    """What to do with those picked, and when their list was shown: what is otherwise since then was not seen."""

    seen_at = forms.FloatField(
        label="", required=False, min_value=0, max_value=2**34, widget=forms.HiddenInput,
        initial=lambda: timezone.now().timestamp(),
    )  # fmt: skip


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["__str__", "status", "reasons", "article", "submit_date"]
    list_filter = ["status", "holds__rule", "is_pick", "badge", ("submit_date", admin.DateFieldListFilter)]
    search_fields = ["comment", "user_name", "user_email"]
    ordering = ["-pk"]
    list_per_page = 50
    show_full_result_count = False
    fields = readonly_fields = [
        "article", "user_name", "user_email", "user", "comment", "status", "answers", "submit_date",
        "edited_at", "badge", "is_pick", "recommend_count",
    ]  # fmt: skip
    inlines = [HoldInline, DecisionInline, RevisionInline]
    action_form = ListForm
    actions = ["approve", "reject_off_topic", "reject_abuse", "reject_other", "mark_spam", "pick", "unpick"]

    def get_queryset(self, request):
        comments = super().get_queryset(request).select_related("article").prefetch_related("holds")
        return moderation.within(request.user, comments) if _is_kept(request.user) else comments

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False  # the verbs change it

    def has_delete_permission(self, request, obj=None):
        return False

    def has_moderate_permission(self, request):
        return request.user.has_perm("comments.moderate_comment")

    def view_on_site(self, comment):
        if comment.is_shown and comment.article.is_published:
            return comment.get_absolute_url()
        return reverse("comments:desk_card", args=[comment.pk])

    @admin.display(description="held because")
    def reasons(self, comment):
        return ", ".join(hold.rule for hold in comment.holds.all())

    def _all(self, request, comments, verb, reason=""):
        try:
            outcome = moderation.decide_all(
                self._as_seen(request, comments), verb, by=request.user, reason=reason
            )
        except ValidationError as error:  # the desk's list has another reason by now
            return self.message_user(request, " ".join(error.messages), messages.ERROR)
        by_why = {}
        for pk, why in outcome.refused.items():
            by_why.setdefault(why, []).append(f"{pk}")
        for why, ids in by_why.items():
            self._say_refused(request, ids, why)
        if done := len(outcome.events):
            self.message_user(
                request, f"Done for {done} comment{'s' if done != 1 else ''}.", messages.SUCCESS
            )

    def _as_seen(self, request, comments):
        """Return those of `comments` that are as the list showed them, and say which are not."""
        shown_at = ListForm.base_fields["seen_at"].clean(request.POST.get("seen_at"))
        seen_at = datetime.fromtimestamp(shown_at, UTC) if shown_at else timezone.now()
        edited, decided = Q(edited_at__gt=seen_at), Q(decided_at__gt=seen_at)
        own = moderation.last_events_of(request.user, comments.filter(decided))
        for changed, why in (
            (comments.filter(edited), "edited"),
            (comments.filter(decided).exclude(edited).exclude(pk__in=own), "decided"),
            (comments.filter(decided, pk__in=own).exclude(edited), "yourself"),
        ):
            if ids := [f"{pk}" for pk in changed.values_list("pk", flat=True)]:
                self._say_refused(request, ids, why)
        return comments.exclude(edited | decided)

    def _say_refused(self, request, ids, why):
        self.message_user(
            request, f"Comment {', '.join(ids)}: {moderation.WHY_REFUSED[why]}", messages.WARNING
        )

    @admin.action(description="Approve", permissions=["moderate"])
    def approve(self, request, comments):
        self._all(request, comments, Decision.Verb.APPROVE)

    @admin.action(description="Reject: not about the article", permissions=["moderate"])
    def reject_off_topic(self, request, comments):
        self._all(request, comments, Decision.Verb.REJECT, Decision.Reason.OFF_TOPIC)

    @admin.action(description="Reject: attacks or insults someone", permissions=["moderate"])
    def reject_abuse(self, request, comments):
        self._all(request, comments, Decision.Verb.REJECT, Decision.Reason.ABUSE)

    @admin.action(description="Reject: against the house rules", permissions=["moderate"])
    def reject_other(self, request, comments):
        self._all(request, comments, Decision.Verb.REJECT, Decision.Reason.OTHER)

    @admin.action(description="Mark as spam", permissions=["moderate"])
    def mark_spam(self, request, comments):
        self._all(request, comments, Decision.Verb.SPAM)

    @admin.action(description="Make an editors’ pick", permissions=["moderate"])
    def pick(self, request, comments):
        seen = comments.filter(status=Comment.Status.VISIBLE)
        if hidden := [
            f"{pk}" for pk in comments.exclude(status=Comment.Status.VISIBLE).values_list("pk", flat=True)
        ]:
            self._say_refused(request, hidden, "hidden")
        self._all(request, seen, Decision.Verb.FEATURE)

    @admin.action(description="Take from the editors’ picks", permissions=["moderate"])
    def unpick(self, request, comments):
        self._all(request, comments, Decision.Verb.UNFEATURE)


_KIND_OF = {
    Commenter.Standing.TRUSTED: Sanction.Kind.TRUST, Commenter.Standing.WATCHED: Sanction.Kind.WATCH,
    Commenter.Standing.SUSPENDED: Sanction.Kind.SUSPEND, Commenter.Standing.BANNED: Sanction.Kind.BAN,
}  # fmt: skip


class CommenterForm(forms.ModelForm):
    def clean(self):
        """A new decision does not end before it begins; what has ended may stand beside a new name."""
        cleaned = super().clean()
        is_suspended = cleaned.get("standing") == Commenter.Standing.SUSPENDED
        is_said_anew = "suspended_until" in self.changed_data or (
            is_suspended and "standing" in self.changed_data
        )
        if is_said_anew and (until := cleaned.get("suspended_until")) and until <= timezone.now():
            self.add_error("suspended_until", "Please say until when.")
        return cleaned


@admin.register(Commenter)
class CommenterAdmin(admin.ModelAdmin):
    form = CommenterForm
    list_display = ["name", "email", "standing", "suspended_until", "first_seen_at"]
    list_filter = ["standing"]
    search_fields = ["name", "email"]
    readonly_fields = ["user", "email", "first_seen_at"]

    def get_readonly_fields(self, request, person=None):
        is_oneself = person and person.user_id == request.user.pk  # another moderator decides on them
        return [*self.readonly_fields, *(["standing", "suspended_until"] if is_oneself else [])]

    def get_queryset(self, request):
        people = super().get_queryset(request)
        if _is_kept(request.user):
            people = people.filter(pk__in=moderation.persons_within(request.user).values("pk"))
        return people

    def save_model(self, request, person, form, change):
        """A new standing is a decision: it goes into the log by the desk’s own verbs."""
        standing, until = person.standing, person.suspended_until
        before = Commenter.objects.get(pk=person.pk)
        person.standing, person.suspended_until = before.standing, before.suspended_until
        super().save_model(request, person, form, change)
        if standing == Commenter.Standing.NORMAL:
            if before.standing != standing:
                moderation.lift(person, request.user)
        elif (standing, until) != (before.standing, before.suspended_until):
            is_left = until == before.suspended_until and standing != Commenter.Standing.SUSPENDED
            moderation.sanction(person, _KIND_OF[standing], request.user, until=None if is_left else until)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(RejectionReason)
class RejectionReasonAdmin(admin.ModelAdmin):
    list_display = ["label", "words", "position", "is_offered"]
    list_editable = ["position", "is_offered"]

    def has_delete_permission(self, request, obj=None):
        return False  # the log names it


@admin.register(TopicScope)
class TopicScopeAdmin(admin.ModelAdmin):
    list_display = ["user", "topic"]


class PolicyForm(forms.ModelForm):
    switched_on = forms.MultipleChoiceField(
        label="Rules",
        required=False,
        choices=[(r.name, r.moderator) for r in rules.RULES if r.can_be_switched_off],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Policy
        fields = [
            "who_may_post", "mode", "close_after_days", "nudge", "authors_moderate", "approved_before_trust", "links_held_from",
            "seconds_to_write", "capitals_percent", "a_person_an_hour", "an_address_an_hour", "a_network_an_hour",
            "newcomers_in_ten_minutes", "banned_words", "suspect_words",
        ]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        off = set(self.instance.switched_off)
        self.initial["switched_on"] = [n for n, _ in self.fields["switched_on"].choices if n not in off]

    def clean(self):
        cleaned = super().clean()
        on = set(cleaned.get("switched_on", []))
        self.instance.switched_off = [n for n, _ in self.fields["switched_on"].choices if n not in on]
        return cleaned


class WordsForm(forms.Form):
    """Two word lists that are tried before they are taken."""

    banned_words = forms.CharField(
        required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 8})
    )
    suspect_words = forms.CharField(
        required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 8})
    )


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin):
    form = PolicyForm
    fieldsets = [
        (None, {"fields": ["who_may_post", "mode", "close_after_days", "nudge", "authors_moderate"]}),
        ("Rules", {"fields": ["switched_on"]}),
        (
            "Limits",
            {
                "fields": [
                    "approved_before_trust", "links_held_from", "seconds_to_write", "capitals_percent",
                    "a_person_an_hour", "an_address_an_hour", "a_network_an_hour", "newcomers_in_ten_minutes",
                ]
            },
        ),
        ("Words", {"fields": ["banned_words", "suspect_words"]}),
    ]  # fmt: skip
    change_form_template = "admin/comments/policy/change_form.html"
    TRIED_ON = 1000

    def get_urls(self):
        own = path("try/", self.admin_site.admin_view(self.try_words), name="comments_policy_try")
        return [own, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """There is one: its list is itself."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if not Policy.objects.exists():
            Policy().save()
        return redirect(reverse("admin:comments_policy_change", args=[1]))

    def try_words(self, request):
        """Show what two lists of words would have done to the last 1,000 comments; nothing is changed."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        policy = Policy.current()
        form = WordsForm(
            request.POST or None,
            initial={"banned_words": policy.banned_words, "suspect_words": policy.suspect_words},
        )
        tried = found = None
        if form.is_valid():
            comments = Comment.objects.order_by("-pk").select_related("article")
            if _is_kept(request.user):
                comments = moderation.within(request.user, comments)
            comments = list(comments[: self.TRIED_ON])
            tried = len(comments)
            found = rules.try_words(
                form.cleaned_data["banned_words"], form.cleaned_data["suspect_words"], comments
            )
        context = self.admin_site.each_context(request) | {
            "title": "Try the word lists", "form": form, "found": found, "tried": tried, "opts": self.opts,
        }  # fmt: skip
        return render(request, "admin/comments/policy/try.html", context)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ModeChoice)
class ModeChoiceAdmin(admin.ModelAdmin):
    list_display = ["__str__", "mode", "newcomers_in_ten_minutes"]
    list_select_related = ["article", "topic"]
    raw_id_fields = ["article"]

    def get_queryset(self, request):
        """Each has the headline of its article: that of a draft is for those who see it at the desk."""
        seen = visible_to(request.user).values("pk")
        return super().get_queryset(request).filter(Q(article=None) | Q(article__in=seen))


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):
    exclude = ["words"]  # they hold the link that lets somebody in
    list_display = ["kind", "to", "due_at", "attempts", "sent_at", "dropped_at", "last_error"]
    list_filter = [
        "kind",
        ("sent_at", admin.EmptyFieldListFilter),
        ("dropped_at", admin.EmptyFieldListFilter),
    ]
    search_fields = ["to"]
    actions = ["try_again"]
    show_full_result_count = False

    def get_queryset(self, request):
        return moderation.in_topics_of(request.user, super().get_queryset(request))

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_moderate_permission(self, request):
        return request.user.has_perm("comments.moderate_comment")

    @admin.action(description="Send now, and again if it was given up", permissions=["moderate"])
    def try_again(self, request, mails):
        again = mails.filter(sent_at=None).exclude(kind=Mail.Kind.CONFIRM, due_at__gt=timezone.now())
        count = again.update(due_at=timezone.now(), dropped_at=None, taken_at=None)
        self.message_user(request, f"{count} will be sent within a minute.", messages.SUCCESS)
