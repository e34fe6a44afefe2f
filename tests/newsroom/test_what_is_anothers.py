"""What belongs to a person, asked for by another: every address, and every name in a form, that can say whose.

The tables name all of them: an address with something to fill in, a name that a view reads, a field that leads to rows of
persons fail here when they are added, until it is said what of another's they could ask for.
"""

import re
from types import SimpleNamespace

import pytest
from allauth.account import app_settings as account_settings
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings as project
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.core import mail as outbox
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from articles.models import (
    Article,
    Author,
    Correction,
    FrontPageSlot,
    Gallery,
    ImportRun,
    Page,
    Photo,
    Tag,
    Topic,
)
from comments import emails, fairness, logins, moderation, posting
from comments.models import (
    Claim,
    Comment,
    Commenter,
    DataToken,
    Decision,
    Likeness,
    Mail,
    ModeChoice,
    Policy,
    PolicyVersion,
    RejectionReason,
    SavedSearch,
    Token,
    TopicScope,
)  # fmt: skip
from comments.models import (
    Group as Alike,
)
from newsroom.addresses import is_for_staff
from sharing import cards, letters
from sharing.models import Card
from tests.articles.at_the_desk import change_url, fields, person, whole_article
from tests.newsroom.url_map import routes

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T5")]
MARK = "Xyzzyx"  # stands in all that is somebody's and not everybody's
PASSWORD = "a long password"
HIDDEN = ("held", "unconfirmed", "rejected", "spam", "removed")


@pytest.fixture
def people(groups):
    def somebody(name, *of):
        user = person(name, *of, is_staff=bool(of))
        user.set_password(PASSWORD)
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        Commenter.objects.create(user=user, email=user.email, name=user.first_name)
        return user

    return SimpleNamespace(
        # whose it is
        ida=somebody("ida"), wim=somebody("wim", "Writers"), mo=somebody("mo", "Moderators"),
        # who asks for it
        bo=somebody("bo"), willa=somebody("willa", "Writers"), kim=somebody("kim", "Moderators"),
        mia=somebody("mia", "Moderators"),
    )  # fmt: skip


