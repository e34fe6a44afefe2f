"""A web page as plain text, as it is copied or scraped off a site: one paragraph a line, menus and footers around it.

Nothing in such a text says what a line is; `head`, `tail` and `captions` find out from where it stands and how it
reads. Where that stays open, the words stay in the article and the account says so. No word is rewritten: quotation
marks, dashes, brackets and spaced ellipses are the author's.
"""

from . import captions, decoding, head, tail
from .document import Document, ImportRefused, Line, Picture, heading, paragraph
from .units import read_lines, read_units

NAME = "text"
MOST_LINES = 20_000  # far beyond any article, and about what the body editor can still show


def recognises(data):
    """Any bytes may be meant as text: this is the format of last resort, and `read()` says why when they are not."""
    return True


def read(data):
    """Return the Document that `data` (bytes) holds."""
    text, notes = decoding.decode(data)
    count = text.count("\n") + 1
    if count > MOST_LINES:
        raise ImportRefused(f"it has {count:,} lines; one article has at most {MOST_LINES:,}.")
    document = parse(text)
    document.notes[:0] = notes
    return document


def parse(text):
    """Return the Document that `text` holds, or raise ImportRefused with the reason."""
    lines, notes = read_lines(text)
    if not any(lines):
        raise ImportRefused("there is no text in it.")
    units, more = read_units(lines)
    top = head.find(units)
    if top is None:
        raise ImportRefused("no line in it can be a headline.")
    return _Page(lines, units, top, notes + more).document()


