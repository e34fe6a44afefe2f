"""What readers see. A public page is the same for everyone: it asks for no session, user or token."""

from dataclasses import asdict
from functools import partial, wraps

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import set_response_etag
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles import body, desk, listing, live
from articles import front_page as front
from articles import search as finding
from articles.context_processors import site_of
from articles.forms import SearchForm
from articles.models import Article, Author, Correction, Page, Tag, Topic
from comments.templatetags.conversation import comments_url, conversation
from newsroom import databases, pages, surrogate
from newsroom.pieces import piece


def public(view, *, kept=True):
    """A page for everyone: GET and HEAD only, with an ETag, by which a cache that has it is answered 304.

    It is kept (`newsroom.pages`) until an edition follows; `kept=False` where other rows or each moment change it.
    """

    @require_safe
    @wraps(view)
    def page(request, *args, **kwargs):
        response = databases.for_everyone(partial(view, request, *args, **kwargs))
        response.headers.setdefault("Cache-Control", surrogate.cache_control())
        response.headers.setdefault("Content-Language", get_language())
        response.is_for_everyone = kept
        surrogate.tell(request, response)
        set_response_etag(response)  # Django's own middleware gives a HEAD request none
        return surrogate.conditional(request, response, etag=response.get("ETag"))

    return page


class _LatePage(Paginator):
    """Pages of articles whose numbers are read from an index, and whose rows only then: the 500th costs what the
    first does."""

    def __init__(self, slots, count=None):
        super().__init__(slots, settings.ARTICLES_PER_PAGE)
        if count is not None:
            self.count = count

    def page(self, number):
        page = super().page(number)
        slots = list(page.object_list)
        found = live.cards(slots)
        page.object_list = [found[pk] for pk in slots if pk in found]
        return page


LATELY = 500  # newest articles: what is said of a topic beside the list is said of these
LATELY_WRITTEN = 50  # and of an author


def _paged(request, slots, count=None):
    """The asked page of articles by their ids, in their order; `count` tells how many there are where that is known.

    Nonsense gives the first page, a number too high the last.
    """
    return _page_of(request, _LatePage(slots, count))


def _page_of(request, paginator):
    page = paginator.get_page(request.GET.get("page"))
    pages.follow(request, page=page.number)
    return page


def _newest(articles):
    return articles.newest_first().values_list("pk", flat=True)


@public
def front_page(request):
    return render(request, "articles/front_page.html", {"front": front.compose()})


# --- an article ---------------------------------------------------------------------------------------------------
@public
def article(request, slug):
    article = live.article(slug)
    if article is None:
        return elsewhere(request, slug)
    context = article_context(article, target="page")
    facts = [
        site_of(request).facts,
        article.facts,
        context["comments_url"],
        [a.facts for a in context["related"]],
    ]

    def page():
        return render_to_string(
            "articles/article.html", context | {"conversation": mark_safe(_CONVERSATION)}, request
        )

    # what comments change is one place in it
    page = piece(page, "article page", *facts)
    return HttpResponse(page.replace(_CONVERSATION, context["conversation"](), 1))


# where it stands in a page: nothing that anybody wrote can hold it, as no text keeps its “<”
_CONVERSATION = "<!-- the conversation -->"


def elsewhere(request, slug, page="articles:article"):
    """What stands at an address where no live article is: 301 from a former one, 410 if withdrawn, else 404.

    `page` names the kind of address: that of the article, or of another page of it.

    A draft or scheduled article answers as one that does not exist.
    """
    moved = Article.objects.published() | Article.objects.withdrawn()
    if found := moved.filter(former_slugs__slug=slug).first():
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(
            reverse(page, args=[found.slug]) + (f"?{query}" if query else "")
        )
    withdrawn = get_object_or_404(Article.objects.withdrawn().only("withdrawn_reason"), slug=slug)
    return render(request, "articles/withdrawn.html", {"reason": withdrawn.withdrawn_reason}, status=410)


def article_context(article, target):
    hero = article.hero if article.hero and (article.hero.is_shown or target == "preview") else None
    is_open_to_readers = article.is_published and target != "print"
    return {
        "article": article,
        "hero": hero,
        # drawn when the template asks: a piece that is kept does not
        "hero_figure": partial(
            body.figure, hero, caption=article.hero_caption_html, target=target, place="hero"
        ),
        "body": partial(article.render_body, target),
        "comments_url": comments_url(article) if is_open_to_readers else "",
        "conversation": partial(_conversation, article) if is_open_to_readers else "",
        "related": live.related(article) if target != "print" else [],
    }


def _conversation(article):
    return render_to_string("comments/_conversation.html", conversation(article))


@require_safe
def preview(request, pk):
    """The article as readers will see it, for the staff that may see it on the desk; nobody else learns of it."""
    user = request.user
    if not (user.is_active and user.is_staff and user.has_perm("articles.view_article")):
        raise Http404
    article = get_object_or_404(desk.visible_to(user).for_page(), pk=pk)
    response = render(request, "articles/preview.html", article_context(article, target="preview"))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


# --- lists --------------------------------------------------------------------------------------------------------
@public
def topic(request, slug):
    topic = get_object_or_404(Topic, slug=slug)
    articles = Article.objects.published().filter(topic=topic)
    page = _paged(request, _newest(articles), listing.in_topic(topic))
    context = {
        "topic": topic,
        "page": page,
        "tags": Tag.objects.of(articles.newest_first()[:LATELY])[:8],
        "tags_of": "Tags in this topic"
        if page.paginator.count <= LATELY
        else f"Tags of the last {LATELY} articles",
    }
    return render(request, "articles/topic.html", context)