@pytest.fixture
def theirs(people, settings, picture):
    """One of everything that is Ida's, a reader's; Wim's, a writer's; and Mo's, a moderator's."""
    settings.POSTS_A_MINUTE = settings.UNDO_SECONDS = 0
    settings.SHARE_LETTERS = True
    ida, wim, mo, mia = people.ida, people.wim, people.mo, people.mia
    Policy(seconds_to_write=0, who_may_post="everyone", nudge=False).save()
    RejectionReason.objects.get_or_create(slug="abuse", defaults={"label": "Abuse", "words": "It insults."})
    seas = Topic.objects.create(name="Seas", slug="seas")
    TopicScope.objects.create(user=people.kim, topic=seas)
    Author.objects.create(name="Wim", user=wim)
    photo = Photo.objects.create(image=picture(60, 40), caption="A wall", uploaded_by=wim)
    placed = f'<p>Words.</p><figure data-photo="{photo.pk}"></figure>'
    draft = whole_article(f"{MARK} draft", by="Wim", slug="a-quiet-one", created_by=wim, body=placed)
    live, tide = whole_article("A dam", slug="a-dam"), whole_article("Tides", slug="tides", topic=seas)
    for article in (live, tide):
        article.publish(at=timezone.now() - timezone.timedelta(hours=2))

    who = ida.commenter
    said = {"article": live, "user": ida, "commenter": who, "user_name": "Ida", "user_email": ida.email}
    of = {
        status: Comment.objects.create(**said, comment=f"{MARK} {status}", status=status)
        for status in ("visible", "held", "unconfirmed", "spam", "removed")
    }
    of["rejected"] = rejected = Comment.objects.create(**said, comment=f"{MARK} rejected", status="held")
    moderation.reject(rejected, by=mia, reason="abuse", note=f"{MARK}, no.")
    decision = rejected.decisions.get()
    appeal = fairness.Appeal.file(rejected, f"{MARK} asks again.")
    second = fairness.SecondOpinion.objects.create(
        decision=decision, comment=rejected, first="rejected", first_by=mia
    )
    warned = moderation.sanction(who, "warn", mo, words=f"{MARK}, please.")
    moderation.note(who, mo, f"{MARK} was rude.")
    moderation.claim(of["held"].pk, mo)
    alike = Alike.objects.create(signature=b"", size=2)
    inside = Comment.objects.create(article=tide, comment="Of the sea.", user_name="Cy", status="held")
    for comment in (inside, of["held"]):
        Likeness.objects.create(comment=comment, group=alike)

    guest = Commenter.objects.create(email="xyzzyx@example.org", name=MARK)
    second_address = EmailAddress.objects.create(user=ida, email="ida.second@example.org")
    Authenticator.objects.create(user=ida, type="totp", data={"secret": MARK})
    Authenticator.objects.create(user=ida, type="recovery_codes", data={"seed": MARK, "used_mask": 0})
    passkey = Authenticator.objects.create(user=ida, type="webauthn", data={"name": MARK, "credential": {}})

    original = default_storage.save("originals/ab/x.jpg", ContentFile(MARK))
    picture = default_storage.save(cards.stored_name("x" * 24), ContentFile(MARK))
    Card.objects.create(article=draft, name=picture, key="k", made_at=timezone.now())

    rows = {
        Article: draft, Author: wim.author, Comment: of["held"], Commenter: who, Photo: photo,
        Correction: Correction.objects.create(article=draft, words=f"{MARK} was wrong."),
        FrontPageSlot: FrontPageSlot.objects.create(article=live, position=1),
        Gallery: Gallery.objects.create(title="Walls"),
        ImportRun: ImportRun.objects.create(source_name=f"{MARK}.txt", source_hash="x", format="text", article=draft),
        Mail: Mail.objects.create(kind="decided", to=ida.email, comment=rejected, commenter=who),
        ModeChoice: ModeChoice.objects.create(article=draft, mode="approve_first"),
        Page: Page.objects.create(title="About", slug="about"), Tag: Tag.objects.create(name="water", slug="water"),
        Topic: live.topic, TopicScope: TopicScope.objects.get(), Policy: Policy.current(),
        RejectionReason: RejectionReason.objects.get(slug="abuse"), EmailAddress: second_address,
        Authenticator: passkey, User: ida, Group: Group.objects.get(name="Writers"), Site: Site.objects.get(),
    }  # fmt: skip
    tokens = {
        "confirm": Token.issue(comment=of["unconfirmed"]),
        "data": DataToken.issue(commenter=guest),
        "appeal": fairness.appeal_token(rejected),
        "warning": moderation.warning_token(who.sanctions.get()),
        "unsubscribe": emails.unsubscribe_token(who, "reply"),
        "no letters": letters.token_of("xyzzyx@example.org"),
        "address": EmailConfirmationHMAC.create(second_address).key,
        "password": f"{user_pk_to_url_str(ida)}-{default_token_generator.make_token(ida)}",
        "sent": posting.sent_mark(of["unconfirmed"]),
        "started": posting.started(),
        "device": signing.dumps(ida.pk, salt=logins._DEVICE),
    }
    return SimpleNamespace(
        hidden=[of[status].pk for status in HIDDEN], visible=[of["visible"].pk], rows=rows, tokens=tokens,
        draft=[draft.pk], slug=[draft.slug], code=[draft.code], photo=[photo.pk], passkey=[passkey.pk], card=["x" * 24],
        placement=[draft.placements.get().pk], who=[who.pk], appeal=[appeal.pk], second=second.pk,
        version=[PolicyVersion.objects.create(chosen={}, by=mo).pk],
        on_site=[(ContentType.objects.get_for_model(draft).pk, draft.pk)], ida=[ida.pk], original=[original],
        search=SavedSearch.objects.create(user=mo, name=MARK, query="q=dam").pk, warned=warned.pk, decision=decision.pk,
        of=of, inside=inside, alike=alike.pk, live=live, article=draft, guest=guest,
    )  # fmt: skip


def browser_of(user):
    """Where they logged in a moment ago: nothing asks them for their password once more."""
    browser = Client()
    answer = browser.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert browser.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return browser


