"""The desk of writers and editors: Django's admin, with the verbs of an article where it is written."""

import json
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as ask_and_delete
from django.contrib.admin.models import LogEntry
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from js_asset import Script
from taggit.forms import TagField
from taggit.models import Tag as TaggitTag

from articles import desk
from articles.editor import BodyEditorMixin, BodyField
from articles.forms import Lines
from articles.library import GalleryAdmin, PhotoAdmin
from articles.models import (
    Article,
    Author,
    Byline,
    Correction,
    FrontPageSlot,
    Gallery,
    ImportRun,
    Page,
    Photo,
    Tag,
    Topic,
    in_a_row,
    one_line,
)
from comments.conversation import with_comment_count
from sharing.targets import LABELLED, text_of

LAST = 32767  # where a byline without a number goes; positions are counted anew when they are saved


class ShownOnSite:
    """For a ModelAdmin of what has a public page: the link goes there directly, not by way of the sites framework."""

    def view_on_site(self, thing):
        return thing.get_absolute_url()


# --- verbs ----------------------------------------------------------------------------------------------------------
# verb -> what it has done; the button of each is named “_publish”
DONE = {
    "publish": "published",
    "schedule": "scheduled",
    "unpublish": "taken back to draft",
    "withdraw": "withdrawn",
}


def verb_in(data):
    return next((verb for verb in DONE if f"_{verb}" in data), None)


def stays_with_readers(article, verb):
    """Whether readers have the article, or will, once it is saved and `verb` is done."""
    leaves = verb in ("withdraw", "unpublish")
    return bool(article.published_at and not article.withdrawn_at and not leaves)


def carry_out(verb, article, *, at=None, reason=""):
    """Do one of the verbs, and return what is true now as a sentence. Raises ValidationError where it cannot be."""
    if verb in ("publish", "schedule") and article.is_published:
        raise ValidationError("It is live already.")
    match verb:
        case "publish":
            # what was withdrawn comes back under its date; what was scheduled does not wait for it
            article.publish(at=(at or article.published_at) if article.is_withdrawn else None)
        case "schedule":
            if at is None:
                raise ValidationError("Please give the date and time.")
            article.publish(at=at)
        case "unpublish":
            article.unpublish()
        case "withdraw":
            article.withdraw(reason)
    return desk.state_sentence(article)


# --- the article form -----------------------------------------------------------------------------------------------
class TagsInput(forms.TextInput):
    """Tags separated by commas; its script offers those that exist."""

    def format_value(self, value):
        return value if isinstance(value, str) or value is None else ", ".join(tag.name for tag in value)

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        used_most = Tag.objects.annotate(uses=Count("tagged_articles")).order_by("-uses", "name")
        context["widget"]["attrs"]["data-tags"] = json.dumps(
            [*used_most.values_list("name", flat=True)[:500]]
        )
        return context


class TagsField(TagField):
    """Tags separated by commas and nothing else: taggit would make two of “climate change”."""

    widget = TagsInput

    def clean(self, value):
        names = {}
        for name in map(one_line, (forms.CharField.clean(self, value) or "").split(",")):
            names.setdefault(name.casefold(), name)
        names.pop("", None)
        longest = Tag._meta.get_field("name").max_length
        if too_long := [name for name in names.values() if len(name) > longest]:
            raise ValidationError(f"A tag has {longest} characters at most: “{too_long[0]}” is longer.")
        return list(names.values())

    def has_changed(self, initial, data):
        return not self.disabled and sorted(tag.name for tag in initial or []) != sorted(self.clean(data))


class PhotoInput(ForeignKeyRawIdWidget):
    """The number of a photo, with what it shows. Its script chooses from the library in the editor's dialog."""

    template_name = "admin/widgets/photo.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        shown = str(context["widget"]["value"] or "")
        context["photo"] = Photo.objects.filter(pk=int(shown)).first() if shown.isdecimal() else None
        return context

    class Media:
        js = [Script("js/admin/photo-field.js", type="module")]


class Moment(forms.DateTimeInput):
    """Date and time in the site's time zone, by the browser's own control."""

    input_type = "datetime-local"

    def __init__(self):
        super().__init__(format="%Y-%m-%dT%H:%M")


