from django.apps import AppConfig
from django.db.models.signals import pre_save


class CommentsConfig(AppConfig):
    name = "comments"

    def ready(self):
        # The library publishes (or hides) every reply below a comment whenever that comment is saved. Here a status
        # is changed by a verb and by nothing else. Must stand after django_comments_xtd in INSTALLED_APPS.
        from allauth.core.internal import ratelimit
        from allauth.mfa.totp.internal import auth as one_time_codes
        from django.core.cache import caches
        from django.utils.connection import ConnectionProxy
        from django_comments_xtd.models import publish_or_unpublish_on_pre_save  # models are ready only now

        pre_save.disconnect(publish_or_unpublish_on_pre_save, sender="comments.Comment")
        # allauth counts in the default cache, which each process may have for itself and a Redis may lose
        ratelimit.cache = one_time_codes.cache = ConnectionProxy(caches, "limits")