# who is logged in, how often somebody tried, and who has a card open: a moderator claims one by looking
PASSING = {"django_session", "comments_limitentry", "comments_claim"}


def everything():
    """Every row of every table that says what is so."""
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names()) - PASSING):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield from (f"{table}: {row}" for row in cursor.fetchall())


def is_refused(answer, address=""):
    if (
        answer.status_code == 302
    ):  # to a log-in, or to the first page of the admin, which says that there is none
        where = answer["Location"]
        return where == "/admin/" or where.startswith(("/account/login/?", "/admin/login/"))
    return answer.status_code in (401, 403, 404, 405)


def said_of(answer):
    """What an answer gives away, of all that is marked."""
    text = f"{answer.content.decode()} {answer.get('Location', '')}"
    return {word for word in (MARK, "ida@example.org", "ida.second") if word in text}


# --- every address ----------------------------------------------------------------------------------------------------
# what stands there is everybody's, or is no thing: a word of the calendar, a format, a name of one of our parts
NOBODYS = {
    "/topics/<slug:slug>/", "/tags/<str:slug>/", "/authors/<slug:slug>/", "/archive/<yyyy:year>/",
    "/archive/<yyyy:year>/<mm:month>/", "/about/<slug:slug>/", "/feeds/<feed:kind>/", "/topics/<slug:slug>/feeds/<feed:kind>/",
    "/tags/<str:slug>/feeds/<feed:kind>/", "/authors/<slug:slug>/feeds/<feed:kind>/", "/sitemap-articles-<int:part>.xml",
    "/<key>.txt", "/admin/<app_label>/", "/admin/<url>",
}  # fmt: skip
# address: what of another's is filled in (an attribute of `theirs`)
SOMEBODYS = {
    "/media/<path:name>": "original",
    "/cards/<str:name>.jpg": "card",
    "/s/<str:code>": "code",
    "/s/<str:code>/": "code",
    "/preview/<int:pk>/": "draft",
    **dict.fromkeys([
        "/articles/<slug:slug>/", "/articles/<slug:slug>/comments/", "/articles/<slug:slug>/comments/new/",
        "/articles/<slug:slug>/comments/feed/", "/articles/<slug:slug>/share/", "/articles/<slug:slug>/share/mastodon/",
        "/articles/<slug:slug>/share/letter/", "/articles/<slug:slug>/share/counted/", "/articles/<slug:slug>/print/",
    ], "slug"),
    **dict.fromkeys([
        "/comments/<int:id>/", "/comments/<int:id>/recommend/", "/comments/<int:id>/report/", "/comments/<int:id>/follow/",
        "/moderation/comments/<int:id>/", "/moderation/comments/<int:id>/claim/", "/moderation/comments/<int:id>/redact/",
    ], "hidden"),
    **dict.fromkeys([
        "/comments/<int:id>/edit/", "/comments/<int:id>/delete/", "/comments/<int:id>/appeal/",
    ], "each"),
    "/moderation/persons/<int:id>/": "who",
    "/moderation/appeals/<int:id>/": "appeal",
    "/moderation/rules/versions/<int:id>/": "version",
    "/account/2fa/webauthn/keys/<int:pk>/remove/": "passkey",
    "/account/2fa/webauthn/keys/<int:pk>/edit/": "passkey",
    "/admin/r/<str:content_type_id>/<path:object_id>/": "on_site",
    "/admin/auth/user/<id>/password/": "ida",
    "/admin/articles/article/<path:object_id>/check/": "draft",
    "/admin/articles/page/<path:object_id>/check/": "draft",
    "/admin/articles/photo/placement/<int:pk>/library-caption/": "placement",
    **dict.fromkeys([
        "/admin/articles/photo/<int:pk>/file/", "/admin/articles/photo/<int:pk>/again/",
        "/admin/articles/article/photos/<int:pk>/", "/admin/articles/article/photos/<int:pk>/picture/",
        "/admin/articles/page/photos/<int:pk>/", "/admin/articles/page/photos/<int:pk>/picture/",
    ], "photo"),
}  # fmt: skip
# those whose word is a key: the tests of keys fill them in
BY_KEY = {
    "/comments/confirm/<str:token>/": "confirm",
    "/comments/appeal/<str:token>/": "appeal",
    "/comments/warning/<str:token>/": "warning",
    "/account/data/by-mail/<str:token>/": "data",
    "/account/unsubscribe/<str:token>/": "unsubscribe",
    "/letters/none/<str:token>/": "no letters",
    "/account/confirm-email/<str:key>/": "address",
    "/account/confirm-email/<key>/": "address",
    "/account/password/reset/key/<uidb36>-<key>/": "password",
}
ADMIN = re.compile(r"/admin/(\w+)/(\w+)/<path:object_id>/(|change/|delete/|history/)$")
_READ = ("", "change/", "history/")


