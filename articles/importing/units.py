"""The lines of a text as units: a unit is a line, or the lines of one paragraph that was wrapped at a fixed width."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from . import chrome

_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_OUTER = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u3000\ufeff"
_CLOSERS = "\"'”’»›)]}*_"
_STOPS = ".!?…:;。！？．"
# a stop, a space and a capital, but not an initial (“J. Doe”) or a short abbreviation (“Dr. Doe”, “U.S. Senate”)
_SENTENCE_END = re.compile(
    r"(?<![\s.(“\"]\w)(?<!\b[A-Z]\w)(?<!\bMrs)(?<!\bSra)[.!?…]+[\"”’»)\]]*\s+(?=[\"“«‘¿¡(\[—–]*[^\W\d_a-z])"
)
_RAGGED = 4  # characters by which the right edge of wrapped text may vary
_WIDEST = 110  # a longer line was not wrapped by a person or a mail program


@dataclass
class Unit:
    text: str
    first: int  # number of its first line, from 1
    last: int

    @cached_property
    def words(self):
        return len(self.text.split())

    @cached_property
    def kind(self):
        """What the website prints around articles and this may be; see chrome.kind()."""
        return chrome.kind(self.text)

    @cached_property
    def folded(self):
        return chrome.fold(self.text)

    @cached_property
    def ending(self):
        """The last character that is not a closing quotation mark or bracket."""
        bare = self.text.rstrip(_CLOSERS) or self.text
        return bare[-1:]

    @property
    def has_stop(self):
        return self.ending in _STOPS

    @cached_property
    def sentences(self):
        return 1 + sum(1 for _ in _SENTENCE_END.finditer(self.text))

    @cached_property
    def is_paragraph(self):
        """Long enough to be nothing but running text."""
        return self.words >= 40 or len(self.text) >= 280 or (self.words >= 18 and self.sentences >= 2)

    @cached_property
    def is_running(self):
        """A sentence at least: what is counted when the extent of the article is weighed."""
        return self.words >= 12 or (self.words >= 5 and self.has_stop)


def read_lines(text):
    """Return `(lines, notes)`: the lines of `text` without its invisible characters."""
    notes = []
    lines = _BREAK.split(text)
    clean = []
    dropped = 0
    for line in lines:
        line, count = _DROPPED.subn("", line)
        dropped += count
        clean.append(_SURROGATE.sub("\ufffd", line).strip(_OUTER))
    if clean and not clean[-1]:
        clean.pop()  # what follows the last line break is no line
    if dropped:
        notes.append(f"{dropped} control character{'s' if dropped > 1 else ''} removed.")
    return clean, notes


def read_units(lines):
    """Return `(units, notes)` of cleaned lines; blank lines belong to no unit."""
    width = _wrap_width(lines)
    groups = []  # of the numbers of the lines of one unit
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        above = lines[number - 2] if number > 1 else ""
        if width and above and len(above) + 1 + len(line.split(maxsplit=1)[0]) > width - _RAGGED:
            groups[-1].append(number)  # the break was forced: the first word had no room above
        else:
            groups.append([number])
    units = [Unit(" ".join(lines[n - 1] for n in group), group[0], group[-1]) for group in groups]
    return units, ["Wrapped at a fixed width: the lines of one paragraph were joined."] if width else []


def _wrap_width(lines):
    """The width at which the text was wrapped, or 0 when each of its lines stands for itself."""
    widest = max(map(len, lines), default=0)
    if not 40 <= widest <= _WIDEST:
        return 0
    inner = full = 0
    for line, following in pairwise(lines):
        if line and following:
            inner += 1
            full += len(line) + 1 + len(following.split(maxsplit=1)[0]) > widest - _RAGGED
    return widest if full >= 5 and full >= 0.6 * inner else 0
