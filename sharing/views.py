"""The pages by which articles are passed on. Those for everyone ask for no session, as everywhere."""

from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from articles import live
from articles.models import Article
from articles.views import article_context, elsewhere, public
from newsroom.addresses import client_address
from sharing import addresses, cards, letters
from sharing.forms import CountForm, LetterForm, MastodonForm
from sharing.models import Card, ShareCount
from sharing.targets import mastodon_address
from sharing.templatetags.sharing import ways


def _no_cache(response):
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _live_or_404(slug):
    return get_object_or_404(Article.objects.published(), slug=slug)


# --- for everyone -------------------------------------------------------------------------------------------------
@public
def share(request, slug):
    """Every way to pass an article on, on one page: what the links under it lead to where no script runs."""
    article = Article.objects.published().filter(slug=slug).first()
    if article is None:
        return elsewhere(request, slug, "sharing:share")
    _, text, url = ways(article)
    return render(request, "sharing/share.html", {"article": article, "text": text, "url": url})


@public
def print_page(request, slug):
    """An article as it is printed: no navigation, no comments, and at its end the way back from paper."""
    article = live.article(slug)
    if article is None:
        return elsewhere(request, slug, "sharing:print")
    return render(request, "sharing/print.html", article_context(article, target="print"))


@require_safe
def short(request, code):
    """302 to where the article is now: the code stays, the slug may change. What was withdrawn answers 410, a draft 404."""
    article = (
        Article.objects.filter(code=addresses.as_typed(code))
        .only("slug", "published_at", "withdrawn_at")
        .first()
    )
    if article is None or not (article.is_published or article.is_withdrawn):
        raise Http404
    if article.is_withdrawn:
        return elsewhere(request, article.slug, "articles:article")
    if settings.SHARE_COUNTS and request.method == "GET":
        ShareCount.add(article, "short")
    response = HttpResponseRedirect(article.get_absolute_url())
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def card(request, name):
    """A card picture, while it is that of a live article as it is now: what shows a photo that was taken back is gone."""
    row = (
        Card.objects.filter(name=cards.stored_name(name), article__in=Article.objects.published())
        .select_related("article__hero", "article__topic")
        .first()
    )
    if row is None or not cards.is_current(row, row.article):
        raise Http404
    try:
        file = default_storage.open(row.name)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/jpeg")
    # named by its content, but it may have to go: an hour, not a year
    response["Cache-Control"] = "public, max-age=3600"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@public
def manifest(request):
    """The web app manifest (W3C, https://www.w3.org/TR/appmanifest/): how a telephone shows the site on its screen."""
    answer = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12],
        "description": settings.SITE_TAGLINE,
        "lang": settings.LANGUAGE_CODE,
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": "#fdfdfb",
        "theme_color": "#fdfdfb",
        "icons": [
            {"src": static("icons/mark.svg"), "type": "image/svg+xml", "sizes": "any"},
            {"src": static("icons/mark-192.png"), "type": "image/png", "sizes": "192x192"},
            {"src": static("icons/mark-512.png"), "type": "image/png", "sizes": "512x512"},
            {
                "src": static("icons/maskable-512.png"),
                "type": "image/png",
                "sizes": "512x512",
                "purpose": "maskable",
            },
        ],
    }
    return JsonResponse(
        answer, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )


# --- with a form --------------------------------------------------------------------------------------------------
@csp_update({"form-action": ["https:"]})  # the form leads on to a server that only the reader knows
def mastodon(request, slug):
    """Ask for the reader's own server and lead there. Only a form sent from this page does: a link to it leads nowhere."""
    article = _live_or_404(slug)
    form = MastodonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _, text, url = ways(article)
        if settings.SHARE_COUNTS:
            ShareCount.add(article, "mastodon")
        response = HttpResponseRedirect(mastodon_address(form.cleaned_data["server"], text, url))
        response["Referrer-Policy"] = "no-referrer"
        return _no_cache(response)
    return _no_cache(render(request, "sharing/mastodon.html", {"article": article, "form": form}))


@csrf_exempt  # it is sent from a page that is the same for everyone, and changes a number
@require_POST
@never_cache
def counted(request, slug):
    """Count that an article was passed on: sent by a script of ours where the setting is on. Nothing else is kept."""
    own = urlsplit(settings.SITE_URL).netloc
    if not settings.SHARE_COUNTS or urlsplit(request.headers.get("Origin", "")).netloc not in (
        own,
        request.get_host(),
    ):
        raise Http404
    form = CountForm(request.POST)
    if form.is_valid():
        ShareCount.add(_live_or_404(slug), form.cleaned_data["target"])
    return HttpResponse(status=204)


@login_required
def letter(request, slug):
    """Have an article sent to one person by mail. There only where the setting is on."""
    if not settings.SHARE_LETTERS:
        raise Http404
    article = _live_or_404(slug)
    form = LetterForm(request.POST or None)
    state = "" if letters.may_send(request.user) else "unproved"
    if request.method == "POST" and not state and form.is_valid():
        state = letters.send(
            request.user, article, form.cleaned_data["to"], form.cleaned_data["note"], client_address(request)
        )
    context = {"article": article, "form": form, "state": state}
    return _no_cache(
        render(request, "sharing/letter.html", context, status=429 if state == "too_many" else 200)
    )


@csrf_exempt  # RFC 8058: a mail program sends it, with no cookie of ours
def no_letters(request, token):
    """One click, and an address gets no letter ever again. It works for as long as the mail is kept."""
    recipient = letters.recipient_of(token)
    if recipient is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done:
        letters.refuse(recipient)
    return _no_cache(render(request, "sharing/no_letters.html", {"is_done": is_done}))