def _of_the_admin(*models, acts=_READ):
    labels = [f"{model._meta.app_label}/{model._meta.model_name}" for model in models]
    return {f"/admin/{label}/<path:object_id>/{act}" for label in labels for act in acts}


# the library, topics, authors and tags are no single person's: all who write share them
_LIBRARY = {
    *_of_the_admin(Photo, Gallery, Author, Topic, Tag),
    *(route for route, filled in SOMEBODYS.items() if filled == "photo"),
}
# who: (the address ends here for them, what of it is theirs to see all the same)
OPENED = {
    "bo": set(),
    "willa": _LIBRARY,
    "kim": _of_the_admin(Author, Topic, Policy, RejectionReason)
    | {"/moderation/rules/versions/<int:id>/"},
    "mia": _of_the_admin(Author, Topic, Policy, RejectionReason, Comment, Commenter, Mail)
    | {
        "/moderation/rules/versions/<int:id>/", "/moderation/persons/<int:id>/", "/moderation/comments/<int:id>/",
        "/moderation/comments/<int:id>/claim/", "/moderation/comments/<int:id>/redact/",
    },
}  # fmt: skip


def filled(route, theirs, who):
    """The addresses of a route with another's things in them: with each of a kind for a reader, with one for staff."""
    if found := ADMIN.fullmatch(route):
        model = next(each for each in theirs.rows if each._meta.label_lower == f"{found[1]}.{found[2]}")
        things = [theirs.rows[model].pk]
    elif SOMEBODYS[route] == "each":
        things = theirs.hidden + theirs.visible
    else:
        things = getattr(theirs, SOMEBODYS[route])
    for thing in things if who == "bo" else things[:1]:
        parts = iter(thing if isinstance(thing, tuple) else (thing,))
        yield re.sub(r"<[^>]+>", lambda _: str(next(parts)), route)  # noqa: B023


def test_the_tables_name_every_address_that_says_whose_and_no_other():
    named = {route for route in routes() if "<" in route and not ADMIN.fullmatch(route)}
    assert named == NOBODYS | {*SOMEBODYS} | {*BY_KEY}


def test_one_of_each_model_of_the_admin_is_somebodys(theirs):
    assert {*admin.site._registry} == {*theirs.rows}


@pytest.mark.threat("T23")
@pytest.mark.parametrize("who", OPENED)
def test_what_is_anothers_is_refused_at_every_address(people, theirs, who):
    browser = browser_of(getattr(people, who))
    before, opened, told = [*everything()], {}, {}
    asked = [route for route in routes() if route in SOMEBODYS or ADMIN.fullmatch(route)]
    assert len(asked) > 100
    if who == "bo":
        asked = [route for route in asked if not is_for_staff(route)]  # of those, test_every_address.py
    for route in asked:
        for address in filled(route, theirs, who):
            if route in OPENED[who]:
                answer = browser.get(address)
                assert not is_refused(answer) or answer.status_code == 405, address
                continue
            sent = {"comment": "Mine.", "words": "Mine.", "reason": "spam", "name": "Mine", "outcome": "stands", "text": "x",
                    "do": "lift", "post": "yes", "_save": "yes", "headline": "Mine", "credit": "Mine"}  # fmt: skip
            for answer in (browser.get(address), browser.post(address, sent)):
                if not is_refused(answer) and answer.get("Location") != f"{address}change/":
                    opened[address] = answer.status_code
                if words := said_of(answer):
                    told[address] = words
    assert (opened, told) == ({}, {})
    assert [*everything()] == before
    assert Claim.objects.get(comment=theirs.of["held"]).by == people.mo


