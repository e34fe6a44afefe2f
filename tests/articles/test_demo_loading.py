"""What loading the demo never does: publish what is not ready, take over an account, or run in production."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from articles.demo import loading
from articles.models import Article, Author, NotReady, Topic

pytestmark = pytest.mark.django_db


def rows():
    return [list(model.objects.values()) for model in (Article, Author, Topic, User)]


@pytest.fixture
def small_source(tmp_path):
    """A demo of one topic, one author and one story, without photos."""
    (tmp_path / "stories").mkdir()
    (tmp_path / "photos.toml").touch()
    (tmp_path / "publication.toml").write_text(
        'front_page = []\n[topics.rivers]\nname = "Rivers"\n[authors.ana]\nname = "Ana Ruiz"\n', "utf-8"
    )
    (tmp_path / "stories" / "a-dam.html").write_text(
        '+++\nheadline = "A dam"\nstandfirst = "Who pays."\nkind = "report"\ntopic = "rivers"\nby = ["ana"]\n+++\n'
        "<p>Text.</p>\n",
        "utf-8",
    )
    return tmp_path


def test_a_story_that_an_editor_could_not_publish_is_not_loaded_and_neither_is_anything_else(
    db, small_source
):
    story = small_source / "stories" / "a-dam.html"
    story.write_text(story.read_text("utf-8").replace("Who pays.", ""), "utf-8")
    before = rows()
    with pytest.raises(NotReady, match="The standfirst is missing"):
        loading.load(small_source)
    assert rows() == before


def test_somebody_who_has_the_name_of_a_log_in_keeps_the_account(small_source):
    User.objects.create_user("editor", password="my-own-password")
    loading.load(small_source)
    editor = User.objects.get(username="editor")
    assert (editor.check_password("my-own-password"), editor.is_staff, editor.groups.count()) == (
        True,
        False,
        0,
    )
    assert loading.log_ins() == {"writer": "Writers", "moderator": "Moderators"}


def test_production_refuses_it(settings):
    settings.ENVIRONMENT = "production"
    before = rows()
    with pytest.raises(CommandError, match="not loaded in production"):
        call_command("load_demo", stdout=io.StringIO())
    assert rows() == before
