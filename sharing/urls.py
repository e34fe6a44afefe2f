"""The addresses by which articles are passed on."""

from django.urls import path

from sharing import views

app_name = "sharing"
urlpatterns = [
    path("articles/<slug:slug>/share/", views.share, name="share"),
    path("articles/<slug:slug>/share/mastodon/", views.mastodon, name="mastodon"),
    path("articles/<slug:slug>/share/letter/", views.letter, name="letter"),
    path("articles/<slug:slug>/share/counted/", views.counted, name="counted"),
    path("articles/<slug:slug>/print/", views.print_page, name="print"),
    path("s/<str:code>", views.short, name="short"),
    path("s/<str:code>/", views.short),  # as some write it
    path("cards/<str:name>.jpg", views.card, name="card"),
    path("letters/none/<str:token>/", views.no_letters, name="no_letters"),
    path("site.webmanifest", views.manifest, name="manifest"),
]
