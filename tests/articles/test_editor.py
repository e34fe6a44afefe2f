"""What the body editor asks of the server: photos, uploads, what is missing; who may ask; and its form field."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles import editor as body_editor
from articles.models import Article, Author, Byline, Photo, Topic

PHOTOS = "/admin/articles/article/photos/"


def person(group, name):
    user = User.objects.create_user(name, password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def editor(groups):
    return person("Editors", "edith")


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


# --- who may ---
@pytest.mark.threat("T5")
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", PHOTOS),
        ("post", PHOTOS),
        ("post", f"{PHOTOS}1/"),
        ("post", f"{PHOTOS}1/picture/"),
        ("post", "/admin/articles/article/check/"),
        ("post", "/admin/articles/article/1/check/"),
    ],
)
def test_only_those_who_are_logged_in_at_the_desk_get_an_answer(client, groups, method, address):
    reader = User.objects.create_user("reader", password="a long password")
    moderator = person("Moderators", "mo")
    answers = []
    for user in (None, reader, moderator):
        client.logout()
        if user:
            client.force_login(user)
        answer = getattr(client, method)(address)
        answers.append((answer.status_code, sorted(answer.json()), answer["Cache-Control"]))
    assert answers == [
        (401, ["error"], "private, no-store"),
        (401, ["error"], "private, no-store"),
        (403 if "1/check" not in address else 404, ["error"], "private, no-store"),
    ]


def test_a_post_without_the_token_changes_nothing(groups, editor, picture):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    photo = Photo.objects.create(caption="A lectern")
    answers = [
        client.post(address, data).status_code
        for address, data in (
            (PHOTOS, {"image": picture()}),
            (f"{PHOTOS}{photo.pk}/", {"credit": "X"}),
            (f"{PHOTOS}{photo.pk}/picture/", {"image": picture()}),
        )
    ]
    assert answers == [403, 403, 403]
    photo.refresh_from_db()
    assert (Photo.objects.count(), photo.credit, photo.is_awaiting) == (1, "", True)


def test_a_writer_cannot_ask_what_somebody_elses_draft_lacks(client, groups, editor):
    article = Article.objects.create(headline="Somebody else's", created_by=editor)
    client.force_login(person("Writers", "wim"))
    answer = client.post(f"/admin/articles/article/{article.pk}/check/", {"headline": "Mine now"})
    assert (answer.status_code, answer.json()) == (404, {"error": "This is not there any more."})


# --- the library ---
def test_the_facts_of_a_photo(desk, picture):
    photo = Photo.objects.create(
        image=picture(1200, 800, "quay.jpg"), caption="The quay\nat noon", credit="Ana Ruiz"
    )
    answer = desk.get(PHOTOS, {"id": photo.pk})
    (first,) = photo.renditions  # the others come from the worker
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert answer.json() == {
        "photos": [
            {
                "id": photo.pk,
                "name": "quay.jpg",
                "caption": "The quay\nat noon",
                "credit": "Ana Ruiz",
                "alt": "",
                "decorative": False,
                "awaiting": False,
                "missing": ["an alternative text (or the mark “decorative”)"],
                "width": 1200,
                "height": 800,
                "url": first.url,
                "thumbnail": first.url,
                "can_change": True,
                "change_url": f"/admin/articles/photo/{photo.pk}/change/",
            }
        ]
    }


@pytest.mark.threat("T19")
def test_the_original_is_in_no_answer(desk, picture):
    photo = Photo.objects.create(image=picture())
    assert photo.image.name not in desk.get(PHOTOS, {"id": photo.pk}).content.decode()
    assert photo.image.name not in desk.get(PHOTOS).content.decode()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["late", "market", "quay"]),
        ("QUAY", ["quay"]),
        ("ruiz noon", ["quay"]),
        ("ruiz", ["market", "quay"]),
        ("stall.jpg", ["market"]),
        ("quay market", []),
        ("100%", []),
        ("_", []),
        ("x" * 201, []),
    ],
)
def test_the_library_is_searched_by_caption_credit_and_file_name(desk, picture, words, found):
    now = timezone.now()
    library = [
        {"caption": "late"},
        {"caption": "market", "credit": "Ana Ruiz", "image": picture(name="stall.jpg")},
        {"caption": "quay", "credit": "Ana Ruiz", "alt": "Boats at noon"},
    ]
    for age, facts in enumerate(library):
        Photo.objects.create(uploaded_at=now - timedelta(hours=age), **facts)
    answer = desk.get(PHOTOS, {"q": words}).json()
    assert ([photo["caption"] for photo in answer["photos"]], answer["count"], answer["next"]) == (
        found,
        len(found),
        None,
    )


def test_the_library_comes_in_pages_under_a_constant_number_of_queries(desk, django_assert_num_queries):
    def page(number):
        answer = desk.get(PHOTOS, {"page": number}).json()
        return len(answer["photos"]), answer["count"], answer["next"]

    Photo.objects.create(caption="one")
    desk.get(PHOTOS)
    with django_assert_num_queries(6):  # session, user, two of permissions, count, photos
        assert page(1) == (1, 1, None)
    Photo.objects.bulk_create(Photo(caption=f"photo {n}") for n in range(29))
    with django_assert_num_queries(6):
        assert page(1) == (24, 30, 2)
    assert (page(2), page("nonsense")) == ((6, 30, None), (24, 30, 2))


@pytest.mark.parametrize("id", ["0", "-1", "x", "9" * 30, "٣", ""])
def test_an_id_that_is_none_finds_nothing_and_breaks_nothing(desk, id):
    assert desk.get(PHOTOS, {"id": id}).status_code == 200


# --- uploads ---
def test_an_upload_is_a_photo_of_the_library(desk, editor, picture):
    answer = desk.post(PHOTOS, {"image": picture(900, 600, "../../quay at noon.jpg")})
    photo = Photo.objects.get()
    assert answer.status_code == 201
    assert answer.json()["photo"]["id"] == photo.pk
    assert (photo.file_name, photo.width, photo.height, photo.uploaded_by) == (
        "quay at noon.jpg",
        900,
        600,
        editor,
    )


@pytest.mark.threat("T18")
@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (None, "No file came with this."),
        (("notes.jpg", b"only words"), "“notes.jpg” cannot be read as a picture. Please upload a whole JPEG, PNG, WebP or AVIF file."),
        (("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"), "“drawing.svg” cannot be read as a picture. Please upload a whole JPEG, PNG, WebP or AVIF file."),
        (("empty.jpg", b""), "The submitted file is empty."),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_one_sentence(desk, file, sentence):
    data = {"image": SimpleUploadedFile(*file)} if file else {}
    answer = desk.post(PHOTOS, data)
    assert (answer.status_code, answer.json()) == (400, {"error": sentence})
    assert Photo.objects.count() == 0


def test_an_awaited_photo_gets_its_picture_once(desk, picture):
    photo = Photo.objects.create(caption="A lectern")
    answers = [
        desk.post(f"{PHOTOS}{photo.pk}/picture/", {"image": picture(name=n)}) for n in ("a.jpg", "b.jpg")
    ]
    photo.refresh_from_db()
    assert [answer.status_code for answer in answers] == [200, 409]
    assert (photo.file_name, photo.caption) == ("a.jpg", "A lectern")


def test_an_awaited_photo_does_not_take_a_picture_that_the_library_has_before_it_is_meant(desk, picture):
    had, photo = (
        Photo.objects.create(image=picture(), caption="Dusk"),
        Photo.objects.create(caption="A lectern"),
    )
    address = f"{PHOTOS}{photo.pk}/picture/"
    asked = desk.post(address, {"image": picture(name="again.jpg"), "duplicates": "ask"})
    photo.refresh_from_db()
    told = [(ours["id"], ours["exact"]) for ours in asked.json()["duplicates"]]
    assert (asked.status_code, told, photo.is_awaiting) == (200, [(had.pk, True)], True)
    desk.post(address, {"image": picture(name="again.jpg"), "duplicates": "keep"})
    photo.refresh_from_db()
    assert (photo.file_name, photo.caption) == ("again.jpg", "A lectern")


@pytest.mark.threat("T23")
def test_credit_and_alternative_text_are_saved_and_nothing_else(desk):
    photo = Photo.objects.create(caption="A lectern")
    answer = desk.post(
        f"{PHOTOS}{photo.pk}/",
        {"credit": " Bo Lind ", "alt": "A lectern", "decorative": "on", "caption": "Other"},
    )
    photo.refresh_from_db()
    assert (photo.credit, photo.alt, photo.decorative, photo.caption) == (
        "Bo Lind",
        "A lectern",
        True,
        "A lectern",
    )
    assert answer.json()["photo"]["missing"] == ["its picture"]


def test_a_credit_that_is_too_long_is_refused_with_a_sentence(desk):
    photo = Photo.objects.create(caption="A lectern")
    answer = desk.post(f"{PHOTOS}{photo.pk}/", {"credit": "x" * 201})
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert desk.get(f"{PHOTOS}{photo.pk}/").status_code == 405
    assert desk.post(f"{PHOTOS}{photo.pk + 1}/", {"credit": "x"}).status_code == 404


# --- what is missing ---
@pytest.fixture
def whole(editor):
    """An article that lacks nothing, and its form as the browser sends it."""
    topic = Topic.objects.create(name="Sea", slug="sea")
    author = Author.objects.create(name="Ana Ruiz")
    article = Article.objects.create(
        headline="A quiet harbour",
        standfirst="Why it is quiet.",
        body="<p>Words.</p>",
        topic=topic,
        created_by=editor,
    )
    byline = Byline.objects.create(article=article, author=author)
    form = {
        "headline": article.headline,
        "standfirst": article.standfirst,
        "body": article.body,
        "topic": topic.pk,
        "kind": "report",
        "comment_policy": "site",
        "bylines-TOTAL_FORMS": 1,
        "bylines-INITIAL_FORMS": 1,
        "bylines-0-id": byline.pk,
        "bylines-0-article": article.pk,
        "bylines-0-author": author.pk,
        "bylines-0-role": "by",
        "bylines-0-position": 0,
    }
    return article, form


def saved(client, article, form):
    """Save `form` as the browser does: with the version that it was opened with."""
    address = f"/admin/articles/article/{article.pk}/change/"
    version = client.get(address).context["adminform"].form["version"].value()
    return client.post(address, form | {"version": version, "_continue": ""})


def missing(client, article, form):
    address = f"/admin/articles/article/{article.pk}/check/" if article else "/admin/articles/article/check/"
    answer = client.post(address, form)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    return answer.json()["missing"]


def test_a_whole_form_lacks_nothing_and_asking_saves_nothing(desk, whole):
    article, form = whole
    assert missing(desk, article, form | {"headline": "Another"}) == []
    article.refresh_from_db()
    assert article.headline == "A quiet harbour"


def test_what_was_taken_out_of_the_form_is_missing_though_it_is_saved(desk, whole):
    article, form = whole
    emptied = form | {
        "headline": "",
        "standfirst": "",
        "body": "<p></p>",
        "topic": "",
        "bylines-0-DELETE": "on",
    }
    assert missing(desk, article, emptied) == article_of_nothing()
    assert missing(desk, article, form | {"bylines-0-role": "photos"}) == ["The byline names nobody."]


def article_of_nothing():
    return Article(pk=0).missing_for_publishing(writers=[])


def test_a_new_article_is_checked_with_its_byline(desk, whole):
    _, form = whole
    new = {key: value for key, value in form.items() if key not in ("bylines-0-id", "bylines-0-article")}
    assert missing(desk, None, new | {"bylines-INITIAL_FORMS": 0}) == []
    assert missing(desk, None, {}) == article_of_nothing()


def test_a_photo_in_the_unsaved_text_is_checked(desk, whole):
    article, form = whole
    photo = Photo.objects.create(caption="A lectern", credit="Bo Lind")
    placed = f'<figure data-photo="{photo.pk}" data-uncertain="caption"></figure>'
    assert missing(desk, article, form | {"body": f"<p>Words.</p>{placed}"}) == [
        "Photo 1 in the text (“A lectern”) lacks its picture and an alternative text (or the mark “decorative”).",
        "Photo 1 in the text: it is not settled whether its words are a caption.",
    ]


# --- the form ---
@pytest.mark.threat("T2")
def test_the_form_saves_canonical_html_whatever_is_sent(desk, whole):
    article, form = whole
    hostile = '<p onclick="x()">Words <img src=x onerror=alert(1)></p><script>alert(1)</script><h1>Head</h1>'
    saved(desk, article, form | {"body": hostile})
    article.refresh_from_db()
    assert article.body == "<p>Words</p>\n<h2>Head</h2>"


def test_an_inherited_caption_reaches_the_editor_and_is_stored_as_inherited(desk, whole):
    article, form = whole
    photo = Photo.objects.create(caption="Two\nlines & <more>")
    article.body = f'<figure data-photo="{photo.pk}"></figure>'
    article.save()
    page = desk.get(f"/admin/articles/article/{article.pk}/change/")
    shown = page.context["adminform"].form["body"].subwidgets[0].data["value"]
    assert shown == (
        f'<figure data-photo="{photo.pk}" data-caption="library">'
        "<figcaption>Two<br>lines &amp; &lt;more&gt;</figcaption></figure>"
    )
    saved(desk, article, form | {"body": shown})
    article.refresh_from_db()
    assert article.body == f'<figure data-photo="{photo.pk}"></figure>'


def test_only_a_change_of_the_text_counts_as_one():
    field = body_editor.BodyField()
    same = '<p>a</p><figure data-photo="1" data-caption="library"><figcaption>x</figcaption></figure><p></p>'
    assert field.has_changed('<p>a</p>\n<figure data-photo="1"></figure>', same) is False
    assert field.has_changed("<p>a</p>", "<p>b</p>") is True


def test_saving_says_which_page_was_saved_and_refusing_says_nothing(desk, whole):
    article, form = whole
    page, other = "0123456789abcdef01234567", "76543210fedcba9876543210"
    refused = saved(desk, article, form | {"draft_page": page, "headline": ""})
    assert (refused.status_code, "saved_drafts" in refused.cookies) == (200, False)
    answer = saved(desk, article, form | {"draft_page": page})
    cookie = answer.cookies["saved_drafts"]
    assert (answer.status_code, cookie.value, cookie["path"]) == (302, page, "/admin/")
    assert (
        saved(desk, article, form | {"draft_page": other}).cookies["saved_drafts"].value == f"{other}.{page}"
    )
    desk.cookies.pop("saved_drafts")
    hostile = saved(desk, article, form | {"draft_page": 'x"; Path=/\r\nSet-Cookie: a=b'})
    assert (hostile.status_code, "saved_drafts" in hostile.cookies) == (302, False)


def test_the_form_page_carries_the_import_map_with_its_nonce_and_every_module(desk, whole):
    article, _ = whole
    page = desk.get(f"/admin/articles/article/{article.pk}/change/")
    html = page.content.decode()
    policy = page["Content-Security-Policy"]
    nonce = html.split('<script type="importmap" nonce="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in policy
    assert "unsafe" not in policy
    imports = json.loads(html.split('type="importmap"')[1].split(">", 1)[1].split("</script>")[0])["imports"]
    files = {path.stem for path in (Path(settings.BASE_DIR) / "static/js/editor").glob("*.js")}
    assert {name.removeprefix("editor/") for name in imports if name.startswith("editor/")} == files - {
        "editor"
    }


def test_pages_about_the_publication_have_the_editor_too(desk):
    page = desk.get(reverse("admin:articles_page_add"))
    config = json.loads(
        page.context["adminform"].form["body"].subwidgets[0].data["attrs"]["data-body-editor"]
    )
    assert (config["photos_url"], config["draft"]["scope"].split(":")[:2]) == (
        "/admin/articles/page/photos/",
        ["articles.page", "new"],
    )
