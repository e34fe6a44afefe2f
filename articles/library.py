"""The photo library at the desk: bringing many files in, finding, replacing, galleries.

What a picture is and what becomes of its file is `articles.photos`; here are the pages of the admin around it.
"""

import re
from datetime import date

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, F, Q
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST
from js_asset import Script

from articles import desk, metadata, photos
from articles.editor import answers_json
from articles.forms import Lines
from articles.models import ArticlePhoto, Gallery, GalleryPhoto, Photo, in_a_row, one_line

LAST = 32767  # where a photo without a number goes; positions are counted anew when they are saved


# --- finding ----------------------------------------------------------------------------------------------------------
class ViewFilter(admin.SimpleListFilter):
    """Not what is listed, but how: it is among the filters so that paging and searching keep it."""

    title, parameter_name = "shown as", "view"

    def lookups(self, request, model_admin):
        return [("list", "List")]

    def choices(self, changelist):
        for choice in super().choices(changelist):
            yield choice | ({"display": "Pictures"} if choice["display"] == "All" else {})

    def queryset(self, request, photos):
        return photos


class ReadyFilter(admin.SimpleListFilter):
    title, parameter_name = "what it lacks", "lacks"

    def lookups(self, request, model_admin):
        return [
            ("picture", "Awaiting its picture"),
            ("credit", "Without a credit"),
            ("alternative", "Without alternative text"),
        ]

    def queryset(self, request, photos):
        match self.value():
            case "picture":
                return photos.awaiting()
            case "credit":
                return photos.without_credit()
            case "alternative":
                return photos.without_alternative()
        return photos


class UseFilter(admin.SimpleListFilter):
    title, parameter_name = "use", "used"

    def lookups(self, request, model_admin):
        return [("yes", "Used"), ("no", "Unused")]

    def queryset(self, request, photos):
        match self.value():
            case "yes":
                return photos.used()
            case "no":
                return photos.unused()
        return photos


class RightsFilter(admin.SimpleListFilter):
    title, parameter_name = "rights", "rights"

    def lookups(self, request, model_admin):
        return [("ending", "End within 14 days"), ("ended", "Have ended")]

    def queryset(self, request, photos):
        match self.value():
            case "ending":
                return photos.rights_ending()
            case "ended":
                return photos.expired()
        return photos


class RenditionsFilter(admin.SimpleListFilter):
    title, parameter_name = "renditions", "renditions"

    def lookups(self, request, model_admin):
        return [("failed", "Failed"), ("due", "Still being made")]

    def queryset(self, request, photos):
        match self.value():
            case "failed":
                return photos.failed()
            case "due":
                return photos.without_renditions().filter(failed_at=None)
        return photos


_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def days(word):
    """Return the first and the last day that “2026”, “2026-11” or “2026-11-25” names, or None."""
    found = _DAY.fullmatch(word)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return first, first
        following = date(year + (month in (None, 12)), month % 12 + 1 if month else 1, 1)
    except ValueError:
        return None
    return first, date.fromordinal(following.toordinal() - 1)


def found(photos_, words):
    """Photos in which each of the words stands: in what is written about them, as the day on which they were taken or
    brought (“2026-11”), or as who brought them."""
    for word in words.split():
        is_meant = Q(pk__in=Photo.objects.matching(word).values("pk"))
        is_meant |= (
            Q(uploaded_by__first_name__icontains=word)
            | Q(uploaded_by__last_name__icontains=word)
            | Q(uploaded_by__username__icontains=word)
        )
        if meant := days(word):
            is_meant |= Q(taken_on__range=meant) | Q(uploaded_at__date__range=meant)
        photos_ = photos_.filter(is_meant)
    return photos_


# --- bringing in ------------------------------------------------------------------------------------------------------
class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class UploadForm(forms.Form):
    """What is said of all pictures that are brought in at once; the files are judged one by one."""

    credit = forms.CharField(
        required=False, max_length=200, label="Credit of all of them",
        help_text="Left empty, each takes the one that its file knows.",
    )  # fmt: skip
    keywords = forms.CharField(
        required=False, max_length=500, label="Keywords of all of them", help_text="Separated by commas."
    )
    duplicates = forms.ChoiceField(
        required=False,
        label="Pictures that the library has already",
        choices=[("ask", "Show them to me, and store nothing"), ("keep", "Keep both")],
    )

    def photo(self, image, user):
        return Photo(
            image=image,
            credit=one_line(self.cleaned_data["credit"]),
            keywords=one_line(self.cleaned_data["keywords"]),
            uploaded_by=user,
        )


