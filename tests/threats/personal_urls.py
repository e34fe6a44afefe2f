"""A page that is said to be for everyone, with headers that say otherwise: what a mistake in a view would send."""

from itertools import count

from django.http import HttpResponse
from django.urls import path

from newsroom import urls

asked = count()


def page(request):
    response = HttpResponse(f"answer {next(asked)}")
    response.is_for_everyone = True
    for name in ("Cache-Control", "Vary"):
        if name in request.GET:
            response[name] = request.GET[name]
    for name, value in request.headers.items():
        if name.startswith("X-Answer-"):
            response[name.removeprefix("X-Answer-")] = value
    if "X-Cookie" in request.headers:
        response.set_cookie("who", "ida")
    return response


urlpatterns = [path("page/", page), *urls.urlpatterns]
