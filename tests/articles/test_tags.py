"""Tags are renamed and merged, and no address that they had is lost."""

import pytest
from django.core.exceptions import ValidationError

from articles.models import Tag
from tests.articles.reading import headlines

pytestmark = pytest.mark.django_db


def test_a_renamed_tag_leads_on_from_its_former_address(client, publish):
    publish("One", tags=["Water"])
    tag = Tag.objects.get()
    tag.rename("Rivers and seas")
    response = client.get("/tags/water/")
    assert (response.status_code, response["Location"]) == (301, "/tags/rivers-and-seas/")
    assert client.get("/tags/water/feeds/rss/")["Location"] == "/tags/rivers-and-seas/feeds/rss/"
    tag.rename("Water")
    assert client.get("/tags/rivers-and-seas/")["Location"] == "/tags/water/"
    assert headlines(client.get("/tags/water/")) == ["One"]


def test_a_name_that_another_tag_has_is_not_taken(publish):
    publish("One", tags=["Water", "Money"])
    with pytest.raises(ValidationError, match="Merge the two"):
        Tag.objects.get(name="Money").rename("water")


def test_merged_tags_bring_their_articles_and_their_addresses(client, publish):
    publish("Both", tags=["Water", "Waters"])
    publish("One", tags=["Waters"])
    publish("Other", tags=["H2O"])
    Tag.objects.get(name="H2O").rename("Wet")
    kept = Tag.objects.get(name="Water")
    kept.merge(Tag.objects.exclude(name="Money"))
    assert [tag.name for tag in Tag.objects.all()] == ["Water"]
    assert headlines(client.get("/tags/water/")) == ["Both", "One", "Other"]
    for former in ("waters", "wet", "h2o"):
        assert client.get(f"/tags/{former}/")["Location"] == "/tags/water/"


def test_an_editor_merges_tags_in_the_list(client, admin_client, publish):
    publish("One", tags=["Water", "Money"])
    publish("Two", tags=["Water"])
    response = admin_client.post(
        "/admin/articles/tag/",
        {"action": "merge", "_selected_action": [tag.pk for tag in Tag.objects.all()]},
        follow=True,
    )
    assert "“Money” merged into “Water”. Their addresses lead there." in response.content.decode()
    assert client.get("/tags/money/")["Location"] == "/tags/water/"


def test_a_former_address_of_a_tag_of_drafts_is_not_there(client, write):
    write("Draft", tags=["Water"])
    Tag.objects.get().rename("Wet")
    assert client.get("/tags/water/").status_code == client.get("/tags/wet/").status_code == 404
