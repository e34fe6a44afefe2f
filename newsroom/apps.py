from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate, pre_migrate

from newsroom import databases


class NewsroomConfig(AppConfig):
    """The project itself: its commands, and what an operator sees."""

    name = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from articles import listing, search_index  # they need the models, and the settings of the database
        from comments import tallies
        from newsroom import edition

        # Django's own hooks around `migrate`: triggers keep all of these, which a migration would trip over (see
        # search_index). The number of the edition stands aside the longest: no page that is made before the others are
        # right again is kept.
        for kept in (edition, search_index, tallies, listing):
            pre_migrate.connect(kept.before_migrations, sender=self)
        for kept in (listing, tallies, search_index, edition):
            post_migrate.connect(kept.after_migrations, sender=self)

        if settings.SENTRY_DSN:
            from newsroom import reports  # its library is an extra

            reports.start(settings.SENTRY_DSN, environment=settings.ENVIRONMENT)
        if settings.DATABASES["default"].get("OPTIONS", {}).get("pool"):
            databases.hurry_pools()


class NewsroomAdminConfig(AdminConfig):
    default_site = "newsroom.admin.NewsroomAdminSite"
