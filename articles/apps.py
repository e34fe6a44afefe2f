from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ArticlesConfig(AppConfig):
    name = "articles"

    def ready(self):
        from articles import listing, search_index  # they read the settings of the database
        from newsroom import edition

        # Django's own hooks around `migrate`: the index of the search and the number of the edition are kept by
        # triggers, which a migration of SQLite would trip over (see search_index)
        for kept in (search_index, listing, edition):
            pre_migrate.connect(kept.before_migrations, sender=self)
            post_migrate.connect(kept.after_migrations, sender=self)