@pytest.mark.parametrize("who", ["bo", "willa", "kim"])
def test_no_page_without_a_name_in_its_address_tells_of_what_is_anothers(people, theirs, who):
    """One's own pages, lists, queues and files: among them nothing of the others."""
    theirs.of["visible"].delete()  # what everybody reads
    browser, told = browser_of(getattr(people, who)), {}
    for route in routes():
        if "<" not in route and route != "/account/logout/":
            answer = browser.get(route)
            if answer.status_code == 200 and not answer.streaming and (words := said_of(answer)):
                told[route] = words
    assert told == {}


# --- every name in a form ---------------------------------------------------------------------------------------------
# what views and forms read of a request that names a row or is a key: `asks` asks for another's with each
NAMES = {
    "add", "alike", "article", "forget", "id", "mark", "opinion", "person", "pick", "related", "remove", "reply_to", "resend",
    "seen", "sent", "shown", "thread", "topic", "undo",
}  # fmt: skip
# and what does not: words, numbers, choices, what was pressed
NO_NAMES = {
    "List-Unsubscribe", "author", "back", "bulk", "comment", "confirmed", "counted", "counts", "do", "download", "draft_page",
    "duplicates", "erase", "field_name", "from", "next", "note", "nudged", "offer_again", "on", "page", "part", "position", "post",
    "preview", "query", "queue", "reason", "replace", "reply", "resent", "roll_back", "save", "saved", "seen_at", "stamp", "switch_on",
    "text", "to", "version",
}  # fmt: skip
OURS = ("articles", "comments", "newsroom", "sharing")
_READS = re.compile(r"""\b(?:POST|GET|data)(?:\.(?:get|getlist|pop))?[\[(]f?"([\w-]+?)-?["{]""")
_LOOKS_FOR = re.compile(r""""(\w+)" (?:not )?in (?:request\.POST|request\.GET|data)\b""")
# fields of the admin that lead to a person's rows: those who have them see all there is, but for `related`
OF_EDITORS_AND_ABOVE = {
    "account.emailaddress.user", "articles.author.user", "articles.correction.article", "articles.frontpageslot.article",
    "comments.modechoice.article", "comments.topicscope.user", "mfa.authenticator.user",
}  # fmt: skip


def _forms(of=forms.BaseForm):
    for form in of.__subclasses__():
        yield form
        yield from _forms(form)


def test_the_tables_name_all_that_is_read_of_a_request():
    sources = [path.read_text() for app in OURS for path in (project.BASE_DIR / app).rglob("*.py")]
    read = {name for text in sources for found in (_READS, _LOOKS_FOR) for name in found.findall(text)}
    for form in _forms():
        if form.__module__.split(".")[0] in OURS:
            read |= {
                name for name, field in form.base_fields.items() if isinstance(field, forms.ModelChoiceField)
            }
            read |= {
                name for name, field in form.declared_fields.items() if type(field) is forms.IntegerField
            }
    assert read | {"related"} == NAMES | NO_NAMES


def test_the_tables_name_each_field_of_the_admin_that_leads_to_rows_of_persons(rf):
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    leads = set()
    for model, of in admin.site._registry.items():
        editable = of.get_form(request).base_fields if of.has_change_permission(request) else ()
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            if field.name in editable and field.related_model in (Article, Comment, Commenter, User):
                leads.add(f"{model._meta.label_lower}.{field.name}")
    assert leads == OF_EDITORS_AND_ABOVE | {"articles.article.related"}


