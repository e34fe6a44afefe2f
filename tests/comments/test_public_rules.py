"""The public page of the rules and the numbers of each year."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from comments import numbers, rules
from comments.fairness import Appeal
from comments.models import Hold, Policy, RejectionReason

pytestmark = pytest.mark.django_db
ADDRESS = "/about/comments/"


def text_of(client):
    return client.get(ADDRESS).content.decode()


def test_it_says_the_rules_that_are_on_in_the_words_of_the_writer(client):
    page = text_of(client)
    assert rules.BY_NAME["capitals"].reader in page and rules.BY_NAME["reported"].reader in page
    assert rules.BY_NAME["approve_first"].reader not in page
    assert rules.BY_NAME["rate_of_newcomers"].reader in page
    no_limits = {"reports_hold_from": 0, "newcomers_in_ten_minutes": 0}
    Policy(switched_off=["capitals"], mode="approve_first", **no_limits).save()
    page = text_of(client)
    assert rules.BY_NAME["rate_of_newcomers"].reader not in page
    assert rules.BY_NAME["capitals"].reader not in page and rules.BY_NAME["reported"].reader not in page
    assert rules.BY_NAME["approve_first"].reader in page


def test_the_words_of_the_lists_are_not_told(client):
    Policy(banned_words="secretword", suspect_words="otherword").save()
    page = text_of(client)
    assert "secretword" not in page and "otherword" not in page


def test_it_gives_the_reasons_that_the_desk_offers(client):
    RejectionReason.objects.filter(slug="false").update(is_offered=False)
    RejectionReason.objects.filter(slug="abuse").update(words="It is unkind to somebody")
    page = text_of(client)
    assert "It is unkind to somebody." in page and "It states as fact" not in page


def test_the_numbers_of_each_year_come_from_the_log(client, make_comment):
    moderator, other = (
        get_user_model().objects.create_superuser(name, f"{name}@example.org", "x")
        for name in ("mod", "other")
    )
    for number in range(3):
        now = timezone.now() - timedelta(seconds=1)
        comment = make_comment(f"Held words {number}", status="held", submit_date=now)
        Hold.objects.create(comment=comment, rule="links", at=now)
        comment.reject(by=moderator, reason="abuse") if number else comment.approve(by=moderator)
    Appeal.file(comment, "Secret words of an appeal").let_stand(by=other)
    make_comment("Shown at once", submit_date=timezone.now())
    numbers.rebuild()
    page = text_of(client)
    rows = re.findall(r'<th scope="row">([^<]*)</th><td class="num">([^<]*)</td>', page)
    assert rows == [
        ("Received", "4"), ("Shown at once", "1"), ("Held for a moderator", "3"), ("Held, then approved", "1"),
        ("Taken down or rejected", "2"), ("It attacks or insults someone", "2"), ("Second looks asked for", "1"),
        ("The comment is shown after all", "0"), ("The decision stands", "1"),
        ("Median time from held to decided", "1 minute"),
    ]  # fmt: skip
    for secret in ("Held words", "Secret words", "mod@example.org", "Ida Berg"):
        assert secret not in page


def test_it_is_one_page_for_everyone(client, django_assert_num_queries):
    first = client.get(ADDRESS)
    assert not first.cookies and "Cookie" not in first.get("Vary", "")
    assert first["Cache-Control"].startswith("public")
    client.force_login(get_user_model().objects.create_superuser("mod"))
    assert client.get(ADDRESS).content == first.content
    assert client.get(ADDRESS, headers={"if-none-match": first["ETag"]}).status_code == 304
    numbers.DayCount.objects.bulk_create(
        numbers.DayCount(day=f"{year}-05-01", what="received", count=year) for year in range(2000, 2026)
    )
    client.logout()
    with django_assert_num_queries(6):
        page = text_of(client)
    assert re.findall(r'data-year="(\d+)"', page)[:2] == ["2025", "2024"]


def test_form_conversation_and_footer_lead_there(client, article):
    link = f'href="{ADDRESS}"'
    for address in (f"/articles/{article.slug}/comments/new/", f"/articles/{article.slug}/comments/"):
        content = client.get(address).content.decode().split('<footer class="foot">')
        assert [part.count(link) for part in content] == [1, 1]
    assert link in client.get("/").content.decode()
