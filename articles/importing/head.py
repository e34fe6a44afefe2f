"""Where an article begins on a scraped page: headline, standfirst, byline, date, among menus and banners.

Pages differ in order, so nothing is looked for at a fixed place. Runs of lines that can only be a byline, a date or a
reading time are the landmarks. Around each of them (and above the first paragraph, when there is none) every line
that might be the headline is weighed together with what the other lines would then have to be. The best reading wins.
The marks that are given and taken off mean nothing by themselves: only their order does.
"""

import re
from dataclasses import dataclass, field

from . import bylines, captions, chrome, dates

_HORIZON = 400  # lines within which a page has come to its point
_NEVER = -10
_NAME_COSTS = 2  # marks off for a headline that reads as a name, as long as the page names no other author
_LONGEST = 300  # characters, as many as Article.headline holds
_REACH = 8  # how far a headline stands from its byline or date
# kinds of chrome.kind() that are printed right beside a date
_BESIDE = {"reading time", "counter", "author's badge", "rating", "like button", "share button"}


@dataclass
class Landmark:
    """What one line tells about the article, when it can only be a byline, a date or a counter."""

    credits: list = field(default_factory=list)
    shown: list = field(default_factory=list)  # of dates.Shown
    kind: str = ""

    @property
    def is_firm(self):
        return bool(self.credits or self.shown or self.kind == "reading time")

    @property
    def is_dated(self):
        return any(shown.day and not shown.is_update for shown in self.shown)


@dataclass
class Head:
    headline: int  # positions of units
    standfirst: int | None = None
    captions: list = field(default_factory=list)  # of captions.Caption
    roles: dict = field(default_factory=dict)  # position -> (became, why)
    credits: list = field(default_factory=list)
    date: dates.Shown | None = None
    body: int = 0
    score: float = 0.0
    rival: int | None = None  # another line that was nearly as good a headline

    @property
    def has_author(self):
        return any(credit.role == "by" for credit in self.credits)


def read(text):
    """Return the Landmark that a whole line is, or None."""
    text = dates.unglue(text)
    kind = chrome.kind(text)
    if kind in _BESIDE:
        return Landmark(kind=kind)
    if not any(c.isalnum() for c in text):
        return Landmark(kind="separator")
    if shown := dates.read(text):
        return Landmark(shown=[shown])
    if byline := bylines.read(text):
        return Landmark(credits=byline[0], shown=[byline[1]] if byline[1] else [])
    return _combined(text)


def _combined(text):
    """“Jane Doe · Mar 3, 2022 · 5 min read”"""
    if len(text) > 160:
        return None
    for mark in ("·", "•", "|", " – ", " — ", " - ", "/", ","):
        parts = [part.strip() for part in text.split(mark) if part.strip()]
        if not 2 <= len(parts) <= 6:
            continue
        found = Landmark()
        for part in parts:
            if shown := dates.read(part):
                found.shown.append(shown)
            elif chrome.kind(part) in _BESIDE:
                found.kind = (
                    "reading time" if chrome.kind(part) == "reading time" else found.kind or chrome.kind(part)
                )
            elif byline := bylines.read(part):
                found.credits += byline[0]
            elif mark not in ",/" and not found.credits and (names := bylines.names_in(part, alone=True)):
                found.credits = [*map(bylines.Credit, names)]
            else:
                break
        else:
            if found.shown or found.kind == "reading time":
                return found
    return None


