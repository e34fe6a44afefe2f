"""The whole site map."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.utils.module_loading import import_string

from newsroom import privacy, views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    *([path("metrics", import_string("newsroom.metrics.page"))] if settings.METRICS_TOKEN else []),
    path("favicon.ico", views.favicon),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("about/privacy/", privacy.page, name="privacy"),
    path("media/<path:name>", views.media, name="media"),
    path("", include("comments.urls")),
    path("account/", include("allauth.urls")),
    path("", include("sharing.urls")),
    path("", include("articles.urls")),
]

handler400 = "newsroom.views.bad_request"
handler403 = "newsroom.views.forbidden"
handler404 = "newsroom.views.not_found"
handler500 = "newsroom.views.server_error"
