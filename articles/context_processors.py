"""What every page of the public site shows around its content."""

from django.conf import settings
from django.utils.functional import cached_property

from articles.models import Page, Topic


class Site:
    """The publication as its pages name it. Each list is read when a template asks for it: one query each."""

    def __init__(self):
        self.name = settings.SITE_NAME
        self.tagline = settings.SITE_TAGLINE
        self.url = settings.SITE_URL

    @cached_property
    def topics(self):
        return list(Topic.objects.all())

    @cached_property
    def pages(self):
        return list(Page.objects.defer("body"))


def site(request):
    return {"site": Site()}
