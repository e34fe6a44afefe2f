"""What an import did, line by line: to be printed, to be stored, and to be checked against itself."""

from dataclasses import asdict, dataclass, field, fields


@dataclass
class Receipt:
    """The account of one source. `outcome` is “imported”, “would be imported” or “unchanged”."""

    source: str
    source_hash: str
    format: str
    outcome: str
    article: int | None = None
    headline: str = ""
    standfirst: str = ""
    bylines: list = field(default_factory=list)  # {"name", "role", "author": "found" | "created"}
    date_shown: str | None = None  # the day, as 2031-11-04, when the source shows a certain one
    date_text: str = ""  # … and its own words, certain or not
    photos: list = field(default_factory=list)  # {"number", "id", "place", "caption", "credit", "uncertain"}
    tags_shown: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    lines: list = field(default_factory=list)  # {"line", "text", "became", "of", "why", "or_else"}
    totals: dict = field(default_factory=dict)
    checks: dict = field(default_factory=dict)

    @classmethod
    def of(cls, document, **facts):
        """Return the receipt of a Document; `facts` are those that the document does not know."""
        return cls(
            headline=document.headline,
            standfirst=document.standfirst,
            date_shown=document.published_on.isoformat() if document.published_on else None,
            date_text=document.date_text,
            tags_shown=document.tags_shown,
            notes=list(document.notes),
            lines=[_line(line) for line in document.lines],
            totals=totals(document.lines),
            **facts,
        )

    @classmethod
    def from_dict(cls, stored):
        """Return the receipt that `as_dict()` gave, perhaps long ago and with other fields."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in names})

    def as_dict(self):
        return asdict(self)

    @property
    def uncertain(self):
        return [line for line in self.lines if line.get("or_else")]

    def as_text(self):
        """Return the receipt as it is printed, in columns."""
        return "\n".join([*self._summary(), "", *self._table(), "", *self._sums()])

    def _summary(self):
        outcome = self.outcome + (f" as article {self.article}, a draft" if self.article else "")
        if self.outcome == "unchanged":
            outcome = f"imported before, as article {self.article}; nothing changed"
        yield f"{self.source}: {outcome}"
        yield ""
        yield f"  headline    {self.headline}"
        yield f"  standfirst  {self.standfirst or '–'}"
        names = [f"{b['name']} ({b['role']}; {b['author']})" for b in self.bylines]
        yield f"  byline      {', '.join(names) or 'nobody is named'}"
        shown = self.date_shown or self.date_text
        yield f"  date        left empty; the source shows {shown or 'none'}"
        if self.tags_shown:
            yield f"  tags shown  {', '.join(self.tags_shown)}"
        for photo in self.photos:
            caption = photo["caption"].replace("\n", " / ") or photo["credit"]
            doubt = "  (uncertain: caption or text?)" if photo["uncertain"] else ""
            yield f"  photo {photo['number']:<5} {photo['place']}, awaiting its picture: {caption}{doubt}"
        for note in self.notes:
            yield f"  note        {note}"

    def _table(self):
        rows = [
            (line["line"], _cut(_what(line), 54), _cut(line["text"], 72))
            for line in self.lines
            if line["became"] != "blank"
        ]
        width = max((len(what) for _, what, _ in rows), default=0)
        yield f"  {'line':>6}  {'became':{width}}  source"
        for number, what, text in rows:
            yield f"  {number:>6}  {what:{width}}  {text}"

    def _sums(self):
        if self.totals:
            words = self.totals["words"]
            parts = " + ".join(
                f"{count:,} {name}" for name, count in words.items() if name != "source" and count
            )
            yield f"  {self.totals['lines']:,} lines, {self.totals['blank']:,} of them blank"
            yield f"  {words['source']:,} words = {parts or 0}"
        if self.uncertain:
            yield f"  uncertain: line {', '.join(str(line['line']) for line in self.uncertain)}"
        for name, holds in self.checks.items():
            yield f"  {'checked' if holds else 'FAILED'}: {name}"


def _line(line):
    facts = {"line": line.number, "text": line.text, "became": line.became}
    facts |= {
        name: value
        for name, value in (("of", line.of), ("why", line.why), ("or_else", line.or_else))
        if value
    }
    return facts


def _what(line):
    """“caption of photo 2”, “paragraph 7”, “dropped: counter”, “? paragraph 9, or caption”"""
    became, of, why = line["became"], line.get("of"), line.get("why", "")
    if became in ("caption", "credit"):
        what = f"{became} of photo {of}"
    elif became == "dropped":
        what = f"dropped: {why}"
    else:
        what = f"{became} {of}" if of else became
    return f"? {what}, or {line['or_else']}" if line.get("or_else") else what


def _cut(text, longest):
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def totals(lines):
    """Count lines and words by what they became; the parts add up to the source."""
    words = dict.fromkeys(
        (
            "source",
            "headline",
            "standfirst",
            "byline",
            "date",
            "caption",
            "credit",
            "paragraph",
            "heading",
            "dropped",
        ),
        0,
    )
    for line in lines:
        count = len(line.text.split())
        words["source"] += count
        if line.became != "blank":
            words[line.became] += count
    return {"lines": len(lines), "blank": sum(line.became == "blank" for line in lines), "words": words}


def is_whole(lines, count):
    """Whether each of `count` lines of the source is accounted for exactly once, and no word is missing in the sum."""
    words = totals(lines)["words"]
    return [line.number for line in lines] == list(range(1, count + 1)) and words["source"] == sum(
        number for name, number in words.items() if name != "source"
    )
