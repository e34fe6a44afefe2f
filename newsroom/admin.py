from urllib.parse import urlencode

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from articles import desk
from comments import moderation
from newsroom import condition, operation


class NewsroomAdminSite(admin.AdminSite):
    """Django's admin under the publication's name, with what waits on its first page."""

    site_header = settings.SITE_NAME
    site_title = f"{settings.SITE_NAME} newsroom"
    index_title = "Newsroom"
    enable_nav_sidebar = True

    def admin_view(self, view, cacheable=False):
        return csp_replace(settings.ADMIN_POLICY)(super().admin_view(view, cacheable))

    def login(self, request, extra_context=None):
        """There is one log-in for all: it is throttled, and asks for the second factor."""
        back_to = request.GET.get("next") or reverse("admin:index")
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied  # to the log-in and back, for ever
        response = HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back_to})}")
        return never_cache(lambda request: response)(request)

    def each_context(self, request):
        return super().each_context(request) | {"time_zone": timezone.get_current_timezone_name()}

    def index(self, request, extra_context=None):
        shown = desk.at_a_glance(request.user)
        shown["moderates"] = moderation.may_enter(request.user)
        if request.user.has_perm("newsroom.view_failure"):
            shown["findings_count"] = len(condition.findings())
        return super().index(request, shown | (extra_context or {}))

    def get_urls(self):
        return [
            path("condition/", self.admin_view(self.condition), name="condition"),
            path(
                "r/<str:content_type_id>/<path:object_id>/",
                self.admin_view(self.on_site),
                name="view_on_site",
            ),
            *(url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"),
        ]

    def on_site(self, request, content_type_id, object_id):
        """To the page of something, for whom the admin shows it to. Django's own way tells all staff the address of
        anything by its number, and that of a draft has its headline in it."""
        is_number = content_type_id.isdecimal() and len(content_type_id) < 10
        known = ContentType.objects.filter(pk=content_type_id).first() if is_number else None
        model_admin = self._registry.get(known and known.model_class())
        thing = model_admin and model_admin.get_object(request, object_id)
        if (
            thing is None
            or not hasattr(thing, "get_absolute_url")
            or not model_admin.has_view_permission(request, thing)
        ):
            raise Http404
        return HttpResponseRedirect(thing.get_absolute_url())

    def condition(self, request):
        """How the site is doing, for who may see its failures: queues, stores, backup, versions, what went wrong."""
        if not request.user.has_perm("newsroom.view_failure"):
            raise PermissionDenied
        context = self.each_context(request) | operation.report() | {"title": "How the site is doing"}
        return TemplateResponse(request, "admin/condition.html", context)

    def get_app_list(self, request, app_label=None):
        """List what is registered in the order in which it was: what is used most stands first."""
        apps = super().get_app_list(request, app_label)
        order = {model: place for place, model in enumerate(self._registry)}
        for app in apps:
            app["models"].sort(key=lambda entry: order[entry["model"]])
        return sorted(apps, key=lambda app: app["app_label"] != "articles")
