"""The ranking begins with comments that we wrote as examples, and no desk is bound by them."""

import pytest

from comments import advertising, ranking
from comments.models import Comment, RankingState


def margins(ranker, *texts):
    return [round(ranker.margin(ranking.features(text)), 4) for text in texts]


def test_each_example_is_there_once_and_of_one_kind():
    texts = [text for text, _ in ranking.examples()]
    assert len(set(texts)) == len(texts)
    assert all(text and text == text.strip() for text in texts)
    labels = [label for _, label in ranking.examples()]
    assert labels.count(1) > 200 and labels.count(0) > 400


@pytest.mark.parametrize(
    ("unwanted", "wanted"),
    [
        ("Repost it for fifteen people tonight or a ghost will come", "I read it to fifteen people last night and it went well"),
        ("Congratulations, you have been selected, claim the prize", "Congratulations, you have explained it, what a surprise"),
    ],
)  # fmt: skip
def test_what_has_no_word_of_advertising_is_known_by_the_examples(unwanted, wanted):
    for text in (unwanted.casefold(), wanted.casefold()):
        assert advertising.calls(text) + advertising.offers(text) + advertising.begs(text) == 0
    without = margins(ranking.Ranker(), unwanted, wanted)
    first, second = margins(ranking.Ranker.begun(), unwanted, wanted)
    assert without[0] == without[1]
    assert first > second + 0.05


def test_examples_are_no_decisions():
    ranker = ranking.Ranker.begun()
    assert (ranker.counts, ranker.is_ready) == ([0, 0], False)


def test_what_one_learns_is_not_in_the_next():
    text = "The council met twice that winter, not once."
    before = margins(ranking.Ranker.begun(), text)
    ranker = ranking.Ranker.begun()
    ranker.learn(ranking.features(text), 1)
    assert margins(ranker, text) > before
    assert margins(ranking.Ranker.begun(), text) == before


def test_five_decisions_of_each_kind_overrule_an_example():
    example = next(text for text, label in ranking.examples() if label and "TikTok" in text)
    insult = "You are a fool and a liar"
    ranker = ranking.Ranker.begun()
    before = margins(ranker, example, insult)
    for n in range(5):
        ranker.learn(ranking.features(f"{example} {n}"), 0)
        ranker.learn(ranking.features(f"{insult} {n}"), 1)
    after = margins(ranker, example, insult)
    assert before[0] > max(0, before[1])
    assert after[0] < 0 < after[1]


@pytest.mark.django_db
def test_who_only_scores_does_not_learn_the_examples_first(article):
    """That takes a second, and a reader who posts would wait for it; the worker begins, and stores it."""
    RankingState.objects.create(pk=1)
    ranking._begun.cache_clear()
    comment = Comment(article=article, comment="free money on my channel")
    ranking.score_new(comment)
    assert comment.spam_score is None
    assert ranking._begun.cache_info().currsize == 0
