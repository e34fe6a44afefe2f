"""The same words again are one group, and earlier decisions on similar words are found."""

import random
from itertools import pairwise

import pytest
from django.contrib.auth import get_user_model

from comments import similar
from comments.load import WORDS
from comments.models import Comment, Group, GroupBand, Likeness

pytestmark = pytest.mark.django_db
LETTER = (
    "Dear editors, the plan to close the ferry line in winter leaves the island without a doctor for three months, and "
    "I ask you to print the numbers that the ministry keeps to itself."
)


def post(comment):
    similar.remember(comment)
    return comment


def words(rng, least=12, most=50):
    return " ".join(rng.choice(WORDS) + rng.choice(["", "s", "ing"]) for _ in range(rng.randint(least, most)))


def edited(rng, text):
    """A small edit: another case, another mark, a word more or less, or a letter changed."""
    said = text.split()
    at = rng.randrange(len(said))
    edit = rng.randrange(5)
    if edit == 0:
        said[at] = said[at].upper() + "!!"
    elif edit == 1:
        said.insert(at, "indeed")
    elif edit == 2:
        del said[at]
    elif edit == 3:
        said[at] = said[at][:-1] + "x"
    else:
        said = ["Hello,", *said, "Thanks!"]
    return " ".join(said)


def test_a_letter_sent_by_many_is_one_group_across_articles(make_comment, make_article):
    other = make_article("Another article")
    first = post(make_comment(LETTER, name="Ida", status="held"))
    second = post(
        make_comment("Hello! " + LETTER.replace("winter", "WINTER"), name="Bo", article=other, status="held")
    )
    third = post(make_comment(LETTER.replace("three", "four") + " Thank you.", name="Cy"))
    alone = post(
        make_comment("The ministry never kept those numbers to itself; the island asked.", name="Di")
    )
    found = similar.groups([first, second, third, alone])
    assert set(found) == {first.pk, second.pk, third.pk}
    group = found[second.pk]
    assert (group.size, group.waiting, group.first_id) == (3, 2, first.pk)
    assert list(similar.members(group.id)) == [first, second, third]


def test_short_praise_said_twice_is_no_campaign(make_comment):
    two = [post(make_comment("Great article!", name=name)) for name in ("Ida", "Bo")]
    assert similar.groups(two) == {}
    assert not Group.objects.exists()


def test_a_short_text_with_a_link_sent_twice_is_one_group(make_comment):
    two = [post(make_comment("Nice! http://visa-fast.example", name=name)) for name in ("Ida", "Bo")]
    assert set(similar.groups(two)) == {two[0].pk, two[1].pk}


def test_a_wave_of_copies_writes_one_set_of_bands(make_comment):
    for n in range(12):
        post(make_comment(f"{LETTER} {n}", name=f"Reader {n}"))
    assert Group.objects.get().size == 12
    assert GroupBand.objects.count() <= similar.BANDS


def test_a_page_of_groups_costs_two_queries(make_comment, django_assert_num_queries):
    one = [post(make_comment(f"{LETTER} {n}", name=f"Reader {n}")) for n in range(2)]
    many = one + [post(make_comment(f"{LETTER[::-1]} {n}", name=f"Writer {n}")) for n in range(6)]
    for comments in (one, many):
        with django_assert_num_queries(2):
            assert set(similar.groups(comments)) == {comment.pk for comment in comments}


def test_a_comment_that_was_edited_leaves_its_group(make_comment):
    first, second = (post(make_comment(LETTER, name=name)) for name in ("Ida", "Bo"))
    second.edit("Something else entirely, about the harbour and its tide tables in the last war.", [])
    assert similar.groups([first, second]) == {}
    assert Likeness.objects.filter(comment=second).exists()


def test_a_removed_comment_takes_nothing_of_the_group_with_it(make_comment):
    first, second = (post(make_comment(LETTER, name=name)) for name in ("Ida", "Bo"))
    first.delete()
    third = post(make_comment(LETTER + " Please.", name="Cy"))
    assert set(similar.groups([second, third])) == {second.pk, third.pk}


def test_the_nearest_is_found_among_many_that_share_a_little(make_comment, monkeypatch):
    monkeypatch.setattr(similar, "MOST_LOOKED_AT", 1)
    first = post(make_comment(LETTER, name="Ida"))
    shared = GroupBand.objects.first().value
    for _ in range(3):  # newer ones
        GroupBand.objects.create(group=Group.objects.create(signature=bytes(256)), value=shared)
    second = post(make_comment(LETTER.replace("doctor", "dentist"), name="Bo"))
    assert second.likeness.group_id == first.likeness.group_id


def test_a_word_more_in_a_short_text_makes_it_no_other_text(make_comment):
    first = post(make_comment("Subscribe to my channel for free cards", name="Ida"))
    second = post(make_comment("Hello, subscribe to my channel for free cards", name="Bo"))
    third = post(make_comment("The ferry was late again, as every winter", name="Cy"))
    assert second.likeness.group_id == first.likeness.group_id != third.likeness.group_id


def test_planted_pairs_are_found_and_others_are_not():
    rng = random.Random(11)
    texts = [words(rng) for _ in range(300)]
    values = [similar.bands(similar.signature(text)) for text in texts]
    found = 0
    for text, bands in zip(texts, values, strict=True):
        other = similar.signature(edited(rng, text))
        alike = similar.likeness(similar.signature(text), other) >= similar.ALIKE
        found += alike and bool(set(bands) & set(similar.bands(other)))
    wrong = sum(
        similar.likeness(similar.signature(one), similar.signature(other)) >= similar.ALIKE
        for one, other in pairwise(texts)
    )
    assert found >= 297
    assert wrong == 0


def test_the_nearest_earlier_decisions_are_precedents(make_comment, django_assert_num_queries):
    mo = get_user_model().objects.create_user("mo")
    near = make_comment(
        "Ministers who close the ferry should resign, the islanders are fools", name="A", status="held"
    )
    near.reject(by=mo, reason="abuse")
    far = make_comment("The orchard tariff of nineteen ten was a customs matter", name="B", status="held")
    far.approve(by=mo)
    undecided = make_comment("The ministers close the ferry and the islanders pay", name="C", status="held")
    for comment in (near, far, undecided):
        similar.trace(comment)
    asked = make_comment(
        "Those islanders are fools and the ministers close their ferry", name="D", status="held"
    )
    with django_assert_num_queries(2):
        found = similar.precedents(asked)
    assert [(each.comment, each.decision.reason) for each in found] == [(near, "abuse")]


def test_a_comment_without_telling_words_has_no_precedents(make_comment):
    assert similar.precedents(make_comment("So it is.", name="E")) == []
    assert Comment.objects.count() == 1