DISK_IS_FULL = (
    "Nothing was saved: the disk of the server is full. Your text is here as you typed it. Leave this page open, tell "
    "whoever runs the server, and save again then."
)


class ArticleForm(forms.ModelForm):
    """An article as it is written, with what the save bar asks beside it."""

    SMALL, SUBSTANTIAL = "small", "substance"
    may_publish = False  # ArticleAdmin.get_form says whether
    disk_is_full = False  # saving it came to nothing, and it is shown again

    body = BodyField(required=False, label="Text")
    tags = TagsField(required=False, help_text=Article._meta.get_field("tags").help_text)
    version = forms.CharField(required=False, widget=forms.HiddenInput)  # modified_at, as the form was opened
    replace = forms.CharField(required=False)  # the version of someone else that this one may replace
    publish_at = forms.DateTimeField(required=False, widget=Moment, label="Date and time")
    withdraw_reason = forms.CharField(
        required=False, widget=forms.Textarea({"rows": 2}), label="Reason, as readers will see it"
    )
    change = forms.ChoiceField(
        required=False,
        widget=forms.RadioSelect,
        initial=SMALL,
        label="This change is",
        choices=[
            (SMALL, "A small repair (readers are not told)"),
            (SUBSTANTIAL, "A change of substance (moves the “Updated” date)"),
        ],
    )

    class Meta:
        widgets = {
            "headline": forms.TextInput,
            "standfirst": Lines({"rows": 2}),
            "hero_caption": Lines({"rows": 2}),
            "search_description": Lines({"rows": 2}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        article = self.instance
        self.fields["version"].initial = article.modified_at.isoformat() if article.pk else ""
        if self.may_publish:
            self.fields["publish_at"].initial = article.published_at
        else:
            del self.fields["publish_at"], self.fields["withdraw_reason"]
        if related := self.fields.get("related"):
            chosen = article.related.values("pk") if article.pk else []
            related.queryset = related.queryset | Article.objects.filter(pk__in=chosen)

    @property
    def verb(self):
        """What the pressed button does with the article, beside saving it; None where it only saves."""
        return verb_in(self.data) if self.may_publish else None

    @property
    def stays_with_readers(self):
        return stays_with_readers(self.instance, self.verb)

    @property
    def is_conflict(self):
        """Whether somebody saved the article after this form was opened."""
        if not (self.is_bound and self.instance.pk):
            return False
        saved = self.instance.modified_at.isoformat()
        return saved not in (self.data.get("version"), self.data.get("replace"))

    def clean_related(self):
        related = self.cleaned_data["related"]
        if self.instance.pk and related.filter(pk=self.instance.pk).exists():
            raise ValidationError("An article is not related to itself.")
        return related

    def clean_publish_at(self):
        """Hold a date that is changed by saving to what it means: what is live stays live, a schedule a schedule."""
        at = self.cleaned_data["publish_at"]
        article = self.instance
        if article.withdrawn_at or not article.published_at or self.verb or at == self._saved_minute:
            return at
        if article.is_published and (at is None or at > timezone.now()):
            raise ValidationError(
                "Readers have this article: its date cannot be empty or to come. Withdraw it instead."
            )
        if article.is_scheduled and (at is None or at <= timezone.now()):
            raise ValidationError(
                "It is scheduled: its time cannot be empty or past. Choose “Publish now” or “Back to draft” instead."
            )
        return at

    @property
    def _saved_minute(self):
        """The saved date as the control shows it."""
        at = self.instance.published_at
        return at and at.replace(second=0, microsecond=0)

    @property
    def corrected_date(self):
        """The date that saving this form gives to what has one already, or None."""
        at = getattr(self, "cleaned_data", {}).get("publish_at")
        article = self.instance
        dated = article.published_at and not article.withdrawn_at and not self.verb
        return at if dated and at and at != self._saved_minute else None

    @property
    def names_another_moment(self):
        """Whether a date is typed that “Publish now” would pass over."""
        at = self.cleaned_data.get("publish_at")
        return bool(at and at != self._saved_minute and not self.instance.withdrawn_at)

    def clean(self):
        cleaned = super().clean()
        if self.disk_is_full:
            self.add_error(None, DISK_IS_FULL)
        if self.is_conflict:
            self.add_error(None, "Nothing was saved: somebody else has saved this article meanwhile.")
        return cleaned

    def _post_clean(self):
        """Keep what has a date whole, whichever way it would be saved."""
        super()._post_clean()
        article = self.instance
        if self.stays_with_readers:
            # whom the bylines name is checked where they are edited
            for sentence in article.missing_for_publishing(writers=["checked there"]):
                self.add_error(None, sentence)
        elif article.published_at and not (
            article.headline and article.standfirst.strip() and article.body and article.topic_id
        ):
            # the database holds this too, but has no sentence for it
            self.add_error(None, "What was published keeps a headline, a standfirst, a text and a topic.")

    @property
    def changed_data(self):
        """The fields of the article that this form changes: what the save bar asks beside them is not one."""
        asked = {"version", "replace", "withdraw_reason", "change"}
        if not self.corrected_date:
            asked.add("publish_at")
        return [name for name in super().changed_data if name not in asked]


class BylineForm(forms.ModelForm):
    position = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LAST,
        label="Order",
        widget=forms.NumberInput({"data-order-number": True, "aria-label": "Order"}),
    )

    def clean_position(self):
        position = self.cleaned_data["position"]
        return LAST if position is None else position


class BylineFormSet(forms.BaseInlineFormSet):
    def __init__(self, *args, must_name_a_writer=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.must_name_a_writer = must_name_a_writer

    def clean(self):
        super().clean()
        if not self.must_name_a_writer or any(self.errors):
            return
        if not any(
            form.cleaned_data.get("role") == Byline.Role.BY and not form.cleaned_data.get("DELETE")
            for form in self.forms
            if form.cleaned_data.get("author")
        ):
            raise ValidationError("The byline names nobody.")

    def get_unique_error_message(self, unique_check):
        return "An author is named once in a role."

    def get_form_error(self):
        return "This author is named in this role already."


class BylineInline(admin.TabularInline):
    model = Byline
    form = BylineForm
    formset = BylineFormSet
    template = "admin/articles/article/bylines.html"
    fields = ["position", "author", "role"]
    autocomplete_fields = ["author"]
    verbose_name = "author"
    verbose_name_plural = "byline"

    # whoever may change the article may change its byline; the admin asks the article as well
    def has_view_permission(self, request, obj=None):
        return True

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj and obj.bylines.exists() else 1

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "author":
            field.widget.can_delete_related = field.widget.can_view_related = False
        if db_field.name != "position":
            field.widget.attrs["aria-label"] = field.label  # the table has its labels in its head alone
        return field


# --- the list of articles -------------------------------------------------------------------------------------------
class StateFilter(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request, model_admin):
        return [("draft", "Draft"), ("scheduled", "Scheduled"), ("live", "Live"), ("withdrawn", "Withdrawn")]

    def queryset(self, request, articles):
        match self.value():
            case "draft":
                return articles.drafts()
            case "scheduled":
                return articles.scheduled()
            case "live":
                return articles.published()
            case "withdrawn":
                return articles.withdrawn()
        return articles


class LackingFilter(admin.SimpleListFilter):
    title, parameter_name = "before publishing", "lacking"

    def lookups(self, request, model_admin):
        return [("something", "Lacks something"), ("nothing", "Lacks nothing")]

    def queryset(self, request, articles):
        match self.value():
            case "something":
                return articles.filter(desk.lacking_something())
            case "nothing":
                return articles.exclude(desk.lacking_something())
        return articles


class MineFilter(admin.SimpleListFilter):
    title, parameter_name = "whose", "whose"

    def lookups(self, request, model_admin):
        return [("mine", "Mine")]

    def queryset(self, request, articles):
        return articles.filter(desk.of(request.user)) if self.value() == "mine" else articles


class ArticleList(ChangeList):
    """The list, with what its rows show; the actions get the same rows."""

    def get_queryset(self, request, **kwargs):
        return super().get_queryset(request, **kwargs).for_cards()


class PublishForm(forms.Form):
    """Asks nothing more."""


class ScheduleForm(forms.Form):
    at = forms.DateTimeField(
        widget=Moment, label="Date and time", error_messages={"required": "Please say when."}
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        label="Reason",
        help_text="A sentence for readers who follow a link to it.",
        error_messages={
            "required": "Please say why: readers who follow a link to it are shown the reason.",
        },
    )


# --- articles -------------------------------------------------------------------------------------------------------
@admin.register(Article)
class ArticleAdmin(BodyEditorMixin, admin.ModelAdmin):
    form = ArticleForm
    inlines = [BylineInline]
    raw_id_fields = ["hero"]
    autocomplete_fields = ["related"]
    radio_fields = {"kind": admin.HORIZONTAL}
    fieldsets = [
        (None, {"fields": ["headline", "standfirst", "body"], "classes": ["wide-fields"]}),
        ("Hero", {"fields": ["hero", "hero_caption"]}),
        ("What it is", {"fields": ["topic", "kind", "tags"]}),
        (
            "Address, search and comments",
            {
                "fields": [
                    "slug",
                    "short_headline",
                    "share_text",
                    "search_description",
                    "elsewhere",
                    "comment_policy",
                    "related",
                ],
                "classes": ["collapse"],
            },
        ),
    ]
    list_display = ["state", "headline", "topic", "names", "comment_count", "modified"]
    list_display_links = ["headline"]
    list_filter = [StateFilter, LackingFilter, MineFilter, "topic", "kind", "authors"]
    list_per_page = 50
    search_fields = ["headline", "standfirst", "authors__name", "tags__name"]
    search_help_text = "Headline, standfirst, text, author or tag"
    date_hierarchy = "published_at"
    ordering = ["-modified_at"]
    show_full_result_count = False
    actions = ["publish_selected", "schedule_selected", "withdraw_selected", "delete_selected"]

    class Media:
        js = [
            Script(f"js/admin/{name}.js", type="module")
            for name in ("order", "tags", "save-bar", "elsewhere")
        ]

    # - who may do what -
    def get_queryset(self, request):
        articles = with_comment_count(desk.visible_to(request.user))
        return articles.order_by(*self.get_ordering(request))

    def get_object(self, request, object_id, from_field=None):
        """Return the article, held until the form is saved: of two who save at once, the second sees the first's.

        What the user may not see answers as what is not there.
        """
        article = super().get_object(request, object_id, from_field)
        if article and request.method == "POST" and connection.in_atomic_block:
            Article.objects.select_for_update().filter(pk=article.pk).first()  # waits for who saves it now
            article = super().get_object(request, object_id, from_field)
        if article is None:
            raise Http404
        return article

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and (
            obj is None or desk.visible_to(request.user).filter(pk=obj.pk).exists()
        )

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or desk.may_change(request.user, obj)
        )

    def has_delete_permission(self, request, obj=None):
        """Only what readers never had is deleted; the rest is withdrawn."""
        return super().has_delete_permission(request, obj) and (
            obj is None or (obj.is_draft and desk.may_change(request.user, obj))
        )

    def has_publish_permission(self, request):
        return request.user.has_perm("articles.publish_article")

    # - the form -
    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)  # a class of its own for this request
        form.may_publish = self.has_publish_permission(request)
        form.disk_is_full = getattr(request, "disk_is_full", False)
        return form

    def changeform_view(self, request, *args, **kwargs):
        """As Django's; where the disk is full, the form comes back with all that was typed."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DatabaseError as error:
            if not desk.is_full_disk(error):
                raise
            request.disk_is_full = True
            return desk.try_again_later(super().changeform_view(request, *args, **kwargs))

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj and not self.has_change_permission(request, obj):
            return [
                (None, {"fields": ["headline", "standfirst", "text"], "classes": ["wide-fields"]}),
                *fieldsets[1:],
            ]
        return fieldsets

    def get_readonly_fields(self, request, obj=None):
        return ["text", "elsewhere"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "hero":
            kwargs["widget"] = PhotoInput(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("topic", "related"):
            field.widget.can_delete_related = False  # a slip of the hand beside the field of one article
        return field

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "related":
            kwargs["queryset"] = desk.visible_to(request.user).exclude(published_at=None)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        verb = verb_in(request.POST) if self.has_publish_permission(request) else None
        kwargs["must_name_a_writer"] = stays_with_readers(obj, verb)
        author = getattr(request.user, "author", None)
        if request.method == "GET" and obj.pk is None and author:
            kwargs["initial"] = [{"author": author.pk, "role": Byline.Role.BY, "position": 1}]
        return kwargs

    @admin.display(description="Text")
    def text(self, article):
        return mark_safe(article.render_body("preview"))  # cleaned by articles.body

    @admin.display(description="How it is shown")
    def elsewhere(self, article):
        """What search engines and other sites make of the article; a script follows what is typed."""
        address = reverse("articles:article", args=[article.slug]) if article.slug else "/articles/"
        context = {
            "article": article,
            "address": settings.SITE_URL + address,
            "site_address": settings.SITE_URL,
            "host": urlsplit(settings.SITE_URL).netloc,
            "site_name": settings.SITE_NAME,
            "result": f"{article.headline} | {settings.SITE_NAME}",
            "text": text_of(article),
            "labels": json.dumps({kind: str(Article.Kind(kind).label) for kind in LABELLED}),
        }
        return render_to_string("admin/articles/article/elsewhere.html", context)

    def view_on_site(self, article):
        return article.get_absolute_url() if article.is_published else None

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form = context["adminform"].form
        article = form.instance
        if request.method == "POST":
            writers = self._writers(request, article)
        elif article.pk:
            writers = None  # those that are saved
        else:
            writers = [*Author.objects.filter(user=request.user)]
        context |= {
            "article": obj,
            "saved_by_another": desk.last_saved(obj) if form.is_conflict else None,
            "may_publish": form.may_publish,
            "missing": article.missing_for_publishing(writers),
            "missing_url": self._missing_url(obj),
            "import_notes": desk.import_notes(obj) if obj else None,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _missing_url(self, article):
        name = f"{self.admin_site.name}:articles_article_check"
        return reverse(name, args=[article.pk]) if article else reverse(f"{name}_new")

    # - saving -
    def save_model(self, request, article, form, change):
        if not change:
            article.created_by = request.user
        if at := form.corrected_date:
            article.published_at = at
        super().save_model(request, article, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        article = form.instance
        for position, byline in enumerate(article.bylines.all(), start=1):
            if byline.position != position:
                byline.position = position
                byline.save(update_fields=["position"])
        if form.verb:
            form.said = self._carry_out_saved(request, form)
        elif change and form.cleaned_data["change"] == form.SUBSTANTIAL and article.is_published:
            article.mark_updated()
            form.said = "Readers are told of the update."
        elif verb_in(request.POST):
            self.message_user(request, "It is saved. Only editors publish.", messages.WARNING)
        elif article.is_draft and form.cleaned_data.get("publish_at"):
            sentence = "It is saved and still a draft: a date counts once you choose “Schedule”."
            self.message_user(request, sentence, messages.WARNING)

    def _carry_out_saved(self, request, form):
        """Do what the pressed button says to the article that was just saved, and return what to write down of it.

        Where it cannot be done, the text stays saved and the editor is told why.
        """
        article, typed = form.instance, form.cleaned_data
        try:
            if form.verb == "publish" and form.names_another_moment:
                raise ValidationError(
                    "A date and time is given: choose “Schedule” to publish under it, or empty it to publish now."
                )
            said = carry_out(
                form.verb, article, at=typed.get("publish_at"), reason=typed.get("withdraw_reason", "")
            )
        except ValidationError as refusal:
            sentences = format_html_join("", "<li>{}</li>", ((message,) for message in refusal.messages))
            line = format_html("It is saved, but not {}:<ul>{}</ul>", DONE[form.verb], sentences)
            self.message_user(request, line, messages.ERROR)
            return ""
        self.message_user(request, said, messages.SUCCESS)
        return said

    def construct_change_message(self, request, form, formsets, add=False):
        message = super().construct_change_message(request, form, formsets, add)
        said = getattr(form, "said", "")
        if not said:
            return message
        return f"{LogEntry(change_message=json.dumps(message)).get_change_message()} {said}"

    def response_add(self, request, article, post_url_continue=None):
        if verb_in(request.POST):
            return self._stay(request, article)
        return super().response_add(request, article, post_url_continue)

    def response_change(self, request, article):
        if verb_in(request.POST):
            return self._stay(request, article)
        return super().response_change(request, article)

    def _stay(self, request, article):
        url = reverse(f"{self.admin_site.name}:articles_article_change", args=[article.pk])
        return self._say_saved(request, HttpResponseRedirect(url))

    # - the list -
    def get_changelist(self, request, **kwargs):
        return ArticleList

    def get_search_results(self, request, articles, words):
        """Search as readers do; what is offered as a related article is what readers have, or will have."""
        if request.GET.get("field_name") == "related":
            articles = articles.exclude(published_at=None).filter(withdrawn_at=None)
        return articles.matching(words[:200]), False

    @admin.display(description="State", ordering="published_at")
    def state(self, article):
        return desk.state_badge(article)

    @admin.display(description="Byline")
    def names(self, article):
        return article.byline_text or "–"

    @admin.display(description="Comments", ordering="comment_count")
    def comment_count(self, article):
        return article.comment_count

    @admin.display(description="Last touched", ordering="modified_at")
    def modified(self, article):
        return desk.in_site_time(article.modified_at, zone=False)

    # - many at once -
    @admin.action(permissions=["publish"], description="Publish now …")
    def publish_selected(self, request, articles):
        return self._carry_out_selected(request, articles, "publish", PublishForm)

    @admin.action(permissions=["publish"], description="Schedule …")
    def schedule_selected(self, request, articles):
        return self._carry_out_selected(request, articles, "schedule", ScheduleForm)

    @admin.action(permissions=["publish"], description="Withdraw …")
    def withdraw_selected(self, request, articles):
        return self._carry_out_selected(request, articles, "withdraw", WithdrawForm)

    @admin.action(permissions=["delete"], description="Delete drafts …")
    def delete_selected(self, request, articles):
        """Delete the drafts among the selected articles: what readers have, or had, is withdrawn instead."""
        kept = articles.exclude(published_at=None)
        for article in kept if not request.POST.get("post") else []:
            sentence = f"“{article}” is {article.state} and is not deleted. What was published is withdrawn."
            self.message_user(request, sentence, messages.WARNING)
        drafts = Article.objects.drafts().filter(pk__in=articles.values("pk"))
        return ask_and_delete(self, request, drafts) if drafts.exists() else None

    def _carry_out_selected(self, request, articles, verb, form_class):
        """Ask for what the verb needs, then do it to each; say what could not be done and why."""
        confirmed = "confirmed" in request.POST
        form = form_class(request.POST if confirmed else None)
        if confirmed and form.is_valid():
            self._carry_out_each(request, articles, verb, form.cleaned_data)
            return None
        rows = [
            (article, self._obstacles(request, article, verb))
            for article in Article.objects.for_page().filter(pk__in=articles.values("pk")).order_by("pk")
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": {"publish": "Publish", "schedule": "Schedule", "withdraw": "Withdraw"}[verb],
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "verb": verb,
            "rows": rows,
            "possible": sum(not obstacles for _, obstacles in rows),
            "action": f"{verb}_selected",
        }
        return TemplateResponse(request, "admin/articles/article/verb_selected.html", context)

    def _obstacles(self, request, article, verb):
        """What stands in the way of doing `verb` to the article, as sentences, as far as can be told before."""
        if not self.has_change_permission(request, article):
            return ["You may not change it."]
        if verb == "withdraw":
            return [] if article.is_published else ["Only what is live can be withdrawn."]
        if article.is_published:
            return ["It is live already."]
        return article.missing_for_publishing()

    def _carry_out_each(self, request, articles, verb, given):
        done = []
        for pk in articles.values_list("pk", flat=True):
            # one by one: what cannot be published does not hold up the rest
            with transaction.atomic():
                article = Article.objects.select_for_update().get(pk=pk)
                try:
                    if not self.has_change_permission(request, article):
                        raise ValidationError("You may not change it.")
                    said = carry_out(verb, article, **given)
                except ValidationError as refusal:
                    reasons = format_html_join("", "<li>{}</li>", ((m,) for m in refusal.messages))
                    line = format_html("“{}” was not {}:<ul>{}</ul>", article, DONE[verb], reasons)
                    self.message_user(request, line, messages.ERROR)
                else:
                    self.log_change(request, article, said)
                    done.append(article)
        if done:
            names = in_a_row([f"“{article}”" for article in done])
            self.message_user(request, f"{DONE[verb].capitalize()}: {names}.", messages.SUCCESS)


# --- the front page -------------------------------------------------------------------------------------------------
@admin.register(FrontPageSlot)
class FrontPageAdmin(admin.ModelAdmin):
    """One page in place of list and forms: the stories of the front page in their order.

    What an editor arranges stands in the form alone, through searching and adding, until it is saved as a whole.
    """

    def _may_curate(self, request, obj=None):
        return request.user.has_perm("articles.curate_front_page")

    has_view_permission = has_change_permission = _may_curate

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return True  # asked where an article is deleted that stands here

    def changelist_view(self, request, extra_context=None):
        if not self.has_change_permission(request):
            raise PermissionDenied
        saved = [*FrontPageSlot.objects.values_list("article", flat=True)]
        chosen = desk.arranged(request.POST) if request.method == "POST" else saved
        problem = ""
        if "save" in request.POST:
            problem = desk.obstacle_to_front_page(chosen, saved, seen=request.POST.get("seen", ""))
            if not problem:
                desk.save_front_page(chosen)
                self._log(request, saved, chosen)
                self.message_user(request, "The front page is saved.", messages.SUCCESS)
                return redirect(request.path)
        q = (request.POST if request.method == "POST" else request.GET).get("q", "")
        context = {
            **self.admin_site.each_context(request),
            "title": "Front page",
            "opts": self.opts,
            "media": self.media,
            "stories": desk.in_order(chosen),
            "is_changed": chosen != saved,
            "problem": problem,
            "seen": desk.version_of(saved),
            "q": q[:200],
            "found": desk.for_front_page(q[:200], chosen),
            "most": desk.FRONT_PAGE_STORIES,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/articles/frontpageslot/curate.html", context)

    def add_view(self, request, form_url="", extra_context=None):
        return self._to_the_page(request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return self._to_the_page(request)

    delete_view = history_view = change_view

    def _to_the_page(self, request):
        if not self.has_change_permission(request):
            raise PermissionDenied
        return redirect(f"{self.admin_site.name}:articles_frontpageslot_changelist")

    def _log(self, request, before, after):
        """Write into the history of each story what happened to it."""
        articles = Article.objects.in_bulk({*before, *after})
        for place, pk in enumerate(after, start=1):
            if pk not in before or before.index(pk) != place - 1:
                said = "On the front page: it leads." if place == 1 else f"On the front page: place {place}."
                self.log_change(request, articles[pk], said)
        for pk in before:
            if pk not in after:
                self.log_change(request, articles[pk], "Taken off the front page.")


# --- photos and galleries -------------------------------------------------------------------------------------------
admin.site.register(Photo, PhotoAdmin)
admin.site.register(Gallery, GalleryAdmin)


# --- topics, authors, tags, pages -----------------------------------------------------------------------------------
class CountsArticles:
    """A list with the number of articles that readers have; `path_to_articles` leads there from the model."""

    def get_queryset(self, request):
        path = self.path_to_articles
        is_live = Q(**{f"{path}__published_at__lte": timezone.now(), f"{path}__withdrawn_at": None})
        live = Count(path, filter=is_live, distinct=True)
        return super().get_queryset(request).annotate(live_count=live)

    @admin.display(description="Live articles", ordering="live_count")
    def articles(self, thing):
        return thing.live_count


@admin.register(Topic)
class TopicAdmin(CountsArticles, ShownOnSite, admin.ModelAdmin):
    path_to_articles = "articles"
    fields = ["name", "slug", "description", "position", "colour", ("latitude", "longitude")]
    prepopulated_fields = {"slug": ["name"]}
    list_display = ["name", "position", "colour", "articles"]
    ordering = ["position", "name"]


@admin.register(Author)
class AuthorAdmin(CountsArticles, ShownOnSite, admin.ModelAdmin):
    path_to_articles = "articles"
    fields = ["name", "slug", "bio", "portrait", "public_email", "links", "user"]
    autocomplete_fields = ["portrait"]
    list_display = ["name", "user", "articles"]
    ordering = ["name"]
    list_select_related = ["user"]
    search_fields = ["name"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":
            kwargs["queryset"] = get_user_model().objects.filter(is_staff=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class TagForm(forms.ModelForm):
    def clean_name(self):
        name = one_line(self.cleaned_data["name"])
        if Tag.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"There is a tag “{name}” already; case does not matter.")
        if "," in name:
            raise ValidationError("A comma separates tags: it cannot be part of one.")
        return name


@admin.register(Tag)
class TagAdmin(CountsArticles, ShownOnSite, admin.ModelAdmin):
    path_to_articles = "tagged_articles__content_object"
    form = TagForm
    list_display = ["name", "articles"]
    ordering = ["name"]
    search_fields = ["name"]
    actions = ["merge"]

    def get_fields(self, request, obj=None):
        return ["name", "slug"] if obj else ["name"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"]  # it follows the name, and the former address leads on

    def save_model(self, request, tag, form, change):
        if change and "name" in form.changed_data:
            Tag.objects.get(pk=tag.pk).rename(tag.name)
        elif not change:
            super().save_model(request, tag, form, change)

    @admin.action(description="Merge into the one with most articles", permissions=["delete"])
    def merge(self, request, tags):
        """Nothing is lost: the articles and the addresses of the others go over to it."""
        ranked = list(tags.order_by().annotate(uses=Count("tagged_articles")).order_by("-uses", "name"))
        if len(ranked) < 2:
            self.message_user(request, "Choose at least two tags to merge.", messages.WARNING)
            return
        kept, *others = ranked
        kept.merge(others)
        names = in_a_row([f"“{tag.name}”" for tag in others])
        self.message_user(request, f"{names} merged into “{kept.name}”. Their addresses lead there.")


admin.site.unregister(TaggitTag)  # the tags of articles are Tag


class PageForm(forms.ModelForm):
    body = BodyField(required=False, label="Text")


@admin.register(Page)
class PageAdmin(BodyEditorMixin, ShownOnSite, admin.ModelAdmin):
    form = PageForm
    fieldsets = [
        (None, {"fields": ["title", "body"], "classes": ["wide-fields"]}),
        ("Where it stands", {"fields": ["slug", "position"]}),
    ]
    prepopulated_fields = {"slug": ["title"]}
    list_display = ["title", "slug", "position"]
    ordering = ["position", "title"]

    def missing_view(self, request, object_id=None):
        raise Http404  # a page is not published: it lacks nothing


@admin.register(Correction)
class CorrectionAdmin(admin.ModelAdmin):
    """What readers are told was wrong. A correction is one of substance: it moves the “Updated” date."""

    fields = ["article", "words", "made_at"]
    autocomplete_fields = ["article"]
    list_display = ["words", "article", "made_at"]
    list_select_related = ["article"]
    search_fields = ["words", "article__headline"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            obj.article.mark_updated()


@admin.register(ImportRun)
class ImportRunAdmin(admin.ModelAdmin):
    """What importers took, and what became of each line: to read, never to change."""

    list_display = ["source_name", "format", "article", "taken"]
    list_filter = ["format"]
    list_select_related = ["article"]
    search_fields = ["source_name", "article__headline"]
    fields = ["source_name", "format", "taken", "article_link"]
    readonly_fields = fields

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["lines"] = [line for line in obj.receipt.get("lines", []) if line.get("became") != "blank"]
        context["receipt"] = obj.receipt
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="Taken", ordering="created_at")
    def taken(self, run):
        return desk.in_site_time(run.created_at, zone=False)

    @admin.display(description="Article")
    def article_link(self, run):
        if run.article is None:
            return "deleted since"
        url = reverse("admin:articles_article_change", args=[run.article_id])
        return format_html('<a href="{}">{}</a>', url, run.article)