def asks(theirs, browser, who):
    """Yield (the name that stands for another's, the answer, the status that is expected)."""
    held, get, post = theirs.of["held"].pk, browser.get, browser.post
    new, own = "/articles/a-dam/comments/new/", Comment.objects.get(comment=f"By {who}.")
    yield "reply_to", get(new, {"reply_to": held}), 404
    yield "reply_to", post(new, {"comment": "Mine.", "reply_to": held}), 422
    yield "thread", get("/articles/a-dam/comments/", {"thread": held}), 404
    yield "sent", get("/articles/tides/comments/new/", {"sent": theirs.tokens["sent"]}), 302
    yield "resend", post(new, {"resend": f"{theirs.tokens['sent']}x"}), 302
    for act in ("edit", "delete"):
        for mark in (posting.sent_mark(own), theirs.tokens["appeal"], theirs.tokens["started"]):
            yield "mark", get(f"/comments/{held}/{act}/", {"mark": mark}), 404
            yield "mark", post(f"/comments/{held}/{act}/", {"mark": mark, "comment": "Mine."}), 404
    for act in ("remove", "primary", "send"):
        for address in ("ida@example.org", "ida.second@example.org"):
            yield "remove", post("/account/email/", {f"action_{act}": "", "email": address}), 302
    if who == "bo":
        return

    for place in ("comments/modechoice", "articles/correction", "comments/topicscope"):
        yield "article", get(f"/admin/{place}/add/", {"article": theirs.draft[0]}), 403
        yield (
            "article",
            post(f"/admin/{place}/add/", {"article": theirs.draft[0], "words": "x", "mode": "open"}),
            403,
        )
    front = "/admin/articles/frontpageslot/"
    yield "add", post(front, {"add": theirs.draft[0], "save": "1"}), 403
    yield (
        "remove",
        post(front, {"remove": theirs.live.pk, "article": theirs.live.pk, "position": 1, "save": "1"}),
        403,
    )
    found = {"app_label": "articles", "model_name": "article", "field_name": "related", "term": "draft"}
    yield "related", get("/admin/autocomplete/", found), 200
    chosen = {"_selected_action": theirs.draft[0], "confirmed": "yes", "post": "yes", "reason": "x"}
    for action in ("publish_selected", "withdraw_selected", "delete_selected"):
        yield "pick", post("/admin/articles/article/", chosen | {"action": action}), {200, 302}
    for lookup in ("created_by__password__startswith", "hero__uploaded_by__password__startswith"):
        yield "article", get("/admin/articles/article/", {lookup: "md5"}), 400
    if who == "willa":
        mine = change_url(Article.objects.get(headline="Willa's"))
        form = fields(browser, mine) | {"_save": "yes"}
        yield "related", post(mine, form | {"related": theirs.draft[0]}), 200
        return

    sure = {"comments/comment": "approve", "comments/mail": "try_again"}
    for place, action in sure.items() if who == "kim" else ():
        ids = {"comments/comment": held, "comments/mail": theirs.rows[Mail].pk}
        yield "pick", post(f"/admin/{place}/", {"action": action, "_selected_action": ids[place]}), 302
    for place in ("comments/comment", "comments/commenter", "comments/mail"):
        yield "person", get(f"/admin/{place}/", {"user__password__startswith": "md5"}), {302, 400}
    desk, second = "/moderation/", "/moderation/second-opinions/"
    yield "forget", post("/moderation/searches/", {"forget": theirs.search}), 404
    yield "opinion", post(second, {"opinion": theirs.second, "verdict": "visible"}), {404, 403}
    yield "id", post(f"/moderation/rules/versions/{theirs.version[0]}/", {"switch_on": ""}), 403
    if who == "mia":  # she decides on all that moderators decide on
        return

    for verb in ("approve", "reject", "spam", "feature", "unfeature", "hold", "answer", "first", "seen"):
        yield "pick", post(desk, {verb: held, f"reason-{held}": "abuse", f"reply-{held}": "Yes."}), 404
    for verb in ("approve", "reject", "spam"):
        yield "pick", post(desk, {"bulk": verb, "pick": held, "reason-bulk": "abuse"}), 404
    yield "seen", post(desk, {"seen": held}), 404
    yield "undo", post(desk, {"undo": theirs.decision}), 404
    yield "undo", post(desk, {"undo": Decision.objects.get(verb="warn").pk}), 403
    claimed = post(f"/moderation/comments/{theirs.inside.pk}/claim/", {"shown": f"{theirs.inside.pk},{held}"})
    assert claimed.json() == {"claims": {}, "now": {f"{theirs.inside.pk}": ["held", "0"]}}
    yield "shown", claimed, 200
    for queue in ("held", "decided", "all"):
        narrowed = {
            "article": theirs.live.pk, "topic": theirs.live.topic_id, "person": theirs.who[0], "alike": theirs.alike,
        }  # fmt: skip
        for name, thing in narrowed.items():
            yield name, get(desk, {name: thing, "queue": queue}), 200
    yield "article", get(desk, {"article": theirs.draft[0], "queue": "all"}), 200


