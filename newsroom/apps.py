from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig


class NewsroomConfig(AppConfig):
    """The project itself: its commands, and what an operator sees."""

    name = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        if settings.SENTRY_DSN:
            from newsroom import reports  # its library is an extra

            reports.start(settings.SENTRY_DSN, environment=settings.ENVIRONMENT)


class NewsroomAdminConfig(AdminConfig):
    default_site = "newsroom.admin.NewsroomAdminSite"