def find(units):
    """Return the Head of the page, or None when nothing on it can be a headline."""
    near = units[:_HORIZON]
    landmarks = [read(unit.text) for unit in near]
    running = [0]
    for unit in near:
        running.append(running[-1] + (unit.words if unit.is_paragraph else 0))
    readings = []
    for start, end in _runs(near, landmarks):
        for position in range(max(0, start - _REACH), min(len(near), end + 2)):
            if landmarks[position] is None:
                readings.append(_read_around(near, landmarks, running, start, end, position))
    readings += _read_without_landmark(near, landmarks, running)
    readings = [reading for reading in readings if reading is not None]
    if not readings:
        return None
    best = max(readings, key=lambda reading: (reading.score, -reading.headline))
    rivals = [r for r in readings if r.headline != best.headline and r.score > best.score - 0.75]
    if rivals:
        best.rival = max(rivals, key=lambda reading: reading.score).headline
    # a paragraph above the byline is no caption, and no standfirst when it is long
    parts = [position for caption in best.captions for position in caption.positions]
    parts += [best.standfirst] if best.standfirst is not None and units[best.standfirst].words > 80 else []
    _give_back(best, [position for position in parts if units[position].is_paragraph])
    _see_to_the_end(units, best)
    return best


def _runs(units, landmarks):
    """Yield `(start, end)` of the runs of landmark lines, both inclusive; two short gaps in one are allowed.

    A second date ends a run, unless it is that of a change: the text of a diary begins with one.
    """
    position = 0
    while position < len(units):
        if landmarks[position] is None or not landmarks[position].is_firm:
            position += 1
            continue
        start = end = position
        while start > 0 and landmarks[start - 1] is not None and not landmarks[start - 1].is_firm:
            start -= 1
        dated = landmarks[position].is_dated
        probe = end + 1
        while probe < len(units) and probe - end <= 3:
            landmark = landmarks[probe]
            if landmark is not None and (landmark.is_firm or probe == end + 1):
                if dated and landmark.is_dated:
                    break
                dated = dated or landmark.is_dated
                end = probe
            elif landmark is None and units[probe].words > 60:
                break
            probe += 1
        yield start, end
        position = end + 1


def _read_around(units, landmarks, running, start, end, headline):
    """Weigh the page with `units[headline]` as its headline and the landmarks of [start, end] as its byline and date."""
    score = _headline_score(units, landmarks, headline)
    if score <= _NEVER:
        return None
    head = Head(headline, score=score, body=max(end, headline) + 1)
    _take_landmarks(landmarks, head, range(min(start, headline), head.body))
    author = _take_author(units, landmarks, head, start, end)
    firm = [landmarks[p] for p in range(start, end + 1) if landmarks[p] is not None]
    head.score += any(landmark.shown for landmark in firm)
    head.score += any(landmark.kind == "reading time" for landmark in firm)
    if headline > start:
        head.score += _headline_below(units, landmarks, head, start, end, author)
    elif any(_is_update(landmarks[p]) and landmarks[p - 1] is not None for p in range(start + 1, end + 1)):
        head.score += 3  # “Updated: …” right under the date: then the headline was above it
    _explain(units, landmarks, head, headline + 1, head.body - 1, author)
    head.score += _nearness(units, head.body) - _lateness(running, headline)
    return head


def _take_landmarks(landmarks, head, positions):
    for position in positions:
        landmark = landmarks[position]
        if landmark is None:
            continue
        head.credits += [credit for credit in landmark.credits if credit not in head.credits]
        for shown in landmark.shown:
            if not shown.is_update and (head.date is None or (head.date.day is None and shown.day)):
                head.date = shown
        head.roles[position] = _role(landmark)


def _take_author(units, landmarks, head, start, end):
    """Find who the byline names, or a name beside the dates; return the position of the latter."""
    author = None
    if head.has_author:
        head.score += 1.5
    else:
        author = _author_line(units, landmarks, start, end, head.headline)
        if author is not None:
            names = bylines.names_in(units[author].text)
            score = min(map(bylines.name_score, names))
            head.credits = [*map(bylines.Credit, names), *head.credits]
            head.roles[author] = ("byline", "a name beside the date")
            head.score += score if score > 1 else 0.5
    if head.has_author and bylines.name_score(units[head.headline].text) == 2:
        head.score += _NAME_COSTS - 0.5
    return author


