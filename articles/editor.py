"""The body editor: its form field, and the few addresses that it asks while somebody writes.

An admin class takes it in two steps:

    class ArticleForm(forms.ModelForm):
        body = BodyField(required=False)

    class ArticleAdmin(BodyEditorMixin, admin.ModelAdmin):
        form = ArticleForm

The editor itself is `static/js/editor/`, on the building blocks of django-prose-editor. That package's own widget is
not used: it has the editor write an inline style element, which our policy forbids, and its toolbar and its pasting
know nothing of photos. What comes in is cleaned by `articles.body`, whatever the script did.
"""

import json
import re
from functools import wraps

from django import forms
from django.conf import settings
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST
from js_asset import ImportMap, Media, Script

from articles import body, desk, photos
from articles.models import Byline, Gallery, Photo

MODULES = (
    "compare",
    "dialog",
    "dom",
    "drafts",
    "duplicates",
    "foreign-html",
    "form-fields",
    "gallery",
    "history",
    "library",
    "link",
    "link-address",
    "missing",
    "notices",
    "paste",
    "photo",
    "photo-dialog",
    "photo-verbs",
    "photo-view",
    "pull-quote",
    "schema",
    "server",
    "toolbar",
    "uploads",
    "word-count",
)
# static files have a hash in their name: modules find one another through the import map
IMPORT_MAP = ImportMap(
    {"django-prose-editor/editor": "django_prose_editor/editor.js"}
    | {f"editor/{name}": f"js/editor/{name}.js" for name in MODULES}
)
PHOTOS_PER_PAGE = 24
SAVED_DRAFTS_COOKIE = "saved_drafts"
_PAGE_ID = re.compile(r"[0-9a-f]{24}")


# --- the form field -----------------------------------------------------------------------------------------------
class BodyWidget(forms.Textarea):
    """A textarea that the script turns into the editor; without the script it takes HTML.

    `page` is what `BodyEditorMixin` tells it about the page that it stands on.
    """

    page = None

    def __init__(self, attrs=None):
        super().__init__({"rows": 30} | (attrs or {}))

    @property
    def media(self):
        return Media(
            importmap=IMPORT_MAP,
            css={"all": ["css/admin/editor.css"]},
            js=[Script("js/editor/editor.js", type="module")],
        )

    def get_context(self, name, value, attrs):
        placed = Photo.objects.in_bulk({photo.id for photo in body.placed_photos(value)})
        context = super().get_context(name, body.for_editor(value, placed), attrs)
        if self.page is not None:
            config = {key: told for key, told in self.page.items() if key != "user"}
            config["facts"] = [photo_facts(photo, self.page["user"]) for photo in placed.values()]
            named = Gallery.objects.with_photos().in_bulk(body.placed_galleries(value or ""))
            config["galleries"] = [gallery_facts(gallery) for gallery in named.values()]
            context["widget"]["attrs"]["data-body-editor"] = json.dumps(config)
        return context


class BodyField(forms.CharField):
    """The body of an article in a form: its value is canonical body HTML."""

    widget = BodyWidget

    def clean(self, value):
        return body.clean(super().clean(value))

    def has_changed(self, initial, data):
        return not self.disabled and body.clean(initial) != body.clean(data)


