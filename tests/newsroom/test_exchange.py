"""Everything goes out of one installation and into another, and is the same there."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from articles.models import Article, Author, Byline, Photo, Topic
from comments import moderation
from comments.models import Comment, Commenter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def publication(groups, django_user_model, picture):
    """Rows of every kind that is hard to carry: related and tagged, in three tables, decided, with a picture."""
    editor = django_user_model.objects.create_user("edith", "edith@example.org", "words", is_staff=True)
    editor.groups.add(groups["Editors"], groups["Moderators"])
    topic = Topic.objects.create(name="Seas", slug="seas")
    photo = Photo.objects.create(image=picture(), caption="A dam\nat dawn", credit="Bo Lind", alt="A wall.")
    articles = [
        Article.objects.create(
            headline=f"Tides {n}", standfirst="“s”", topic=topic, created_by=editor,
            body=f'<p>b</p><figure data-photo="{photo.pk}"></figure>',
        )
        for n in range(2)
    ]  # fmt: skip
    Byline.objects.create(article=articles[0], author=Author.objects.create(name="Ana Ruiz"))
    articles[0].related.add(articles[1])
    articles[0].tags.add("Water")
    articles[0].publish()
    ida = Commenter.objects.create(email="ida@example.org", name="Ida")
    first = Comment.objects.create(
        article=articles[0],
        comment="*Well* said.",
        user_name="Ida",
        user_email=ida.email,
        commenter=ida,
        status="held",
    )
    moderation.approve(first, editor)
    Comment.objects.create(
        article=articles[0], comment="Yes.", user_name="Ida", user_email=ida.email, commenter=ida, answers=first,
        status="visible",
    )  # fmt: skip
    return photo


@pytest.fixture
def elsewhere(tmp_path, migrated):
    """Another, empty installation, on SQLite whatever this one is on."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if connection.vendor == "sqlite":
        shutil.copy(migrated, folder / "newsroom.sqlite3")
    environment = os.environ | {
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/newsroom.sqlite3",
    }

    def manage(*words):
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=django_settings.BASE_DIR, env=environment, capture_output=True, text=True,
        )  # fmt: skip

    assert manage("migrate", "-v0").returncode == 0
    return manage


def lines(folder):
    """The rows of an export; of a photo without what the worker makes again."""
    rows = [json.loads(line) for line in (folder / "content.jsonl").read_text().splitlines()]
    for row in rows:
        for value in row["fields"].values():
            if isinstance(value, list):
                value.sort()  # which permissions a group has, in no order
        if row["model"] == "articles.photo":
            for name in ("made", "made_at", "claimed_at"):
                row["fields"].pop(name)
    return rows


def test_everything_comes_in_elsewhere_and_goes_out_again_the_same(publication, elsewhere, tmp_path):
    out, again = tmp_path / "out", tmp_path / "again"
    call_command("export_site", str(out))
    done = elsewhere("import_site", str(out))
    assert done.stderr == ""
    assert elsewhere("export_site", str(again)).returncode == 0
    assert {
        "articles.article", "articles.byline", "articles.photo", "articles.taggedarticle", "auth.user", "comments.comment",
        "comments.decision", "django_comments.comment", "django_comments_xtd.xtdcomment",
    } <= {row["model"] for row in lines(out)}  # fmt: skip
    assert lines(again) == lines(out)
    original = publication.image.name
    assert (again / original).read_bytes() == (out / original).read_bytes()

    # it lives on: renditions are made, a new row gets a free number
    look = (
        "from articles.models import *; from django.core.management import call_command;"
        "call_command('make_renditions', verbosity=0); Topic.objects.create(name='New', slug='new');"
        "print(Photo.objects.shown().count(), Article.objects.published().count())"
    )
    assert elsewhere("shell", "-v0", "-c", look).stdout.splitlines()[-1] == "1 1"

    refused = elsewhere("import_site", str(out))
    assert (refused.returncode, refused.stderr) == (
        1,
        "CommandError: There are articles here already: an import needs an empty database.\n",
    )


def test_a_damaged_export_and_a_folder_in_use_are_refused(publication, tmp_path):
    out = tmp_path / "out"
    call_command("export_site", str(out))
    with pytest.raises(CommandError, match="is not empty"):
        call_command("export_site", str(out))
    content = out / "content.jsonl"
    content.write_text(content.read_text().replace("Tides 0", "Tides 9"))
    with pytest.raises(CommandError, match=r"“content\.jsonl” is damaged"):
        call_command("import_site", str(out))
    (out / "manifest.json").unlink()
    with pytest.raises(CommandError, match="is no whole export"):
        call_command("import_site", str(out))
    assert Article.objects.count() == 2