@pytest.mark.threat("T23")
def test_what_is_anothers_is_refused_to_every_name_in_a_form(people, theirs):
    for who in OPENED:
        Comment.objects.create(
            article=theirs.live, user=getattr(people, who), comment=f"By {who}.", status="held", user_name=who
        )
    whole_article("Willa's", created_by=people.willa)
    browsers = {who: browser_of(getattr(people, who)) for who in OPENED}
    before, asked = [*everything()], set()
    for who, browser in browsers.items():
        for name, answer, status in asks(theirs, browser, who):
            asked.add(name)
            about = (who, name, answer.request["PATH_INFO"], answer.request.get("QUERY_STRING"))
            assert answer.status_code in (status if isinstance(status, set) else {status}), about
            assert said_of(answer) == set(), about
    assert asked == NAMES
    assert ([*everything()], outbox.outbox) == (before, [])
    assert Claim.objects.get(comment=theirs.of["held"]).by == people.mo


def test_a_row_of_another_in_a_form_with_rows_stays_as_it_is(people, theirs):
    mine, browser = whole_article("Willa's", created_by=people.willa), browser_of(people.willa)
    before = [*theirs.article.bylines.values()], [*mine.bylines.values()]
    form = fields(browser, change_url(mine)) | {"bylines-0-id": before[0][0]["id"], "_save": "yes"}
    for change in ({"bylines-0-role": "photos"}, {"bylines-0-DELETE": "on"}):
        browser.post(change_url(mine), form | change)
    assert ([*theirs.article.bylines.values()], [*mine.bylines.values()]) == before


def test_who_decides_on_all_that_say_the_same_decides_on_no_others(people, theirs):
    browser, inside = browser_of(people.kim), theirs.inside.pk
    seen_at = f"{timezone.now().timestamp() + 60:.6f}"
    answer = browser.post("/moderation/", {"approve": inside, f"alike-{inside}": f"{theirs.alike}.{seen_at}"})
    assert answer.status_code == 302
    assert list(Comment.objects.filter(likeness__group=theirs.alike).order_by("status").values_list("status", flat=True)) == [
        "held", "visible",
    ]  # fmt: skip


# --- every key --------------------------------------------------------------------------------------------------------
def doors(theirs):
    """{which key: the addresses that it opens}; a word stands for the key."""
    opened = {}
    for route, key in BY_KEY.items():
        opened.setdefault(key, []).append(re.sub(r"<[^>]+>(-<key>)?", "KEY", route))
    waiting = theirs.of["unconfirmed"].pk
    opened["sent"] = [f"/comments/{waiting}/edit/?mark=KEY", f"/comments/{waiting}/delete/?mark=KEY"]
    return opened


# for what a key is signed: the same words signed for another purpose open nothing
SIGNED_FOR = {
    "appeal": fairness._APPEAL, "warning": moderation._WARNING, "unsubscribe": emails._UNSUBSCRIBE, "sent": posting._SENT,
    "started": posting._STARTED, "no letters": letters._NONE, "address": account_settings.SALT, "device": logins._DEVICE,
}  # fmt: skip


def misused(theirs, own):
    """{what it is: a key that is not the one of a door}"""
    keys = {name: key for name, key in theirs.tokens.items() if name != own}
    keys["changed"] = changed(theirs.tokens[own])
    if own in SIGNED_FOR:
        words = signing.loads(theirs.tokens[own], salt=SIGNED_FOR[own])
        for name, salt in SIGNED_FOR.items():
            keys |= {} if name == own else {f"signed as {name}": signing.dumps(words, salt=salt)}
    return keys


def changed(key):
    """The same key with another letter near its beginning."""
    return f"{key[:2]}{'A' if key[2] != 'A' else 'B'}{key[3:]}"