def _headline_below(units, landmarks, head, start, end, author):
    """Marks for a headline that stands below its byline and date: above those there can only be chrome."""
    loose = [
        p for p in range(start, head.headline) if landmarks[p] is None and p != author and not units[p].kind
    ]
    score = -3 * len(loose)
    top = author if author is not None and author < start else start
    above = _headline_score(units, landmarks, top - 1) if top else _NEVER
    score += 0.5 if above <= _NEVER else -0.5 if above < 1.5 else -1.5
    if any(_is_update(landmarks[p]) for p in range(head.headline, end + 1)):
        score += 4  # “Updated: …” is printed under the headline, wherever the first date stands
    return score + (_reads_from(units[head.headline + 1 : head.headline + 2]) if head.headline > end else 0)


def _is_update(landmark):
    return landmark is not None and any(shown.is_update for shown in landmark.shown)


def _reads_from(following):
    """Marks for what comes under a headline that stands below the date."""
    if not following or following[0].text[0].islower():
        return -3
    if following[0].kind in ("rating", "like button"):
        return 3
    return 0 if following[0].words >= 12 or following[0].kind else -1.5


def _role(landmark):
    if landmark.credits:
        return ("byline", "it shows the date as well" if landmark.shown else "")
    if landmark.shown:
        shown = landmark.shown[0]
        if shown.is_update:
            return ("dropped", "date of a later change, not of publication")
        return ("date", "" if shown.day else f"no certain day: {shown.why}")
    return ("dropped", landmark.kind)


def _author_line(units, landmarks, start, end, headline):
    """The position of a name beside the dates: above the first, or between two of them."""
    within = [p for p in range(start, end + 1) if landmarks[p] is None and p != headline]
    above = start - 1
    candidates = [above] if above >= 0 and above != headline else []
    candidates += [p for p in within if _beside_landmark(landmarks, p)]
    named = [
        (sum(map(bylines.name_score, bylines.names_in(units[p].text, alone=True))), -p) for p in candidates
    ]
    best = max(named, default=(0, 0))
    return -best[1] if best[0] else None


def _beside_landmark(landmarks, position):
    before = landmarks[position - 1] if position else None
    after = landmarks[position + 1] if position + 1 < len(landmarks) else None
    return (before is not None and before.is_firm) or (after is not None and after.is_firm)


def _explain(units, landmarks, head, first, last, author):
    """Give each line between the headline and the body its part, and take marks off for what has none."""
    fragments = []
    for position in range(first, last + 1):
        unit = units[position]
        if landmarks[position] is not None or position == author:
            continue
        if unit.kind:
            head.roles[position] = ("dropped", unit.kind)
            head.score -= 3 if unit.kind in ("menu", "log-in") else 0.5
        elif unit.folded == units[head.headline].folded:
            head.roles[position] = ("dropped", "the headline again")
        elif captions.is_marked(unit.text):
            fragments.append(position)
            head.score += 0.5
        elif fragments and fragments[-1] == position - 1 and captions.dangles(units[position - 1].text):
            fragments.append(position)
        elif head.standfirst is None and not fragments and not captions.dangles(unit.text) and unit.words > 2:
            head.standfirst = position
            head.score += 1 if unit.has_stop and unit.words >= 6 else -0.5 if unit.words >= 8 else -2
            head.score -= 5 if unit.words > 80 else 0
        else:
            fragments.append(position)
            is_likely = head.standfirst is not None or captions.dangles(unit.text)
            head.score -= 5 if unit.is_paragraph else 0 if is_likely and len(fragments) < 3 else 2
    head.captions = captions.group(units, fragments)


def _nearness(units, position):
    for distance, unit in enumerate(units[position : position + 8]):
        if unit.is_paragraph:
            return 1 if distance == 0 else 0.5 if distance <= 3 else 0
    return -1


def _lateness(running, position):
    """Marks off for running text above a headline; a cookie notice may stand there, an article may not."""
    words = running[position]
    return words / 30 if words <= 120 else 20