# --- the admin class ----------------------------------------------------------------------------------------------
class BodyEditorMixin:
    """For a ModelAdmin whose form has a `BodyField`: what the editor must know, and the addresses that it asks."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("galleries/", galleries, name=f"{name}_galleries"),
            path("photos/", library, name=f"{name}_photos"),
            path("photos/<int:pk>/", photo_details, name=f"{name}_photo"),
            path("photos/<int:pk>/picture/", photo_picture, name=f"{name}_photo_picture"),
            path("check/", answers_json()(self.missing_view), name=f"{name}_check_new"),
            path("<path:object_id>/check/", answers_json()(self.missing_view), name=f"{name}_check"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, *args, **kwargs):
        form = context["adminform"].form
        for field in form.fields.values():
            if isinstance(field.widget, BodyWidget):
                field.widget.page = self._editor_page(request, form)
        # the import map is an inline script: it needs the nonce of this answer
        media = Media.from_media(context["media"])
        context["media"] = mark_safe(media.render(attrs={"nonce": str(request.csp_nonce)}))
        return super().render_change_form(request, context, *args, **kwargs)

    def _editor_page(self, request, form):
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
        saved_at = form.instance.modified_at.isoformat() if form.instance.pk else ""
        return {
            "user": request.user,
            "photos_url": reverse(f"{name}_photos"),
            "galleries_url": reverse(f"{name}_galleries"),
            "may_upload": request.user.has_perm("articles.add_photo"),
            "words_per_minute": settings.READING_WORDS_PER_MINUTE,
            "csrf_cookie": settings.CSRF_COOKIE_NAME,
            "draft": {
                "scope": f"{self.opts.label_lower}:{form.instance.pk or 'new'}:{request.user.pk}",
                "saved_at": saved_at,
                "unsaved": form.is_bound,
                "kept_days": settings.DESK_DRAFT_KEPT_DAYS,
                "cookie": {"name": SAVED_DRAFTS_COOKIE, "path": reverse(f"{self.admin_site.name}:index")},
            },
        }

    def response_add(self, request, obj, *args, **kwargs):
        return self._say_saved(request, super().response_add(request, obj, *args, **kwargs))

    def response_change(self, request, obj):
        return self._say_saved(request, super().response_change(request, obj))

    def _say_saved(self, request, response):
        """Tell the browser which page's text is saved now: only then it lets go of the draft that it kept."""
        said = [request.POST.get("draft_page", ""), *request.COOKIES.get(SAVED_DRAFTS_COOKIE, "").split(".")]
        pages = [page for page in said if _PAGE_ID.fullmatch(page)][:20]
        if pages:
            response.set_cookie(
                SAVED_DRAFTS_COOKIE,
                ".".join(pages),
                path=reverse(f"{self.admin_site.name}:index"),
                secure=request.is_secure(),
                samesite="Lax",
            )
        return response

    def missing_view(self, request, object_id=None):
        """Answer what the unsaved form lacks before it may be published, by the rule that publishing itself follows."""
        if request.method != "POST":
            return _error(405, "Only a form can be checked.")
        article = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and article is None:
            raise Http404
        allowed = (
            self.has_change_permission(request, article) if article else self.has_add_permission(request)
        )
        if not allowed:
            raise PermissionDenied
        form = self.get_form(request, article, change=article is not None)(request.POST, instance=article)
        form.full_clean()
        typed = form.instance  # it has what is valid in the form, and still the saved value of what is not
        for field in self.opts.concrete_fields:
            if field.name in form.errors:
                setattr(typed, field.name, None if field.null else field.get_default())
        return JsonResponse({"missing": typed.missing_for_publishing(writers=self._writers(request, typed))})

    def _writers(self, request, article):
        """The authors that the unsaved bylines of the form name as writers."""
        formsets, _ = self._create_formsets(request, article, change=article.pk is not None)
        rows = [
            row for formset in formsets if formset.model is Byline for row in formset.forms if row.is_valid()
        ]
        return [
            row.cleaned_data["author"]
            for row in rows
            if row.cleaned_data.get("author")
            and row.cleaned_data.get("role") == Byline.Role.BY
            and not row.cleaned_data.get("DELETE")
        ]


# --- what the script asks -----------------------------------------------------------------------------------------
def answers_json(permission=None):
    """Let staff (with `permission`) in to a view that answers JSON; a refusal is JSON with one sentence as well."""

    def decorate(view):
        @wraps(view)
        def answer(request, *args, **kwargs):
            try:
                if not (request.user.is_active and request.user.is_staff):
                    response = _error(
                        401, "You are logged out. Log in again in another tab, then try again here."
                    )
                elif permission and not request.user.has_perm(permission):
                    raise PermissionDenied
                else:
                    response = view(request, *args, **kwargs)
            except ValidationError as error:
                response = _error(400, " ".join(error.messages))
                if any(each.code == photos.NO_ROOM for each in error.error_list):
                    desk.try_again_later(response)
            except PermissionDenied:
                response = _error(403, "Your account may not do this.")
            except Http404:
                response = _error(404, "This is not there any more.")
            patch_cache_control(response, private=True, no_store=True)
            return response

        return answer

    return decorate


def _error(status, sentence):
    return JsonResponse({"error": sentence}, status=status)


class PhotoSearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=200)

    def ids(self):
        given = self.data.getlist("id")[:200]
        return [int(id) for id in given if id.isascii() and id.isdigit() and len(id) < 19]

    def found(self):
        return Photo.objects.matching(self.cleaned_data["q"]) if self.is_valid() else Photo.objects.none()


class PictureForm(forms.Form):
    image = forms.FileField(error_messages={"required": "No file came with this."})

    def clean_image(self):
        photos.check_upload(self.cleaned_data["image"])
        return self.cleaned_data["image"]