class _Page:
    """One page on its way into a Document: what each unit became, and what was made of it."""

    def __init__(self, lines, units, top, notes):
        self.lines, self.units, self.top, self.notes = lines, units, top, notes
        self.became = {}  # position of a unit -> (became, of, why, or_else)
        self.blocks = []
        self.tags = {}  # position of a unit -> the tags that it names
        self.counts = {"photo": 0, "paragraph": 0, "heading": 0}

    def document(self):
        top, units = self.top, self.units
        end = self._drop_below(tail.find(units, top.body))
        end = self._drop_tags(top.body, end)
        end = self._take_off_the_end(top.body, end)
        if end <= top.body:
            raise ImportRefused(f"no text follows its headline “{_short(units[top.headline].text)}”.")
        self._account_for_head()
        hero = self._place(top.body, end)
        if not any(became[0] in ("paragraph", "heading") for became in self.became.values()):
            raise ImportRefused(f"no text follows its headline “{_short(units[top.headline].text)}”.")
        return Document(
            headline=units[top.headline].text,
            standfirst=units[top.standfirst].text if top.standfirst is not None else "",
            credits=top.credits,
            published_on=top.date.day if top.date else None,
            date_text=top.date.text if top.date else "",
            hero=hero,
            blocks=self.blocks,
            lines=self._account(),
            line_count=len(self.lines),
            tags_shown=list(dict.fromkeys(tag for _, tags in sorted(self.tags.items()) for tag in tags)),
            notes=self.notes,
        )

    # --- below the article ----------------------------------------------------------------------------------------
    def _drop_below(self, end):
        section = ""
        for position in range(end, len(self.units)):
            unit = self.units[position]
            section = unit.kind or section
            if section != "tag list":
                self._set(position, "dropped", why=unit.kind or f"below the article, after “{section}”")
            else:
                self._drop_tag(position)
        return end

    def _drop_tags(self, start, end):
        """Take the unlabelled names of tags and categories above the footer off the body."""
        menu = {unit.folded for unit in self.units[: self.top.headline] if unit.words <= 4} - {""}
        below = {unit.kind for unit in self.units[end : end + 3]}
        found = tail.tags_above(self.units, start, end, menu)
        if not any(found.values()) and below.isdisjoint(_BELOW_TAGS):
            return end  # nothing says that this site lists its tags here
        for position, sure in found.items():
            self._drop_tag(position, or_else="" if sure else "paragraph")
        return min(found, default=end)

    def _drop_tag(self, position, or_else=""):
        unit = self.units[position]
        self.tags[position] = _listed_tags(unit.text) if unit.kind == "tag list" else [unit.text]
        self._set(position, "dropped", why=unit.kind or "tag or category", or_else=or_else)

    def _take_off_the_end(self, start, end):
        """Some pages name their author below the text, and many end with a call to comment and share."""
        while end - 1 > start:
            if tail.is_closing_call(self.units[end - 1].text):
                self._set(end - 1, "dropped", why="closing call (the site prints its own)")
            elif credits := self._last_byline(end - 1):
                self.top.credits += [credit for credit in credits if credit not in self.top.credits]
                self._set(end - 1, "byline", why="a byline below the text")
            else:
                break
            end -= 1
        return end

    def _last_byline(self, position):
        landmark = head.read(self.units[position].text)
        if landmark is None or not landmark.credits or self.units[position].words > 12:
            return []
        has_author = any(credit.role == "by" for credit in self.top.credits)
        names = {credit.name.casefold() for credit in self.top.credits}
        is_other = has_author and any(
            credit.role == "by" and credit.name.casefold() not in names for credit in landmark.credits
        )
        return [] if is_other else landmark.credits

    # --- above it -------------------------------------------------------------------------------------------------
    def _account_for_head(self):
        top = self.top
        for position in range(top.body):
            unit = self.units[position]
            if position == top.headline:
                rival = "" if top.rival is None else f"line {self.units[top.rival].first} as the headline"
                self._set(position, "headline", or_else=rival)
            elif position == top.standfirst:
                is_sentence = unit.has_stop and unit.words >= 6
                self._set(position, "standfirst", or_else="" if is_sentence else "caption")
            elif position in top.roles:
                became, why = top.roles[position]
                self._set(position, became, why=why)
            elif unit.kind:
                self._set(position, "dropped", why=unit.kind)
            else:
                landmark = head.read(unit.text)
                what = "date" if landmark and landmark.shown else "menu or banner"
                doubt = "paragraph" if unit.is_running and unit.words >= 12 else ""
                self._set(position, "dropped", why=f"{what} above the headline", or_else=doubt)

    # --- the body -------------------------------------------------------------------------------------------------
    def _place(self, start, end):
        """Fill `self.blocks` from the units of the body; return the hero."""
        pictures = [self._picture(caption) for caption in self.top.captions]
        hero, *others = pictures or [None]
        self.blocks += others
        found, doubts = captions.find(self.units, start, end, has_photos=bool(pictures))
        captioned = {p for caption in found.values() for p in caption.positions + caption.credit}
        for position in range(start, end):
            if position in found:
                picture = self._picture(found[position])
                if hero is None and not self.blocks and not picture.uncertain:
                    hero = picture
                else:
                    self.blocks.append(picture)
            elif position not in captioned:
                self._text(position, start, end, captioned, doubts.get(position, ""))
        return hero

    def _picture(self, caption):
        self.counts["photo"] += 1
        number = self.counts["photo"]
        for position in caption.positions:
            self._set(position, "caption", number, caption.why, "" if caption.sure else "paragraph")
        for position in caption.credit:
            self._set(position, "credit", number, caption.why)
        return Picture(
            "\n".join(self.units[position].text for position in caption.positions),
            credit=_without_label(" ".join(self.units[position].text for position in caption.credit)),
            uncertain=not caption.sure,
        )

    def _text(self, position, start, end, captioned, doubt):
        unit = self.units[position]
        if self._is_heading(position, start, end, captioned):
            kind, block, why = "heading", heading(unit.text), "a short line alone above a paragraph"
        else:
            kind, block, why = "paragraph", paragraph(unit.text), ""
            if position == start and not unit.has_stop and unit.words > 8 and self.top.standfirst is None:
                doubt = doubt or "standfirst"
        self.counts[kind] += 1
        self.blocks.append(block)
        self._set(position, kind, self.counts[kind], why, doubt)

    def _is_heading(self, position, start, end, captioned):
        unit = self.units[position]
        if (
            unit.has_stop
            or unit.words > 12
            or len(unit.text) > 90
            or unit.sentences > 1
            or position + 1 >= end
        ):
            return False
        if not unit.text[0].isalnum() or unit.text[0].islower() or unit.ending == ",":
            return False
        before, below = self.units[position - 1], self.units[position + 1]
        above = position == start or position - 1 in captioned or (before.is_running and before.has_stop)
        return above and below.is_running and below.words >= 18 and below.words >= 2 * unit.words

    # --- the account ----------------------------------------------------------------------------------------------
    def _set(self, position, became, of=0, why="", or_else=""):
        self.became[position] = (became, of, why, or_else)

    def _account(self):
        account = [Line(number, text, "blank") for number, text in enumerate(self.lines, start=1)]
        for position, unit in enumerate(self.units):
            for number in range(unit.first, unit.last + 1):
                account[number - 1] = Line(number, self.lines[number - 1], *self.became[position])
        return account


# kinds of chrome.kind() that a site prints right below the tags of an article
_BELOW_TAGS = {"tag list", "list of other articles", "counter", "like button", "share button"}


def _listed_tags(text):
    """“Tags: harbour, winter” and “#harbour #winter” name theirs on the line itself."""
    if text.startswith("#"):
        return [word.lstrip("#") for word in text.split()]
    rest = text.partition(":")[2]
    return [tag.strip() for tag in rest.split(",") if tag.strip()]


def _without_label(credit):
    """The name in “Photo: Ada Example”; the field it goes to says the rest."""
    label, colon, rest = credit.partition(":")
    return rest.strip() if colon and rest.strip() and len(label.split()) <= 4 else credit


def _short(text):
    return text if len(text) <= 80 else text[:79].rstrip() + "…"
