from django.urls import path


def fails(request):
    raise RuntimeError("on purpose")


urlpatterns = [path("fails/", fails)]
handler500 = "newsroom.views.server_error"