class PhotoDetailsForm(forms.ModelForm):
    class Meta:
        model = Photo
        fields = ["credit", "alt", "decorative"]


def photo_facts(photo, user):
    """Return what the editor shows of a photo of the library; `static/js/editor/library.js` names the keys."""
    return {
        "id": photo.pk,
        "name": photo.file_name,
        "caption": photo.caption,
        "credit": photo.credit,
        "alt": photo.alt,
        "decorative": photo.decorative,
        "awaiting": photo.is_awaiting,
        "missing": photo.missing(),
        "width": photo.width,
        "height": photo.height,
        "url": photo.src or None,
        "thumbnail": photo.renditions[0].url if photo.renditions else None,
        "can_change": user.has_perm("articles.change_photo"),
        "change_url": reverse("admin:articles_photo_change", args=[photo.pk]),
    }


def _cleaned(form):
    """Return the cleaned data of `form`, or raise ValidationError with the sentences of its errors."""
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.as_data().values() for error in errors])
    return form.cleaned_data


def library(request):
    """GET: photos by `id`, or a page of those that match `q`. POST: add a picture."""
    return _add_photo(request) if request.method == "POST" else _find_photos(request)


@answers_json("articles.view_photo")
def _find_photos(request):
    search = PhotoSearchForm(request.GET)
    if ids := search.ids():
        found = Photo.objects.filter(pk__in=ids)
        return JsonResponse({"photos": [photo_facts(photo, request.user) for photo in found]})
    page = Paginator(search.found(), PHOTOS_PER_PAGE).get_page(request.GET.get("page"))
    return JsonResponse(
        {
            "photos": [photo_facts(photo, request.user) for photo in page],
            "count": page.paginator.count,
            "next": page.next_page_number() if page.has_next() else None,
        }
    )


def gallery_facts(gallery):
    """Return what the editor shows of a gallery; `static/js/editor/gallery.js` names the keys."""
    placed = [one.photo for one in gallery.placements.all()]
    return {
        "id": gallery.pk,
        "title": gallery.title,
        "count": len(placed),
        "missing": gallery.missing(),
        "thumbnails": [photo.cards[0].url for photo in placed if photo.cards][:6],
        "change_url": reverse("admin:articles_gallery_change", args=[gallery.pk]),
    }


@answers_json("articles.view_gallery")
def galleries(request):
    """Galleries by `id`, or the newest whose title has `q`."""
    search = PhotoSearchForm(request.GET)
    found = Gallery.objects.with_photos()
    if ids := search.ids():
        found = found.filter(pk__in=ids)
    else:
        words = _cleaned(search)["q"].split()
        for word in words:
            found = found.filter(title__icontains=word)
    return JsonResponse({"galleries": [gallery_facts(gallery) for gallery in found[:PHOTOS_PER_PAGE]]})


def _duplicates(request, image):
    """The facts of up to four photos that show what `image` shows; none where it is to be kept whatever there is."""
    if request.POST.get("duplicates") == "keep":
        return []
    had = photos.duplicates_of(image)[:4]
    return [photo_facts(photo, request.user) | {"exact": is_exact} for photo, is_exact in had]


@answers_json("articles.add_photo")
def _add_photo(request):
    """201 with the new photo; 200 with those that the library has already, and nothing stored, unless both are to be kept."""
    image = _cleaned(PictureForm(request.POST, request.FILES))["image"]
    if had := _duplicates(request, image):
        return JsonResponse({"duplicates": had})
    photo = Photo.objects.create(image=image, uploaded_by=request.user)
    return JsonResponse({"photo": photo_facts(photo, request.user)}, status=201)


@answers_json("articles.change_photo")
@require_POST
def photo_details(request, pk):
    """Save credit, alternative text and `decorative` of a photo."""
    form = PhotoDetailsForm(request.POST, instance=get_object_or_404(Photo, pk=pk))
    _cleaned(form)
    return JsonResponse({"photo": photo_facts(form.save(), request.user)})


@answers_json("articles.change_photo")
@require_POST
def photo_picture(request, pk):
    """Give a photo that waits for its picture the file; or answer with those that the library has, as for a new one."""
    photo = get_object_or_404(Photo, pk=pk)
    if not photo.is_awaiting:
        return _error(409, "This photo has its picture already. Change it in the library.")
    image = _cleaned(PictureForm(request.POST, request.FILES))["image"]
    if had := _duplicates(request, image):
        return JsonResponse({"duplicates": had})
    photo.image = image
    photo.save()
    return JsonResponse({"photo": photo_facts(photo, request.user)})