def _headline_score(units, landmarks, position):
    unit = units[position]
    if landmarks[position] is not None or unit.kind or unit.words > 40 or len(unit.text) > _LONGEST:
        return _NEVER
    if not any(len(word) > 2 and word.isalpha() for word in re.findall(r"\w+", unit.text)):
        return -3  # a time of day, a number
    score = -0.5 if unit.words == 1 else 0.5 if unit.words <= 3 else 2
    score += 0.5 if unit.words >= 7 else 0
    score -= {".": 1.5, ":": 2, ";": 2, ",": 3}.get(unit.ending, 0) if unit.text[-1] in ".:;," else 0
    score -= 4 if unit.sentences > 1 and unit.words > 25 else 0
    score -= _NAME_COSTS if bylines.name_score(unit.text) == 2 else 0
    score -= 1.5 if unit.text[0].islower() else 0
    above = units[max(0, position - 2) : position]
    if unit.words <= 3 and len(above) == 2 and all(u.words <= 3 and not u.has_stop for u in above):
        score -= 0 if re.search(r"[;:,?“”\"«»/]", unit.text) else 1
    if unit.text.isupper() and len(above) == 2 and all(u.text.isupper() for u in above):
        score -= 1
    if position == 0 or (units[position - 1].kind and landmarks[position - 1] is None):
        score += 0.5
    for other in units[:position]:
        if other.folded == unit.folded:
            score += 3 if unit.words >= 4 else -1.5
            break
        if (
            unit.words >= 2
            and other.folded.startswith(unit.folded)
            and _names_the_site(other.text, unit.text)
        ):
            score += 3
            break
    return score


def _names_the_site(title, headline):
    """“The headline | The site”, as a page's own title has it."""
    rest = title[len(headline) :].strip()
    return bool(rest) and rest[0] in "|-–—·•" and len(rest.split()) <= 8


def _read_without_landmark(units, landmarks, running):
    """Weigh the lines above the first paragraph; without a paragraph (a poem, a list) the first line of the author's."""
    first = next((p for p, unit in enumerate(units) if unit.is_paragraph and not unit.kind), None)
    if first is None:
        first = next((p + 1 for p, unit in enumerate(units) if not unit.kind and landmarks[p] is None), None)
        if first is None:
            return
    for headline in range(max(0, first - _REACH), first):
        score = _headline_score(units, landmarks, headline)
        if score <= _NEVER:
            continue
        head = Head(headline, score=score, body=first)
        _take_landmarks(landmarks, head, range(headline + 1, first))
        _explain(units, landmarks, head, headline + 1, first - 1, None)
        head.score -= 2.5 * any(mark is not None and mark.is_firm for mark in landmarks[:headline])
        # without a byline below them, short lines above the first paragraph are captions only when they say so
        unmarked = [
            c for c in head.captions if c.positions and not captions.is_marked(units[c.positions[0]].text)
        ]
        _give_back(head, [position for caption in unmarked for position in caption.positions])
        head.score += _nearness(units, first) - _lateness(running, headline)
        yield head


def _give_back(head, loose):
    """Let the body begin at the first of these positions: they have no part above it."""
    if loose:
        head.body = min(loose)
        head.captions = [c for c in head.captions if max(c.positions + c.credit) < head.body]
        head.roles = {position: role for position, role in head.roles.items() if position < head.body}
        if head.standfirst is not None and head.standfirst >= head.body:
            head.standfirst = None


def _see_to_the_end(units, head):
    """Move the beginning of the body past what the site prints between date and text."""
    names = {chrome.fold(credit.name) for credit in head.credits}
    while head.body < len(units):
        unit = units[head.body]
        if unit.kind in _BESIDE or unit.kind == "page marker":
            head.roles[head.body] = ("dropped", unit.kind)
        elif unit.folded == units[head.headline].folded:
            head.roles[head.body] = ("dropped", "the headline again")
        elif unit.folded in names:
            head.roles[head.body] = ("dropped", "the author's name again")
        elif not any(c.isalnum() for c in unit.text):
            head.roles[head.body] = ("dropped", "separator")
        else:
            break
        head.body += 1
