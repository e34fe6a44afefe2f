"""What every format is turned into: one neutral document, and an account of each line (or node) it was made from."""

from dataclasses import dataclass, field
from datetime import date

from articles import body

from .bylines import Credit

__all__ = ["Credit", "Document", "ImportRefused", "Line", "Picture"]


class ImportRefused(Exception):
    """A source that was not taken, with the reason in one sentence that ends the phrase “<file>: …”."""


@dataclass(frozen=True)
class Picture:
    """A photo whose file did not come along: the library will hold it as awaiting its picture."""

    caption: str  # plain text, line breaks kept
    credit: str = ""
    uncertain: bool = False  # may be a short paragraph instead


@dataclass(frozen=True)
class Line:
    """One line of the source, and what it became."""

    number: int  # from 1
    text: str
    became: str  # headline, standfirst, byline, date, caption, credit, paragraph, heading, dropped or blank
    of: int = 0  # which paragraph, heading or photo
    why: str = ""
    or_else: str = ""  # what it may be instead, when that was not certain

    @property
    def is_body(self):
        return self.became in ("paragraph", "heading")


@dataclass
class Document:
    headline: str
    standfirst: str = ""
    credits: list[Credit] = field(default_factory=list)
    published_on: date | None = None  # the day the source shows, for an editor to confirm
    date_text: str = ""  # … in its own words
    hero: Picture | None = None
    blocks: list = field(default_factory=list)  # of articles.body and Picture
    lines: list[Line] = field(default_factory=list)
    line_count: int = 0  # how many the source has
    tags_shown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def pictures(self):
        """The photos in their order on the page, the hero first."""
        placed = [block for block in self.blocks if isinstance(block, Picture)]
        return [self.hero, *placed] if self.hero else placed

    def body_html(self, photo_ids):
        """Return the body as it is stored; `photo_ids` are those of the placed pictures, in their order."""
        ids = iter(photo_ids)
        return body.to_html(
            body.Photo(next(ids), uncertain=block.uncertain) if isinstance(block, Picture) else block
            for block in self.blocks
        )

    def body_words(self):
        """The words of the lines that became body, in their order in the source."""
        return [word for line in self.lines if line.is_body for word in line.text.split()]


def paragraph(text):
    return body.Paragraph(body.inline_from_text(text))


def heading(text):
    return body.Heading(2, body.inline_from_text(text))
