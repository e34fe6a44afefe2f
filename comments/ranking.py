"""A ranking that learns from this desk: it orders the queue and fills the lane of likely spam, and decides nothing.

A text is its words, pairs of words, and pieces of three to five letters, hashed into 2^18 places, with a few facts
about it: links, capitals, signs of code, how it begins and ends, length, what of advertising it has, the article. Each
word counts once more as a word of the conversation that it is in, and the two first and the two last as what a text
begins and ends with. Two learners look at the same places, one decision after another: confidence-weighted regression
(AROW, Crammer, Kulesza and Dredze 2009), which learns quickly from few and rare examples, and with little weight a naive
Bayes, which remembers what the first lets go. They begin with a little of what is known of spam anywhere: a weight on
some facts (`PRIOR`), and comments that we wrote as examples (`comments/examples/`), learnt before the first decision.

The worker learns (`learn`), each standing decision once. The state is a row: it survives restarts and is the same on
every machine.
"""

import math
import re
import unicodedata
import zlib
from array import array
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from comments import advertising, markup, similar
from comments.models import Comment, Decision, Learnt, RankingState

FEATURES = 5  # another number when what is looked at or begun with changes: the log is then learnt again
PLACES = 1 << 18
LONGEST = 4000  # letters of a text that are looked at
EDGE = 2  # words at the beginning, and at the end
LANE_FROM = Comment.SPAM_LANE_FROM
LEAST = 10  # decisions of each kind before there is a score at all
PORTION = 200  # decisions, or waiting comments, in one look of the worker
RESCORE_AFTER = 20  # decisions learnt before those that wait are scored again
SETTLED_AFTER = 30  # seconds
LIVE = 500  # decisions that the live figures look at

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_LINK = re.compile(
    r"https?://\S+|www\.\S+|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[a-z]{2,24}/\S+|\b[\w-]{1,63}\.(?:com|net|org|info|ru|biz|io|me|ly|be|tk|co|xyz|top|shop)\b(?:/\S*)?",
    re.IGNORECASE,
)
_CODE = re.compile(r"[=()\[\]{}_<>]")
_IN_A_ROW = re.compile(r"(\w)\1{2,}|[!?.]{3,}")


# --- what is looked at ---------------------------------------------------------------------------------------------
def tokens(text, headline=""):
    """Return what a text is to the learners: five lists of (token, the word it belongs to), by kind."""
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    low = text.casefold()
    words = _WORD.findall(low)
    said = [(f"w {word}", word) for word in words]
    said += [(f"b {one} {two}", f"{one} {two}") for one, two in pairwise(words)]
    pieces = []
    for word in low.split():
        padded = f" {word[:40]} "
        for size in (3, 4, 5):
            pieces += [(padded[at : at + size], word) for at in range(len(padded) - size + 1)]
    here = [(f"c {headline} {word}", word) for word in words if len(word) > 3] if headline else []
    edges = [(f"first {word}", word) for word in words[:EDGE]] + [
        (f"last {word}", word) for word in words[-EDGE:]
    ]
    return said, pieces, list(_facts(text, words, headline)), here, edges