def opens(browser, address):
    answer = browser.get(address)
    if answer.status_code == 302 and "/password/reset/key/" in answer["Location"]:
        return True
    if "/password/reset/key/" in address and answer.status_code == 200:
        return not answer.context["token_fail"]
    return answer.status_code == 200


def test_each_key_opens_its_own_door_whoever_holds_it_and_no_other(people, theirs):
    """Nor does one that was changed; and a door that is tried gives nothing away, to a stranger or to somebody."""
    browsers = {"a stranger": Client(), "bo": browser_of(people.bo)}
    before = [*everything()]
    for own, addresses in doors(theirs).items():
        for address in addresses:
            for who, browser in browsers.items():
                assert opens(browser, address.replace("KEY", theirs.tokens[own])), (own, who)
                for name, key in misused(theirs, own).items():
                    tried = address.replace("KEY", key)
                    assert not opens(browser, tried), (own, name, who)
                    answer = browser.post(
                        tried, {"comment": "Mine.", "words": "x", "erase": "1", "sure": "on", "comments": "remove",
                                "password1": "another long road", "password2": "another long road"},
                    )  # fmt: skip
                    assert said_of(answer) == set(), (own, name, who)
    assert [*everything()] == before


def test_a_key_in_the_browser_of_somebody_else_changes_what_it_names_and_nothing_of_theirs(people, theirs):
    Comment.objects.create(
        article=theirs.live, user=people.bo, commenter=people.bo.commenter, comment="Bo's.", user_name="Bo"
    )
    browser = browser_of(people.bo)

    def of_bo():
        return [line for line in everything() if re.search(r"'bo'|bo@example|Bo's|'Bo'", line)]

    before = of_bo()
    assert len(before) >= 4
    sent = {
        "confirm": {}, "appeal": {"words": "Again."}, "warning": {}, "unsubscribe": {}, "no letters": {}, "address": {},
        "data": {"erase": "1", "sure": "on", "comments": "remove"}, "sent": {"comment": "Changed."},
    }  # fmt: skip
    for key, addresses in doors(theirs).items():
        if key in sent:
            browser.post(addresses[0].replace("KEY", theirs.tokens[key]), sent[key])
    ida = Commenter.objects.get(user=people.ida)
    assert (ida.mail_replies, EmailAddress.objects.get(email="ida.second@example.org").verified) == (
        False,
        True,
    )
    assert not Commenter.objects.filter(pk=theirs.guest.pk).exists()
    assert of_bo() == before


# --- what the account rests on ----------------------------------------------------------------------------------------
def test_nobody_adds_the_address_of_another(people, theirs):
    browser = browser_of(people.bo)
    of_ida = [*EmailAddress.objects.filter(user=people.ida).values()]
    browser.post("/account/email/", {"action_add": "", "email": "ida@example.org"})
    assert [*EmailAddress.objects.filter(user=people.ida).values()] == of_ida
    assert not EmailAddress.objects.filter(user=people.bo, email="ida@example.org", verified=True).exists()
    assert Commenter.objects.get(email="ida@example.org").user == people.ida


def test_codes_passkeys_and_data_are_those_of_who_is_logged_in(people, theirs):
    browser = browser_of(people.bo)
    for address in (
        "/account/2fa/", "/account/2fa/webauthn/", "/account/2fa/recovery-codes/", "/account/2fa/recovery-codes/download/",
        "/account/2fa/totp/deactivate/", "/account/data/", "/account/comments/", "/account/reports/", "/account/email/",
    ):  # fmt: skip
        for answer in (browser.get(address), browser.post(address)):
            assert said_of(answer) == set(), address
    assert Authenticator.objects.filter(user=people.ida).count() == 3


def test_a_session_that_was_ended_opens_nothing_any_more(people):
    here, elsewhere = browser_of(people.ida), browser_of(people.ida)
    stolen = Client()
    stolen.cookies["sessionid"] = here.cookies["sessionid"].value
    assert stolen.get("/account/").status_code == 200
    here.post("/account/logout/")
    assert [browser.get("/account/").status_code for browser in (stolen, elsewhere)] == [302, 200]