def bring_in(form, image, user):
    """Store one file; return (photo, []) or, where the library has it and nothing is said about that, (None, those it
    has as (photo, is_exact)). Raises ValidationError with a sentence for what is refused, and then leaves nothing."""
    had = photos.duplicates_of(image) if form.cleaned_data["duplicates"] != "keep" else []
    if had:
        return None, had
    photo = form.photo(image, user)
    photo.save()
    return photo, []


def summary(photo):
    """What the page of uploads shows of a photo of the library; `static/js/admin/upload.js` names the keys."""
    return {
        "id": photo.pk,
        "words": str(photo),
        "credit": photo.credit_line,
        "name": photo.file_name,
        "thumbnail": photo.cards[0].url if photo.cards else None,
        "missing": photo.missing(),
        "url": reverse("admin:articles_photo_change", args=[photo.pk]),
    }


@answers_json("articles.add_photo")
@require_POST
def upload_one(request):
    """Take one file from the script: 201 with the photo, 409 with those that the library has, 400 with a sentence."""
    form, files = UploadForm(request.POST), request.FILES.getlist("image")
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.as_data().values() for error in errors])
    if len(files) != 1:
        raise ValidationError("No file came with this.")
    photo, had = bring_in(form, files[0], request.user)
    if photo is None:
        told = [summary(other) | {"exact": is_exact} for other, is_exact in had[:4]]
        return JsonResponse({"duplicates": told}, status=409)
    return JsonResponse({"photo": summary(photo)}, status=201)


# --- the photo --------------------------------------------------------------------------------------------------------
class PictureInput(forms.ClearableFileInput):
    """A file field whose script shows the chosen picture before it is uploaded."""

    template_name = "admin/widgets/picture.html"

    class Media:
        js = [Script("js/admin/focal-point.js", type="module")]


class PhotoForm(forms.ModelForm):
    # articles.photos judges the file, with sentences that say what is wrong with it
    image = forms.FileField(required=False, widget=PictureInput({"accept": "image/*"}), label="Picture")
    keep_both = forms.BooleanField(required=False, label="Store it even if the library has it")

    class Meta:
        widgets = {
            "caption": Lines({"rows": 3}),
            "alt": Lines({"rows": 3}),
            "keywords": forms.TextInput(),
            "rights_note": Lines({"rows": 2}),
            "taken_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "rights_end_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "focal_x": forms.NumberInput({"min": 0, "max": 1, "step": "any", "data-focal-x": True}),
            "focal_y": forms.NumberInput({"min": 0, "max": 1, "step": "any", "data-focal-y": True}),
        }

    def clean(self):
        """A picture that the library has, or one that looks like it, is asked about before it is stored."""
        image = self.cleaned_data.get("image")
        if not image or "image" not in self.changed_data or self.cleaned_data["keep_both"]:
            return
        try:
            had = photos.duplicates_of(image, but=self.instance)
        except ValidationError as error:  # it is no picture of ours
            self.add_error("image", error)
            return
        if had:
            (photo, is_exact), *_ = had
            sentence = (
                'The library has {}: <a href="{}">{}</a>. Place that photo instead, or choose the file once more and '
                "say that both are meant."
            )
            what = "this very file" if is_exact else "a picture that looks like this one"
            url = reverse("admin:articles_photo_change", args=[photo.pk])
            self.add_error("image", format_html(sentence, what, url, photo))


def known_by_file(photo):
    """What the file of `photo` says of itself, as (field, label, words of the file, words of the library).

    Reads the original anew; raises ValidationError where that cannot be done.
    """
    try:
        with photo.image.storage.open(photo.image.name) as file:
            known = photos.check_upload(file)["metadata"]
    except FileNotFoundError as error:
        raise ValidationError("The original is not in the storage.") from error
    return [
        (name, Photo._meta.get_field(name).verbose_name, known[name], getattr(photo, name))
        for name in metadata.FIELDS
        if name in known
    ]


