from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig

from newsroom import databases


class NewsroomConfig(AppConfig):
    """The project itself: its commands, and what an operator sees."""

    name = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        if settings.SENTRY_DSN:
            from newsroom import reports  # its library is an extra

            reports.start(settings.SENTRY_DSN, environment=settings.ENVIRONMENT)
        if settings.DATABASES["default"].get("OPTIONS", {}).get("pool"):
            databases.hurry_pools()


class NewsroomAdminConfig(AdminConfig):
    default_site = "newsroom.admin.NewsroomAdminSite"
