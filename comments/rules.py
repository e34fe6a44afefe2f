"""The rules that a comment passes before it is shown: a short list of small functions, in order.

The first that refuses ends it: nothing is stored, and the writer gets the text back with the reason. Those that hold
each add their reason, with the words or the value that made them, and the comment waits for a moderator.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.module_loading import import_string

from articles.models import Article
from comments import brake, limits, markup
from comments.models import Comment, Commenter, Hold, Mode, ModeChoice, Policy


@dataclass
class Draft:
    """A comment that is about to be posted, with what the rules look at. Nothing of it is stored yet."""

    article: Article
    text: str
    policy: Policy
    commenter: Commenter | None = None  # None: a person we never saw
    is_proven: bool = False  # whether they are who they say: signed in, or will confirm by mail
    answers: Comment | None = None
    address: str = ""  # where the request came from
    honey: str = ""  # what a machine wrote into the field that nobody sees
    seconds: float | None = None  # from getting the form to sending it
    badge: str = ""
    editing: Comment | None = None  # the comment that is edited, when it is

    def __post_init__(self):
        self.text = markup.tidy(self.text)
        self.html = markup.render(self.text)
        self.links = markup.link_addresses(self.html)

    @property
    def is_trusted(self):
        return bool(self.badge) or bool(self.is_proven and self.commenter and self.commenter.is_trusted)

    @cached_property
    def is_newcomer(self):
        """Whether nobody here knows them yet. Who cannot prove who they are is known to nobody."""
        return not (self.is_trusted or (self.is_proven and self.commenter and self.commenter.is_known))

    @cached_property
    def _chosen(self):
        """What the article and its topic have of their own, the nearest first."""
        of = Q(article=self.article)
        if self.article.topic_id:
            of |= Q(topic=self.article.topic_id)
        return sorted(ModeChoice.objects.filter(of), key=lambda choice: choice.article_id is None)

    @property
    def mode(self):
        """The mode of the article, else of its topic, else of the site."""
        return self._chosen[0].mode if self._chosen else self.policy.mode

    @property
    def newcomers_in_ten_minutes(self):
        return brake.limit_of(self.policy, *self._chosen)


@dataclass
class Finding:
    """What a rule found: words of the text, a value against a limit, and for a refusal when to try again."""

    words: list = field(default_factory=list)
    value: float | None = None
    limit: float | None = None
    says: str = ""  # for the writer, where the rule's own sentence is not enough
    again_at: datetime | None = None


@dataclass(frozen=True)
class Rule:
    name: str
    check: object  # Draft -> Finding or None
    refuses: bool
    reader: str  # a sentence for the writer
    moderator: str  # a sentence for the desk
    nudges: bool = False  # the writer may mend it once before it is held
    for_trusted: bool = False  # whether it also holds trusted persons and staff
    can_be_switched_off: bool = True

    @property
    def label(self):
        return self.moderator


RULES = []


def rule(reader, moderator, *, refuses=False, **options):
    def register(check):
        name = check.__name__
        RULES.append(Rule(name, check, refuses, reader, moderator, **options))
        return check

    return register


# --- those that refuse --------------------------------------------------------------------------------------------
@rule(
    "This article is not open to comments.", "The article is closed or not published", refuses=True,
    for_trusted=True, can_be_switched_off=False,
)  # fmt: skip
def closed(draft):
    if draft.editing:
        return None
    why = draft.policy.why_closed(draft.article)
    return Finding(says=why) if why else None


@rule(
    "You cannot comment at the moment.", "The person is suspended or banned", refuses=True, for_trusted=True,
    can_be_switched_off=False,
)  # fmt: skip
def shut_out(draft):
    person = draft.commenter
    if not (person and person.is_shut_out):
        return None
    _, until = person.holds_now
    if until:
        says = f"You cannot comment until {timezone.localtime(until):%-d %B %Y, %H:%M}."
        return Finding(says=says, again_at=until)
    return Finding()


@rule(
    "A moderator wrote to you. Please acknowledge the warning first: it is in your mail and among “My comments”.",
    "A warning is not yet acknowledged", refuses=True, for_trusted=True, can_be_switched_off=False,
)  # fmt: skip
def warned(draft):
    return Finding() if draft.commenter and draft.commenter.is_warned else None


_HOUR = timedelta(hours=1)


def _too_many(recent, limit):
    """A Finding when `recent` comments of the last hour reach `limit`: try again when the oldest is an hour old."""
    times = list(
        recent.filter(submit_date__gt=timezone.now() - _HOUR)
        .order_by("-submit_date")
        .values_list("submit_date", flat=True)[:limit]
    )
    if not limit or len(times) < limit:
        return None
    again_at = times[-1] + _HOUR
    says = f"That was a lot in one hour. Please try again in {_minutes_to(again_at)}."
    return Finding(value=len(times), limit=limit, says=says, again_at=again_at)


def _minutes_to(moment):
    minutes = max(1, math.ceil((moment - timezone.now()).total_seconds() / 60))
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


@rule("Too many comments in one hour.", "Many comments of one person in an hour", refuses=True)
def rate_of_person(draft):
    if not draft.commenter or draft.editing:
        return None
    return _too_many(Comment.objects.filter(commenter=draft.commenter), draft.policy.a_person_an_hour)


@rule("Too many comments in one hour.", "Many comments from one address in an hour", refuses=True)
def rate_of_address(draft):
    if not draft.address or draft.editing:
        return None
    same = Comment.objects.filter(from_address__in=limits.keyed_lately(draft.address))
    return _too_many(same, draft.policy.an_address_an_hour)


@rule("Too many comments in one hour.", "Many comments from one network in an hour", refuses=True)
def rate_of_network(draft):
    network = limits.network_of(draft.address)
    if not network or draft.editing:
        return None
    same = Comment.objects.filter(from_network__in=limits.keyed_lately(network))
    return _too_many(same, draft.policy.a_network_an_hour)


@rule(
    "Very many persons write under one article for the first time: the next ones are asked to try again soon.",
    "Many comments of new persons under one article in ten minutes",
    refuses=True,
)
def rate_of_newcomers(draft):
    if draft.editing or not draft.is_newcomer:
        return None
    limit = draft.newcomers_in_ten_minutes
    again_at = brake.holds_until(draft.article, limit)
    if again_at is None:
        return None
    says = (
        "Very many people write here for the first time just now. "
        f"Please try again in {_minutes_to(again_at)}: your words stay in this form."
    )
    return Finding(value=limit, limit=limit, says=says, again_at=again_at)


@rule("There is a word in it that we do not print.", "A word from the list of banned words", refuses=True)
def banned_words(draft):
    words = matching_words(draft.policy.banned_words, draft.text)
    if not words:
        return None
    return Finding(words=words, says=f"We do not print “{words[0]}”. Please put it another way.")


# --- those that hold ----------------------------------------------------------------------------------------------
@rule(
    "We look at what may have been sent by a machine.",
    "A machine filled in the hidden field",
    for_trusted=True,
)
def honeypot(draft):
    return Finding(words=[draft.honey[:80]]) if draft.honey else None


@rule("We look at what may have been sent by a machine.", "Sent faster than a person writes")
def too_fast(draft):
    limit = draft.policy.seconds_to_write
    if draft.editing or not limit:
        return None
    seconds = draft.seconds if draft.seconds is not None else 0
    return Finding(value=round(seconds, 1), limit=limit) if seconds < limit else None


@rule("The same words were sent before.", "The same words in another comment of the last week")
def duplicate(draft):
    if len(markup.fold(draft.text)) < 20:
        return None  # “I agree with this” is nobody’s own
    same = Comment.objects.filter(
        content_hash=markup.content_hash(draft.text), submit_date__gt=timezone.now() - timedelta(days=7)
    ).exclude(status=Comment.Status.REMOVED)
    if draft.editing:
        same = same.exclude(pk=draft.editing.pk)
    found = same.count()
    return Finding(value=found, limit=1) if found else None


@rule("A moderator reads your first comments.", "One of the first comments of a new person")
def first_comments(draft):
    if draft.mode != Mode.CAUTIOUS:
        return None
    limit = draft.policy.approved_before_trust
    approved = 0
    if draft.is_proven and draft.commenter:
        approved = Comment.objects.approved_of(draft.commenter).order_by()[:limit].count()
    return Finding(value=approved, limit=limit) if approved < limit else None


@rule("A moderator looks at comments with several links.", "Links")
def links(draft):
    limit = draft.policy.links_held_from
    if not limit or len(draft.links) < limit:
        return None
    return Finding(words=draft.links[:20], value=len(draft.links), limit=limit)


@rule("A word in it makes a moderator look first.", "A word from the list of suspect words", nudges=True)
def suspect_words(draft):
    words = matching_words(draft.policy.suspect_words, draft.text)
    return Finding(words=words) if words else None


@rule("It answers a comment that a moderator took down.", "A reply below a rejected comment")
def below_rejected(draft):
    if not draft.answers:
        return None
    taken_down = [Comment.Status.REJECTED, Comment.Status.SPAM]
    return (
        Finding()
        if Comment.objects.filter(pk__in=draft.answers.steps, status__in=taken_down).exists()
        else None
    )


@rule("A moderator reads your comments first.", "The person is watched", for_trusted=True)
def watched(draft):
    person = draft.commenter
    return Finding() if person and person.holds_now[0] == Commenter.Standing.WATCHED else None


@rule("It is written almost wholly in capitals.", "Capitals", nudges=True)
def capitals(draft):
    letters = [c for c in draft.text if c.isalpha() and c.lower() != c.upper()]
    if len(letters) < 20:
        return None
    percent = round(100 * sum(c.isupper() for c in letters) / len(letters))
    limit = draft.policy.capitals_percent
    return Finding(value=percent, limit=limit) if percent >= limit else None


_SHOUTING = re.compile(r"[!?]{4,}|(\w)\1{7,}")
_LONGEST_WORD = 80


@rule(
    "It shouts: many exclamation marks, or letters in a row.",
    "Exclamation marks or letters in a row",
    nudges=True,
)
def shouting(draft):
    found = [match.group() for match in _SHOUTING.finditer(draft.text)]
    found += [word for word in draft.text.split() if len(word) > _LONGEST_WORD and "://" not in word]
    return Finding(words=[words[:80] for words in found[:10]]) if found else None


@rule("It is very short.", "Fewer letters than a word has", nudges=True)
def very_short(draft):
    letters = len(markup.fold(draft.text))
    return Finding(value=letters, limit=2) if letters < 2 else None


SPAM_FROM = 0.8


@rule("We look at what may be advertising.", "The spam score")
def spam_score(draft):
    """The seam for a ranking that learns: COMMENT_SPAM_SCORE names a function that takes a Draft and returns 0 to 1."""
    if not settings.COMMENT_SPAM_SCORE:
        return None
    score = import_string(settings.COMMENT_SPAM_SCORE)(draft)
    return Finding(value=score, limit=SPAM_FROM) if score >= SPAM_FROM else None


@rule(
    "A moderator reads every comment here before it is shown.", "Every comment here is approved first",
    can_be_switched_off=False,
)  # fmt: skip
def approve_first(draft):
    return Finding() if draft.mode == Mode.APPROVE_FIRST else None


BY_NAME = {rule.name: rule for rule in RULES}
# what holds a comment that was already shown: no draft is judged by it
BY_NAME["reported"] = Rule("reported", None, False, "Readers reported it.", "Reported by readers")
BY_NAME["rolled_back"] = Rule(
    "rolled_back", None, False, "A moderator looks at it again.", "The rule that held it was taken back"
)


# --- all of them --------------------------------------------------------------------------------------------------
@dataclass
class Verdict:
    """What the rules say of a draft."""

    refused_by: Rule | None = None
    refusal: Finding | None = None
    held_by: list = field(default_factory=list)  # (Rule, Finding), in order

    @property
    def is_refused(self):
        return self.refused_by is not None

    @property
    def is_rate(self):
        """Whether it is refused for now only, because it was too much at once."""
        return self.is_refused and self.refused_by.name.startswith("rate_")

    @property
    def is_held(self):
        return bool(self.held_by)

    @property
    def refusal_sentence(self):
        return self.refusal.says or self.refused_by.reader

    @property
    def nudges(self):
        """What the writer may mend before it is held: sentences."""
        return [rule.reader for rule, _ in self.held_by if rule.nudges]

    def holds_for(self, comment):
        return [
            Hold(comment=comment, rule=rule.name, words=found.words, value=found.value, limit=found.limit)
            for rule, found in self.held_by
        ]


def judge(draft):
    """Return the Verdict of all rules that are switched on, in their order."""
    verdict = Verdict()
    for each in RULES:
        if each.can_be_switched_off and each.name in draft.policy.switched_off:
            continue
        if draft.is_trusted and not each.for_trusted:
            continue
        found = each.check(draft)
        if found is None:
            continue
        if each.refuses:
            return Verdict(refused_by=each, refusal=found)
        verdict.held_by.append((each, found))
    return verdict


# --- word lists ---------------------------------------------------------------------------------------------------
MOST_WORDS = 2000
WORD_LISTS = frozenset({"banned_words", "suspect_words"})  # they find whole words


@lru_cache(maxsize=8)
def _pattern(lines):
    """Whole words, one a line; “*” stands for any letters within a word."""
    words = [" ".join(line.split()) for line in markup.comparable(lines).splitlines() if line.strip(" *\t")]
    if not words:
        return None
    each = [r"\s+".join(re.escape(part).replace(r"\*", r"\w*") for part in word.split()) for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(each[:MOST_WORDS])})(?!\w)")


def matching_words(lines, text):
    """Return the words of `text` that a list matches, each once, in order."""
    pattern = _pattern(lines)
    if pattern is None:
        return []
    return list(dict.fromkeys(match.group() for match in pattern.finditer(markup.comparable(text))))[:20]


def try_words(banned, suspect, comments):
    """Return what two lists would do to `comments`: (comment, banned words, suspect words) where any matches."""
    found = (
        (comment, matching_words(banned, comment.comment), matching_words(suspect, comment.comment))
        for comment in comments
    )
    return [row for row in found if row[1] or row[2]]