class PhotoAdmin(admin.ModelAdmin):
    form = PhotoForm
    fieldsets = [
        (None, {"fields": ["image", "keep_both", "caption", "credit", "credit_kind", "alt", "decorative"], "classes": ["wide-fields"]}),
        ("Focal point: what must stay in a crop", {"fields": [("focal_x", "focal_y")]}),
        ("Rights", {"fields": ["copyright", "source_url", "rights_note", "rights_end_on"], "classes": ["wide-fields"]}),
        ("For the search", {"fields": ["headline", "keywords", "taken_on"], "classes": ["wide-fields"]}),
    ]  # fmt: skip
    list_display = ["picture", "words", "credit", "lacking", "places", "uploaded"]
    list_display_links = ["words"]
    list_filter = [
        ViewFilter,
        ReadyFilter,
        UseFilter,
        RightsFilter,
        RenditionsFilter,
        "uploaded_at",
        "credit_kind",
    ]
    list_per_page = 48
    search_fields = ["caption"]  # that there is a search; get_search_results says where
    search_help_text = (
        "Caption, credit, keyword, alternative text, file name, a date (2026-11), who brought it"
    )
    ordering = ["-uploaded_at", "-pk"]
    show_full_result_count = False
    actions = ["make_again", "make_gallery"]

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("upload/", self.upload_view, name="articles_photo_upload"),
            path("<int:pk>/file/", view(self.file_view), name="articles_photo_file"),
            path("<int:pk>/again/", view(require_POST(self.again_view)), name="articles_photo_again"),
            path(
                "placement/<int:pk>/library-caption/",
                view(require_POST(self.library_caption_view)),
                name="articles_photo_library_caption",
            ),
            *super().get_urls(),
        ]

    def changeform_view(self, request, *args, **kwargs):
        response = super().changeform_view(request, *args, **kwargs)
        shown = (getattr(response, "context_data", None) or {}).get("adminform")
        if shown and shown.form.has_error("image", photos.NO_ROOM):
            desk.try_again_later(response)
        return response

    # - the list -
    def get_queryset(self, request):
        galleries = Count("gallery_placements", distinct=True)
        return (
            super()
            .get_queryset(request)
            .select_related("uploaded_by")
            .annotate(place_count=Count("placements", distinct=True) + galleries)
        )

    def get_search_results(self, request, photos_, words):
        return found(photos_, words), False

    @admin.action(description="Make their renditions again", permissions=["change"])
    def make_again(self, request, chosen):
        taken = [photo for photo in chosen if photo.image]
        for photo in taken:
            photo.retry()
        self.message_user(request, f"The worker makes the renditions of {len(taken)} photos again.")

    @admin.action(description="Make a gallery of them", permissions=["change"])
    def make_gallery(self, request, chosen):
        if not request.user.has_perm("articles.add_gallery"):
            raise PermissionDenied
        chosen = sorted(chosen, key=lambda photo: (photo.uploaded_at, photo.pk))
        with transaction.atomic():  # a gallery without its photos would be of no use
            gallery = Gallery.objects.create(title="A new gallery")
            GalleryPhoto.objects.bulk_create(
                GalleryPhoto(gallery=gallery, photo=photo, position=n)
                for n, photo in enumerate(chosen, start=1)
            )
        self.message_user(
            request, f"A gallery of {len(chosen)} photos. Give it its title, and bring them into their order."
        )
        return redirect("admin:articles_gallery_change", gallery.pk)

    # - bringing in -
    def upload_view(self, request):
        """The page where pictures are brought in; for the script, the address that takes one."""
        if request.accepts("application/json") and not request.accepts("text/html"):
            return upload_one(request)
        return self.admin_site.admin_view(self._upload_page)(request)

    def _upload_page(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None)
        files = request.FILES.getlist("image")
        taken, refused, had = [], [], []
        if request.method == "POST" and form.is_valid():
            if not files:
                form.add_error(None, "Please choose at least one picture.")
            for file in files:
                try:
                    photo, others = bring_in(form, file, request.user)
                except ValidationError as error:
                    refused.append(" ".join(error.messages))
                    continue
                if photo is None:
                    had.append((file.name, others[:4]))
                else:
                    taken.append(photo)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Add pictures",
            "form": form,
            "taken": taken,
            "refused": refused,
            "had": had,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/articles/photo/upload.html", context)

    # - one photo -
    def save_model(self, request, photo, form, change):
        if "image" in form.changed_data:
            photo.uploaded_by = request.user
        super().save_model(request, photo, form, change)
        if change and "caption" in form.changed_data:
            following, own = self._by_caption(photo, request.user)
            if following:
                places = format_html_join(", ", "{}", ((place,) for place in following))
                self.message_user(request, format_html("The new caption stands in: {}.", places))
            if own:
                places = format_html_join(", ", "{}", ((place,) for place in own))
                self.message_user(request, format_html("A text of their own keep: {}.", places))

    def _by_caption(self, photo, user):
        """The places of `photo` as links, in two lists: those that follow the library's caption, and those with a text
        of their own. Drafts that the user may not see are counted."""
        places = {False: [], True: []}
        shown, _ = desk.placements_of(photo, user)
        for placement in shown:
            url = reverse("admin:articles_article_change", args=[placement.article_id])
            where = f"photo {placement.position}" if placement.position else "the hero"
            link = format_html('<a href="{}">{}</a> ({})', url, placement.article, where)
            places[placement.is_own_caption].append(link)
        for placed in photo.gallery_placements.select_related("gallery"):
            url = reverse("admin:articles_gallery_change", args=[placed.gallery_id])
            places[bool(placed.caption)].append(
                format_html('<a href="{}">{}</a> (gallery)', url, placed.gallery)
            )
        others = photo.placements.exclude(pk__in=[placement.pk for placement in shown])
        for is_own, links in places.items():
            if count := others.filter(is_own_caption=is_own).count():
                links.append(f"{count} draft{'s' if count > 1 else ''} of others")
        return places[False], places[True]

    def get_deleted_objects(self, photos_, request):
        """A placed photo is protected: say in which articles, to whom may know it."""
        deleted, counts, lacking, protected = super().get_deleted_objects(photos_, request)
        if protected:
            protected = [line for photo in photos_ for line in self._kept_by(photo, request.user)]
            lacking = set()  # where it is placed is what helps: nobody would delete those articles for it
        return deleted, counts, lacking, protected

    def _kept_by(self, photo, user):
        shown, others = desk.placements_of(photo, user)
        for placement in shown:
            where = f"photo {placement.position} in the text" if placement.position else "the hero photo"
            url = reverse("admin:articles_article_change", args=[placement.article_id])
            article = placement.article
            yield format_html(
                '“{}” is {} of <a href="{}">{}</a> ({})', photo, where, url, article, article.state
            )
        if others:
            yield f"“{photo}” is placed in {others} draft{'s' if others > 1 else ''} of others."
        for placement in photo.gallery_placements.select_related("gallery"):
            url = reverse("admin:articles_gallery_change", args=[placement.gallery_id])
            yield format_html('“{}” is in the gallery <a href="{}">{}</a>', photo, url, placement.gallery)
        for author in photo.portrays.all():
            url = reverse("admin:articles_author_change", args=[author.pk])
            yield format_html('“{}” is the portrait of <a href="{}">{}</a>', photo, url, author)

    def _own_captions(self, photo, user):
        """The placements that do not follow the library's caption and that the user may let follow it."""
        shown, _ = desk.placements_of(photo, user)
        return [
            placement
            for placement in shown
            if placement.is_own_caption and desk.may_change(user, placement.article)
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["photo"] = (
            Photo.objects.get(pk=obj.pk) if obj else None
        )  # as saved, where the form is refused
        if obj:
            context["kept_by"] = list(self._kept_by(obj, request.user))
            context["own_captions"] = self._own_captions(obj, request.user)
            context["followers"], context["keepers"] = self._by_caption(obj, request.user)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _to_change(self, request, pk):
        photo = get_object_or_404(Photo, pk=pk)
        if not self.has_change_permission(request, photo):
            raise PermissionDenied
        return photo

    def file_view(self, request, pk):
        """GET: what the file knows, beside what the library says. POST: fill the empty fields from it."""
        photo = self._to_change(request, pk)
        if photo.is_awaiting:
            raise Http404
        try:
            known, problem = known_by_file(photo), ""
        except ValidationError as error:
            known, problem = [], " ".join(error.messages)
        empty = [(name, label, words) for name, label, words, ours in known if not ours]
        if request.method == "POST" and not problem:
            for name, _, words in empty:
                setattr(photo, name, Photo._meta.get_field(name).to_python(words))
            if empty:
                photo.save(update_fields=[name for name, _, _ in empty])
                filled = in_a_row(label for _, label, _ in empty)
                self.log_change(request, photo, f"Filled from the file: {filled}.")
                self.message_user(request, f"Filled from the file: {filled}.")
            return redirect("admin:articles_photo_change", photo.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "What the file knows",
            "photo": photo,
            "known": known,
            "empty": empty,
            "problem": problem,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/articles/photo/file.html", context)

    def again_view(self, request, pk):
        photo = self._to_change(request, pk)
        if photo.is_awaiting:
            raise Http404
        photo.retry()
        self.message_user(request, f"The worker makes the renditions of “{photo}” again.")
        return redirect("admin:articles_photo_change", photo.pk)

    def library_caption_view(self, request, pk):
        """Let one placement follow the library's caption again."""
        placement = get_object_or_404(ArticlePhoto.objects.select_related("article", "photo"), pk=pk)
        photo, article = placement.photo, placement.article
        if not desk.may_change(request.user, article):
            raise PermissionDenied
        article.follow_library_caption(placement.position)
        self.log_change(request, article, f"The caption of “{photo}” is the library's again.")
        self.message_user(request, f"In “{article}” it has the caption of the library again.")
        return HttpResponseRedirect(reverse("admin:articles_photo_change", args=[photo.pk]))

    @admin.display(description="Picture")
    def picture(self, photo):
        return photo.thumbnail

    @admin.display(description="Caption")
    def words(self, photo):
        return str(photo)

    @admin.display(description="Lacks")
    def lacking(self, photo):
        words = desk.lacking_words(photo)
        return format_html('<span class="lacking">{}</span>', words.capitalize()) if words else "–"

    @admin.display(description="Uploaded", ordering="uploaded_at")
    def uploaded(self, photo):
        return desk.in_site_time(photo.uploaded_at, zone=False)

    @admin.display(description="Placed", ordering="place_count")
    def places(self, photo):
        count = photo.place_count
        return "unused" if not count else "once" if count == 1 else f"{count} times"


# --- galleries --------------------------------------------------------------------------------------------------------
class GalleryPhotoForm(forms.ModelForm):
    position = forms.IntegerField(
        required=False, min_value=1, max_value=999,
        widget=forms.NumberInput({"data-order-number": True, "aria-label": "Place"}),
    )  # fmt: skip

    class Meta:
        widgets = {"caption": Lines({"rows": 2, "aria-label": "Caption of its own"})}

    def clean_position(self):
        position = self.cleaned_data["position"]
        return LAST if position is None else position


class GalleryPhotoInline(admin.TabularInline):
    model = GalleryPhoto
    form = GalleryPhotoForm
    template = "admin/articles/gallery/photos.html"
    fields = ["position", "picture", "photo", "caption"]
    readonly_fields = ["picture"]
    autocomplete_fields = ["photo"]
    verbose_name = "photo"

    class Media:
        js = [Script("js/admin/order.js", type="module")]

    # whoever may change the gallery may change what is in it; the admin asks the gallery as well
    def has_view_permission(self, request, obj=None):
        return True

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def get_extra(self, request, obj=None, **kwargs):
        return 1 if obj is None else 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("photo")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "photo":
            field.widget.can_delete_related = field.widget.can_view_related = False
            field.widget.attrs["aria-label"] = "Photo"
        return field

    @admin.display(description="Picture")
    def picture(self, placed):
        return placed.photo.thumbnail if placed.photo_id else ""


class GalleryAdmin(admin.ModelAdmin):
    inlines = [GalleryPhotoInline]
    fields = ["title"]
    list_display = ["title", "photo_count", "places"]
    search_fields = ["title"]
    ordering = ["-created_at", "-pk"]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .annotate(
                photo_count=Count("placements", distinct=True),
                place_count=Count("article_placements", distinct=True),
            )
        )

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        gallery = form.instance
        for n, placed in enumerate(gallery.placements.order_by("position", F("pk")), start=1):
            if placed.position != n:
                GalleryPhoto.objects.filter(pk=placed.pk).update(position=n)

    def get_deleted_objects(self, galleries, request):
        deleted, counts, lacking, protected = super().get_deleted_objects(galleries, request)
        if protected:
            protected = [line for gallery in galleries for line in self._kept_by(gallery, request.user)]
            lacking = set()
        return deleted, counts, lacking, protected

    def _kept_by(self, gallery, user):
        rows = gallery.article_placements.select_related("article").order_by("-article__modified_at")
        seen = set(
            desk.visible_to(user).filter(gallery_placements__gallery=gallery).values_list("pk", flat=True)
        )
        for row in rows:
            if row.article_id in seen:
                url = reverse("admin:articles_article_change", args=[row.article_id])
                yield format_html(
                    '“{}” stands in <a href="{}">{}</a> ({})', gallery, url, row.article, row.article.state
                )
        if others := sum(row.article_id not in seen for row in rows):
            yield f"“{gallery}” stands in {others} draft{'s' if others > 1 else ''} of others."

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context["kept_by"] = list(self._kept_by(obj, request.user))
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="Photos", ordering="photo_count")
    def photo_count(self, gallery):
        return gallery.photo_count

    @admin.display(description="Placed", ordering="place_count")
    def places(self, gallery):
        count = gallery.place_count
        return "unused" if not count else "once" if count == 1 else f"{count} times"
