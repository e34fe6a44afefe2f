"""What every page of the public site shows around its content."""

from django.conf import settings
from django.utils.functional import cached_property

from articles.models import Page, Topic
from newsroom.pieces import digest
from newsroom.prepared import prepared


@prepared()
def _topics():
    return Topic.objects.all()


@prepared()
def _pages():
    return Page.objects.defer("body")


class Site:
    """The publication as its pages name it. Each list is read when a template asks for it: one query each."""

    def __init__(self):
        self.name = settings.SITE_NAME
        self.tagline = settings.SITE_TAGLINE
        self.url = settings.SITE_URL

    @cached_property
    def topics(self):
        return _topics()

    @cached_property
    def pages(self):
        return _pages()

    @cached_property
    def facts(self):
        """All of it, for pieces of pages that show it."""
        return digest(
            self.name,
            self.tagline,
            self.url,
            [each.row for each in self.topics],
            [each.row for each in self.pages],
        )


def site_of(request):
    """The Site of this request: what it has read, it reads once."""
    return request.__dict__.setdefault("_site", Site())


def site(request):
    return {"site": site_of(request)}