def _facts(text, words, headline):
    letters = [c for c in text if c.isalpha()]
    links = _LINK.findall(text)
    capitals = round(10 * sum(c.isupper() for c in letters) / len(letters)) if letters else -1
    own = {word[:5] for word in _WORD.findall(headline.casefold()) if len(word) > 3}
    of_the_article = min(3, len(own & {word[:5] for word in words}))
    yield f"m length {len(words).bit_length()}", "its length"
    yield f"m links {min(3, len(links))}", f"links: {len(links)}"
    yield f"m capitals {capitals}", "capitals"
    yield f"m row {min(3, len(_IN_A_ROW.findall(text)))}", "letters or marks in a row"
    yield f"m exclamation {min(4, text.count('!'))}", "exclamation marks"
    yield f"m question {min(3, text.count('?'))}", "question marks"
    asks, code = "?" in text, bool(_CODE.search(text))
    begins, ends = text[:1].isupper(), text.rstrip()[-1:].isalnum()
    yield f"m asks {asks}", "it asks something" if asks else "it asks nothing"
    yield f"m code {code}", "brackets and signs" if code else "no brackets or signs"
    yield f"m begins {begins}", "it begins with a capital" if begins else "it begins without a capital"
    yield f"m ends {ends}", "it ends without a mark" if ends else "it ends with a mark"
    yield f"m tiny {min(4, len(set(words)))}", "how few words"
    yield f"m digits {sum(c.isdigit() for c in text).bit_length()}", "digits"
    yield f"m signs {sum(ord(c) > 0x2100 for c in text).bit_length()}", "signs and symbols"
    yield f"m lines {text.count(chr(10)).bit_length()}", "line breaks"
    yield f"m variety {int(5 * len(set(words)) / len(words)) if words else -1}", "words said again"
    yield f"m headline {of_the_article}", "words of the headline"
    low = text.casefold()
    calls, offers, begs = advertising.calls(low), advertising.offers(low), advertising.begs(low)
    reached = advertising.tells_how_to_reach(low)
    yield f"m calls {calls}", f"calls to go elsewhere: {calls}"
    yield f"m offers {offers}", f"words of an offer: {offers}"
    yield f"m begs {begs}", f"begging for likes: {begs}"
    yield f"m reached {reached}", "a way to be reached" if reached else "no way to be reached"
    yield f"m letters {bool(letters)}", "it has letters" if letters else "not a letter"
    for link in links:
        host = link.casefold().split("//")[-1].split("/")[0]
        yield f"m host {host}", f"a link to {host}"


# of words, pieces, facts, words here, first and last words: each kind has this length, however long the text
WEIGHTS = (0.8, 1.1, 1.0, 0.3, 0.8)
ARTICLE = 0.6


# What the weights of some facts are before anything was decided: as much as a handful of decisions would move them.
PRIOR = {"m reached True": 1.0, "m reached False": -0.1, "m letters False": 3.0} | {
    f"m {what} {n}": 0.5 * (n + 1) if n else -0.2
    for what in ("calls", "offers", "begs", "links")
    for n in range(4)
}


# Comments that we wrote ourselves, one a line: of kinds that are turned down anywhere, and of kinds that are not. What
# they teach is mostly how common a word or a sign is (`Ranker.sure`, all of it), and a little where it leans.
EXAMPLES = Path(__file__).parent / "examples"
EXAMPLE = 0.2  # of where they lean, kept: a desk may decide otherwise
RARE = 0.5  # of a bad one, counted: they are a third of the examples, and fewer of what a desk sees


