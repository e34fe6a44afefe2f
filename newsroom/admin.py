from django.conf import settings
from django.contrib import admin
from django.utils import timezone

from articles import desk


class NewsroomAdminSite(admin.AdminSite):
    """Django's admin under the publication's name, with what waits on its first page."""

    site_header = settings.SITE_NAME
    site_title = f"{settings.SITE_NAME} newsroom"
    index_title = "Newsroom"
    enable_nav_sidebar = True

    def each_context(self, request):
        return super().each_context(request) | {"time_zone": timezone.get_current_timezone_name()}

    def index(self, request, extra_context=None):
        return super().index(request, desk.at_a_glance(request.user) | (extra_context or {}))

    def get_app_list(self, request, app_label=None):
        """List what is registered in the order in which it was: what is used most stands first."""
        apps = super().get_app_list(request, app_label)
        order = {model: place for place, model in enumerate(self._registry)}
        for app in apps:
            app["models"].sort(key=lambda entry: order[entry["model"]])
        return sorted(apps, key=lambda app: app["app_label"] != "articles")