@public
def tag(request, slug):
    published = Article.objects.published()
    # a tag that only unpublished articles have is not known yet
    tag = Tag.objects.filter(slug=slug).first()
    page = _paged(request, listing.of_tag(tag)) if tag else None
    if not page or not page.paginator.count:
        tag = get_object_or_404(Tag.objects.of(published), former_slugs__slug=slug)
        return HttpResponsePermanentRedirect(tag.get_absolute_url())
    return render(request, "articles/tag.html", {"tag": tag, "page": page})


@public
def authors(request):
    page = _page_of(request, Paginator(Author.objects.published(), 100))
    page.object_list = listing.with_counts(page.object_list)
    return render(request, "articles/authors.html", {"page": page, "most": listing.MOST_COUNTED})


@public
def author(request, slug):
    author = get_object_or_404(Author.objects.select_related("portrait"), slug=slug)
    written = listing.of_author(author)
    page = _paged(request, written, listing.by_author(author))
    if not page.paginator.count:
        raise Http404
    # what somebody writes about lately is enough to say, and costs the same after ten thousand articles
    lately = Article.objects.published().filter(pk__in=list(written[:LATELY_WRITTEN]))
    context = {
        "author": author,
        "page": page,
        "topics": Topic.objects.filter(articles__in=lately).distinct(),
        "tags": Tag.objects.of(lately)[:8],
    }
    return render(request, "articles/author.html", context)


# --- the archive --------------------------------------------------------------------------------------------------
@public
def archive(request):
    return render(request, "articles/archive.html", {"months": listing.months()})


@public
def archive_year(request, year):
    months = [each for each in listing.months() if each.month.year == year]
    if not months:
        raise Http404
    slots = _newest(Article.objects.published().filter(published_at__year=year))
    context = {"year": year, "months": months, "page": _paged(request, slots, sum(m.count for m in months))}
    return render(request, "articles/archive_year.html", context)


@public
def archive_month(request, year, month):
    found = [each for each in listing.months() if (each.month.year, each.month.month) == (year, month)]
    if not found:
        raise Http404
    slots = _newest(Article.objects.published().filter(published_at__year=year, published_at__month=month))
    context = {"year": year, "month": found[0].month, "page": _paged(request, slots, found[0].count)}
    return render(request, "articles/archive_month.html", context)


# --- search -------------------------------------------------------------------------------------------------------
@public
def search(request):
    form = SearchForm(request.GET)
    form.is_valid()  # a field that is wrong shows its error; the others are searched by
    given, asked = form.cleaned_data, form.asked
    context = {"form": form, "asked": asked}
    if asked:
        q = given.get("q", "")
        query = finding.parse(q)
        found = finding.find(
            query,
            topic=given.get("topic"),
            author=given.get("author"),
            since=given.get("from"),
            until=given.get("to"),
        )
        page = Paginator(found.ids, settings.ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
        context |= {
            "q": q,
            "found": found,
            "page": page,
            "hits": finding.hits(query, page.object_list),
            "groups": _narrower(asked, finding.facets(found.ids)) if found.ids else [],
            "tags": finding.tags_named(query),
            "authors": listing.with_counts(finding.authors_named(query)[:5]),
            "most": listing.MOST_COUNTED,
        }
        if not found.ids and (meant := finding.did_you_mean(query)):
            context |= {"meant": meant, "meant_url": _search_url(asked | {"q": meant})}
    return render(request, "articles/search.html", context)


@public
def corrections(request):
    """What was wrong in any live article, newest first."""
    page = _page_of(request, Paginator(Correction.objects.for_readers(), 50))
    return render(request, "articles/corrections.html", {"page": page})


def _search_url(asked):
    query = QueryDict(mutable=True)
    query.update(asked)
    return f"{reverse('articles:search')}?{query.urlencode()}"


def _narrower(asked, facets):
    """The ways to narrow what was asked, and those to widen it again: (title, [(label, count, address, is chosen)])."""
    groups = []
    for title, name, part in (("Topics", "topic", "topics"), ("Authors", "author", "authors")):
        wider = {key: value for key, value in asked.items() if key != name}
        ways = [
            (
                f.label,
                f.count,
                _search_url(wider if name in asked else asked | {name: f.value}),
                name in asked,
            )
            for f in facets[part]
            if name not in asked or f.value == asked[name]
        ]
        groups.append((title, ways))
    wider = {key: value for key, value in asked.items() if key not in ("from", "to")}
    years = []
    for f in facets["years"]:
        span = {"from": f"{f.value}-01-01", "to": f"{f.value}-12-31"}
        is_chosen = span.items() <= asked.items()
        years.append((f.label, f.count, _search_url(wider if is_chosen else wider | span), is_chosen))
    return [(title, ways) for title, ways in [*groups, ("Years", years)] if ways]


@public
def suggestions(request):
    """What the beginning of a question may mean, as JSON: `[{"kind", "label", "url"}, …]`, the same for everyone."""
    form = SearchForm(request.GET)
    form.is_valid()
    found = finding.suggest(finding.parse(form.cleaned_data.get("q", "")))
    return JsonResponse([asdict(suggestion) for suggestion in found], safe=False)


# --- about the publication ----------------------------------------------------------------------------------------
@public
def about(request):
    page = Page.objects.first()
    if page is None:
        raise Http404
    return _page(request, page)


@public
def page(request, slug):
    return _page(request, get_object_or_404(Page, slug=slug))


def _page(request, page):
    return render(request, "articles/page.html", {"about": page})