def examples():
    """Return [(text, label)] of the examples, mixed, in the same order on every machine."""
    rows = [
        (text, label)
        for label, name in enumerate(("wanted.txt", "unwanted.txt"))
        for text in (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
    ]
    return sorted(rows, key=lambda row: crc32(row[0].encode()))


def place(token):
    return crc32(token.encode("utf-8", "replace")) & (PLACES - 1)


def features(text, headline=""):
    """Return {place: value} of a text. The same for equal texts, always: nothing else goes in."""
    found = {}
    for kind, weight in zip(tokens(text, headline), WEIGHTS, strict=True):
        once = {token for token, _ in kind}
        for token in once:
            at = place(token)
            found[at] = found.get(at, 0.0) + weight / math.sqrt(len(once))
    if headline:
        at = place(f"a {headline}")
        found[at] = found.get(at, 0.0) + ARTICLE
    return found


# --- the learners --------------------------------------------------------------------------------------------------
def is_enough(approved, turned_down):
    """Whether so many decisions of each kind make a score. Examples are none."""
    return min(approved, turned_down) >= LEAST


@dataclass(frozen=True)
class Step:
    """What one decision changed: enough to take it back."""

    alpha: float
    beta: float


class Ranker:
    """Scores and learns. Everything it knows is in four arrays of 2^18 numbers and two counts."""

    REGULAR = 0.1
    MOST_BALANCE = 4  # how much more a rare kind of decision may count than a common one
    BAYES = 0.06
    DOUBT = 8  # decisions with a word in them that weigh as much as not knowing it
    STEEP = 3.0  # how a margin becomes a score of 0 to 1

    def __init__(self):
        self.weight = array("f", bytes(4 * PLACES))
        self.sure = array("f", bytes(4 * PLACES))  # one less the variance of a weight
        self.seen = (array("f", bytes(4 * PLACES)), array("f", bytes(4 * PLACES)))  # by label
        self.counts = [0, 0]
        for token, weight in PRIOR.items():
            self.weight[place(token)] += weight

    @classmethod
    def begun(cls):
        """Return one as it is before the first decision. The first in a process takes a second, each other a moment."""
        return cls.unpacked(_begun(), (0, 0))

    @property
    def is_ready(self):
        return is_enough(*self.counts)

    def _bayes(self, at):
        """How much likelier a place makes it that a text is turned down; nothing where the place was never seen."""
        good, bad = self.seen[0][at], self.seen[1][at]
        if not good and not bad:
            return 0.0
        usual = (self.counts[1] + 1) / (sum(self.counts) + 2)
        share = (bad + self.DOUBT * usual) / (good + bad + self.DOUBT)
        return math.log(share / (1 - share)) - math.log(usual / (1 - usual))

    def pull(self, at):
        """How one place moves the margin, for each unit of its value."""
        return self.weight[at] + self.BAYES * self._bayes(at)

    def margin(self, found):
        return sum(value * self.pull(at) for at, value in found.items())

    def score(self, found):
        """0 to 1: how much a text is like what this desk turned down."""
        return 1 / (1 + math.exp(-self.STEEP * max(-10, min(10, self.margin(found)))))

    def learn(self, found, label):
        """Learn that a text was turned down (1) or approved (0); returns the Step, for `forget`."""
        self.counts[label] += 1
        weight, sure, seen = self.weight, self.sure, self.seen[label]
        margin = sum(value * weight[at] for at, value in found.items()) * (1 if label else -1)
        alpha = beta = 0.0
        if margin < 1:
            balance = min(self.MOST_BALANCE, (self.counts[1 - label] + 1) / (self.counts[label] + 1))
            spread = sum((1 - sure[at]) * value * value for at, value in found.items())
            beta = 1 / (spread + self.REGULAR / balance)
            alpha = (1 - margin) * beta * (1 if label else -1)
        for at, value in found.items():
            seen[at] += 1
            if beta:
                variance = 1 - sure[at]
                weight[at] += alpha * variance * value
                sure[at] += beta * variance * variance * value * value
        return Step(alpha, beta)

    def forget(self, found, label, step):
        """Take a Step back: exactly where nothing was learnt since, closely where something was."""
        self.counts[label] = max(0, self.counts[label] - 1)
        weight, sure, seen = self.weight, self.sure, self.seen[label]
        for at, value in found.items():
            seen[at] = max(0.0, seen[at] - 1)
            if step.beta:
                after, square = 1 - sure[at], step.beta * value * value
                # after = before - square * before²: the smaller root is what it was
                before = (1 - math.sqrt(max(0.0, 1 - 4 * square * after))) / (2 * square)
                before = min(1.0, max(after, before))
                weight[at] -= step.alpha * before * value
                sure[at] = 1 - before

    # - storage -
    def packed(self):
        arrays = (self.weight, self.sure, *self.seen)
        return zlib.compress(b"".join(each.tobytes() for each in arrays), 1)

    @classmethod
    def unpacked(cls, packed, counts):
        ranker = cls.__new__(cls)
        data, size = zlib.decompress(packed), 4 * PLACES
        arrays = [array("f", data[at : at + size]) for at in range(0, 4 * size, size)]
        ranker.weight, ranker.sure, ranker.seen = arrays[0], arrays[1], (arrays[2], arrays[3])
        ranker.counts = list(counts)
        return ranker


@cache
def _begun():
    ranker = Ranker()
    known = [(features(text), label) for text, label in examples()]
    before = ranker.weight[:]
    for found, label in known:
        ranker.learn(found, label)
    bad = ranker.seen[1]
    for at in {at for found, _ in known for at in found}:
        ranker.weight[at] = before[at] + EXAMPLE * (ranker.weight[at] - before[at])
        bad[at] *= RARE
    return ranker.packed()


# --- the one of this site ------------------------------------------------------------------------------------------
_kept = {}  # this process's copy: (version of the row, Ranker)


def _ranker_of(state):
    """Return the Ranker of a RankingState, read anew only when it moved on: as the row is then, if that is a later one."""
    version, ranker = _kept.get("newest", (None, None))
    if version != state.version:
        version, data, *counts = RankingState.objects.values_list(
            "version", "weights", "approved", "turned_down"
        ).get(pk=state.pk)
        ranker = Ranker.unpacked(bytes(data), counts) if data else Ranker.begun()
        _kept["newest"] = version, ranker
    return ranker


def current():
    """Return the Ranker to score with; None where it is switched off or knows too little. One small query."""
    state = RankingState.objects.defer("weights").filter(pk=1).first()
    if state is None or not state.is_on or not is_enough(state.approved, state.turned_down):
        return None
    return _ranker_of(state)


def state():
    """Return the row of the ranking without its weights; one that is not stored where nothing was learnt yet."""
    return RankingState.objects.defer("weights").filter(pk=1).first() or RankingState(pk=1)


def features_of(comment):
    return features(comment.comment, comment.article.headline)


def priority(score, reports=0):
    """The place in the queue of a score and of reports, each by the weight of its reporter."""
    return round((score or 0.0) + Comment.PRIORITY_OF_A_REPORT * (reports or 0), 4)


def score_new(comment):
    """Give a comment that is about to be stored its score and its place. Nothing is saved."""
    ranker = current()
    comment.spam_score = round(ranker.score(features_of(comment)), 4) if ranker else None
    comment.priority = priority(comment.spam_score)


def score_anew(comment):
    """Score a comment whose words were changed; what readers reported still counts."""
    reports = max(0.0, comment.priority - (comment.spam_score or 0)) / Comment.PRIORITY_OF_A_REPORT
    score_new(comment)
    comment.priority = priority(comment.spam_score, reports)
    Comment.objects.filter(pk=comment.pk).update(spam_score=comment.spam_score, priority=comment.priority)


@dataclass
class Pull:
    """What in a text moved its score: a word or a fact; more than 0 moved it up."""

    words: str
    by: float


def why(comment, most=8):
    """Return what moved the score of a comment most, as Pulls, the strongest first. Empty where there is no score."""
    return whys([comment], most)[comment.pk]


def whys(comments, most=8):
    """Return {comment id: its Pulls} for a page of cards: the ranking is looked up once."""
    ranker = current()
    return {comment.pk: _pulls(ranker, comment, most) if ranker else [] for comment in comments}


def _pulls(ranker, comment, most):
    headline = comment.article.headline
    pulls = defaultdict(float)
    for kind, weight in zip(tokens(comment.comment, headline), WEIGHTS, strict=True):
        once = dict(kind)
        for token, words in once.items():
            pulls[words] += weight / math.sqrt(len(once)) * ranker.pull(place(token))
    pulls["other comments on this article"] = ARTICLE * ranker.pull(place(f"a {headline}"))
    strongest = sorted(pulls.items(), key=lambda pull: -abs(pull[1]))[:most]
    return [Pull(words, round(by, 3)) for words, by in strongest if abs(by) >= 0.005]


# --- learning, in the worker ---------------------------------------------------------------------------------------
# A decision is learnt when the time to undo it at once is over; later ones of a slow transaction are not passed over.
def _settled_before():
    return timezone.now() - timedelta(seconds=SETTLED_AFTER)


def learn():
    """Learn a portion of new decisions, and score again what waits; returns how many rows were looked at.

    Safe in many processes: the row of the state is locked, and `Learnt` names the decision that each comment is known by.
    """
    return _learn_decisions() + _score_waiting()


def _locked():
    """Return the row of the ranking, made where there is none, for a transaction that is about to change it."""
    RankingState.objects.get_or_create(pk=1, defaults={"features": FEATURES})
    return RankingState.objects.select_for_update().get(pk=1)


def _begin_anew(state):
    """Forget everything: the worker then learns the log again, portion by portion."""
    Learnt.objects.all().delete()
    state.weights, state.approved, state.turned_down, state.learnt_to = b"", 0, 0, 0
    state.wants_rebuild, state.features = False, FEATURES
    state.move_on()
    state.save()
    _kept.clear()


def _learn_decisions(until=None):
    with transaction.atomic():  # what was learnt, and that it was, are one thing
        state = _locked()
        if state.wants_rebuild or state.features != FEATURES:
            _begin_anew(state)
        new = Decision.objects.to_be_read(state.learnt_to, until or _settled_before())
        new = list(new.values_list("pk", "comment_id")[:PORTION])
        if not new:
            return 0
        ranker = _ranker_of(state)
        _kept.clear()  # it is about to change, and a transaction may fail
        touched = {comment for _, comment in new if comment}
        state.learnt_to = new[-1][0]
        verdicts = list(_verdicts(touched, state.learnt_to))
        learnt = sum([_catch_up(ranker, state, *pair) for pair in verdicts])
        if learnt:
            state.weights = ranker.packed()
            state.approved, state.turned_down = ranker.counts
            state.since_rescored += learnt
            state.move_on()
        state.save()
        taken_back = [comment.pk for comment, decision in verdicts if decision is None]
        _score_again(Comment.objects.held().filter(pk__in=taken_back), ranker if state.is_on else None)
    return len(new)


def _verdicts(touched, upto):
    """Yield (comment, the decision that stands on it or None) of comments, in the order they were decided. One that is
    further down the log than `upto` waits for its turn: rebuilt from the log, the order is that of the desk as well."""
    comments = {
        comment.pk: comment
        for comment in Comment.objects.filter(pk__in=touched).select_related("article", "learnt")
    }
    standing = {}
    settling = Decision.objects.standing().by_moderators().filter(comment__in=comments)
    for decision in settling.order_by("pk"):
        standing[decision.comment_id] = decision
    order = sorted(comments, key=lambda pk: standing[pk].pk if pk in standing else 0)
    for pk in order:
        comment, decision = comments[pk], standing.get(pk)
        known_by = getattr(getattr(comment, "learnt", None), "decision_id", None)
        is_its_turn = decision and (decision.pk <= upto or decision.pk == known_by)
        yield comment, decision if is_its_turn else None


def _label(decision):
    return int(decision.verb in (Decision.Verb.REJECT, Decision.Verb.SPAM))


def _words(comment, is_meant):
    """Return those words of a comment that are meant: of now, or of before an edit. None where nothing is kept of them."""
    if is_meant(comment.comment):
        return comment.comment
    return next((each.text for each in comment.revisions.order_by("-pk") if is_meant(each.text)), None)


def _words_decided_on(comment, decision):
    """Return the words that a decision was made on; but those that the desk took something out of are as it left them.
    None for what its writer took back."""
    is_edited_since = comment.edited_at and comment.edited_at > decision.at
    if not comment.comment or not is_edited_since:
        return comment.comment or None
    return _words(comment, lambda text: Comment.hash_of(text) == decision.text_hash)


def _words_learnt(comment, known):
    return _words(comment, lambda text: markup.content_hash(text) == known.content_hash)


def forget_gone(comment):
    """Let the worker learn the log again where it knows words of a comment that nothing is kept of any more."""
    known = Learnt.objects.filter(comment=comment).first()
    if known and _words_learnt(comment, known) is None:
        RankingState.objects.filter(pk=1).update(wants_rebuild=True)


def _catch_up(ranker, state, comment, decision):
    """Make the ranker know a comment by the decision that stands and the words that are left of it, and by nothing else.
    Returns 1 where that is news."""
    known = getattr(comment, "learnt", None)
    words = _words_decided_on(comment, decision) if decision else None
    if not known and not words:
        return 0
    if known:
        is_of_it = bool(words) and known.decision_id == decision.pk
        if is_of_it and known.content_hash == markup.content_hash(words):
            return 0
        learnt = _words_learnt(comment, known)
        if learnt is None:  # they are gone: only the log as a whole tells what to take back
            state.wants_rebuild = True
        else:
            found = features(learnt, comment.article.headline)
            ranker.forget(found, int(known.turned_down), Step(known.alpha, known.beta))
        known.delete()
    if words:
        found = features(words, comment.article.headline)
        score = round(ranker.score(found), 4) if ranker.is_ready else None
        label = _label(decision)
        step = ranker.learn(found, label)
        similar.trace(comment)
        Learnt.objects.create(
            comment=comment, decision=decision, turned_down=bool(label), score_before=score,
            content_hash=markup.content_hash(words), alpha=step.alpha, beta=step.beta,
        )  # fmt: skip
    return 1


def _score_waiting():
    """Score a portion of the comments that wait again, when enough was learnt; the newest first."""
    with transaction.atomic():  # which portion is whose, and what it got
        state = RankingState.objects.select_for_update().defer("weights").filter(pk=1).first()
        if state is None:
            return 0
        if state.rescore_below is None:
            if state.since_rescored < RESCORE_AFTER:
                return 0
            state.rescore_below, state.since_rescored = 2**62, 0
        waiting = Comment.objects.held().filter(pk__lt=state.rescore_below).order_by("-pk")[:PORTION]
        waiting = _score_again(waiting, _ranker_of(state) if state.is_on else None)
        state.rescore_below = waiting[-1].pk if len(waiting) == PORTION else None
        state.save(update_fields=["rescore_below", "since_rescored"])
    return len(waiting)


def _score_again(waiting, ranker):
    """Give comments that wait (a QuerySet) the score and the place that they have now; returns them."""
    if ranker and not ranker.is_ready:
        ranker = None
    waiting = list(waiting.select_related("article").annotate(reported=Sum("reports__weight")))
    moved = []
    for comment in waiting:
        score = round(ranker.score(features_of(comment)), 4) if ranker else None
        place_now = priority(score, comment.reported)
        if abs(place_now - comment.priority) > 0.01 or (score is None) != (comment.spam_score is None):
            comment.spam_score, comment.priority = score, place_now
            moved.append(comment)
    Comment.objects.bulk_update(moved, ["spam_score", "priority"])
    return waiting


def switch(on):
    """Switch the ranking on or off. Off, nothing has a score and the queue is ordered by reports alone."""
    with transaction.atomic():  # the switch and what follows from it
        state = _locked()
        state.is_on, state.rescore_below = on, 2**62
        state.save(update_fields=["is_on", "rescore_below"])
        if not on:
            forget_scores(Comment.objects.held())
            forget_scores(Comment.objects.reported())


def forget_scores(comments):
    """Let the place of `comments` (a QuerySet) in a queue be that of their reports alone."""
    comments.exclude(spam_score=None).update(priority=F("priority") - F("spam_score"), spam_score=None)


def rebuild(progress=None):
    """Forget everything and learn the log again, in order. Returns how many decisions are known now.

    Each portion is a transaction, so that nobody who posts meanwhile waits for all of them; it does no harm that a worker
    takes some of them, or goes on where this is interrupted.
    """
    with transaction.atomic():
        _begin_anew(_locked())
    until = _settled_before()
    while _learn_decisions(until):
        if progress:
            progress(Learnt.objects.count())
    RankingState.objects.filter(pk=1).update(rescore_below=2**62)
    return Learnt.objects.count()


# --- how good it is ------------------------------------------------------------------------------------------------
def area_under_curve(scored):
    """The chance that a bad comment has a higher score than a good one, of (score, label); None where a kind is missing."""
    ordered = sorted(scored)
    bad = sum(label for _, label in ordered)
    good = len(ordered) - bad
    if not bad or not good:
        return None
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += sum(label for _, label in ordered[at:end]) * (at + 1 + end) / 2
        at = end
    return (ranks - bad * (bad + 1) / 2) / (bad * good)


@dataclass
class Live:
    """How the ranking did on the last decisions: each score is from before its decision was learnt."""

    decisions: int
    turned_down: int
    in_lane: int
    right_in_lane: int
    area: float | None

    @property
    def precision(self):
        return round(100 * self.right_in_lane / self.in_lane) if self.in_lane else None

    @property
    def words(self):
        if self.area is None:
            return "It has seen too little to say how good it is."
        if self.area < 0.65:
            return "Weak: on this site it is hardly better than chance. Order by time."
        if self.area < 0.85:
            return "Of some help: it puts many of the bad ones first, and misses others."
        return "Good: most of what is turned down stands first."


def live():
    """Return how it did on the last 500 decisions that had a score. One query."""
    rows = list(
        Learnt.objects.exclude(score_before=None)
        .order_by("-decision_id")
        .values_list("score_before", "turned_down")[:LIVE]
    )
    lane = [turned_down for score, turned_down in rows if score >= LANE_FROM]
    return Live(
        decisions=len(rows), turned_down=sum(bad for _, bad in rows), in_lane=len(lane), right_in_lane=sum(lane),
        area=area_under_curve([(score, int(bad)) for score, bad in rows]),
    )  # fmt: skip
