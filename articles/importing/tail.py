"""Where an article ends on a scraped page: tags, counters, “recent posts”, comments, forms and footers below it."""

import re

from . import captions
from .vocabulary import word_set

# what may stand in an article as well; it ends one only when more of the kind follows
_WEAK = {"menu", "log-in", "author's badge", "share button", "like button", "comments of the page", "footer"}
_WEAK |= {"subscription form", "rating", "reading time"}
# below these there may be paragraphs that are not of the article: what readers said, how other articles begin
_LISTS = {"list of other articles", "comments of the page", "counter"}
_MOST_TAGS = 8
_PLENTY = 0.35  # of an article does not stand below its own end

# words that a tag does not have, and the last short sentence of an article often has
_SAYS = word_set(
    "is are was were be been will would can could shall should must may might do does did has have had "
    "not no nobody nothing i we you he she they it that this who what all so why how let's lets never "
    "ever again es son era fue será sea está están hay he ha no ni nada nadie todo eso esto lo se yo tú "
    "nos me te le ya así nunca qué ist sind war wird werden hat haben kann muss nicht kein nichts es "
    "ich wir du er sie das so nie est sont était sera a ont ne pas rien tout ce c'est je nous vous il "
    "elle on jamais é são foi será há não nada tudo isso eu nós ele ela se já nunca è sono era sarà ha "
    "hanno non niente nulla tutto io noi lui lei si mai"
)


def find(units, start):
    """Return the position at which the site's own matter below the article begins; `len(units)` when there is none."""
    end = next((p for p in range(start + 1, len(units)) if _ends_for_certain(units, p)), len(units))
    running = [unit.words if unit.is_running and not unit.kind else 0 for unit in units[start:end]]
    last_paragraph = next((p for p in reversed(range(start, end)) if units[p].is_paragraph), start)
    whole = below = sum(running)
    for position in range(start, end):
        below -= running[position - start]
        unit = units[position]
        if not unit.kind or position == start or below > _PLENTY * whole:
            continue
        is_list = unit.kind in _LISTS or (unit.kind == "tag list" and unit.text.endswith(":"))
        if (position > last_paragraph or is_list) and _begins_the_footer(units, position):
            return position
    return end


def _begins_the_footer(units, position):
    """Return whether enough of what follows is the site's as well; a single line may be a heading of the author's."""
    unit = units[position]
    following = [other.kind for other in units[position + 1 : position + 4]]
    is_weak = unit.kind in _WEAK or (unit.kind in _LISTS and unit.words == 1)
    needed = 0 if not is_weak else 2 if unit.kind == "menu" else 1
    return sum(map(bool, following)) >= min(needed, len(following))


def _ends_for_certain(units, position):
    """“Recent posts” above “See all”, a box to write a comment in: nothing of the article follows."""
    kind = units[position].kind
    if kind == "list of other articles":
        return any(unit.kind == kind for unit in units[position + 1 : position + 4])
    if kind == "comments of the page":
        return any(unit.kind in (kind, "log-in") for unit in units[position + 1 : position + 4])
    return kind == "page marker"


def tags_above(units, start, end, menu):
    """Return `{position: sure}` of the lines above `end` that are the names of tags or categories.

    Sites print them below the last paragraph, without a word about what they are. A line that the menu above has too
    is one for certain; a short line beside it is one as long as it does not read on from the line before.
    """
    found = {}
    menu_heads = {entry.split()[0] for entry in menu if len(entry.split()) == 1 and len(entry) >= 4}
    position = end - 1
    while position > start and len(found) < _MOST_TAGS:
        unit = units[position]
        words = unit.folded.split()
        if unit.folded in menu or unit.kind or (words and len(words) <= 6 and words[0] in menu_heads):
            found[position] = True
        elif _may_be_tag(unit):
            found[position] = False
        else:
            break
        position -= 1
    for position in sorted(found):
        if found[position] or not _reads_on(units[position - 1], units[position]):
            break
        del found[position]
    if found and units[min(found) - 1].has_stop:  # the article had come to its full stop
        found = {position: sure or not units[position].has_stop for position, sure in found.items()}
    return found


def _may_be_tag(unit):
    words = unit.text.split()
    if not 1 <= len(words) <= 4 or len(unit.text) > 40 or captions.is_marked(unit.text):
        return False
    if (
        (unit.text[0].islower() and len(words) > 2)
        or unit.text[0] in '—–-“"«¿¡(*'
        or re.search(r"[:;?!…,\"”]|https?:", unit.text)
    ):
        return False
    if unit.text.endswith("."):
        return len(words) >= 3 and not any(word.strip(".").casefold() in _SAYS for word in words)
    return True


def _reads_on(above, unit):
    """Return whether `unit` is of one kind with the line above it: the next line of a poem, the next short sentence."""
    similar = 0.5 <= len(unit.text) / len(above.text) <= 2
    return similar and not above.is_paragraph and above.has_stop == unit.has_stop


# --- the closing call ---------------------------------------------------------------------------------------------
_SHARE = re.compile(
    r"\b(?:share|compart[eaí]\w*|teil(?:e|t|en)\b|partage[zr]?\b|compartilh\w+|partilh\w+|condivid\w+|deel)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"\b(?:comments?|comentarios?|comenta\w*|kommentar\w*|kommentier\w*|commentaires?|commente[zr]?|comentários?|comente\w*|"
    r"comment[aoi]\w*|repl(?:y|ies)|opiniones)\b",
    re.IGNORECASE,
)
_TELL = re.compile(
    r"\b(?:let (?:us|me) know|tell (?:us|me)|cuéntanos|cuéntame|déjanos|schreib\w* (?:uns|mir)|sag\w* (?:uns|mir)|"
    r"dites-(?:nous|moi)|conte-nos|conta pra gente|fateci sapere|dicci|diteci)\b",
    re.IGNORECASE,
)
_FOLLOW = re.compile(
    r"\b(?:subscribe|follow (?:us|me)|suscr[ií]b\w+|s[ií]guenos|abonnier\w*|folg\w* (?:uns|mir)|abonnez|suivez|inscreva\w*|"
    r"assine|siga-?nos|iscriv\w+|seguici)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:your thoughts|your opinions?|what do you think|do you agree|qu[ée] (?:opinas|piensas|opinan|piensan|te parece)|"
    r"tu opinión|was (?:denkst du|denkt ihr|meinst du|meint ihr|meinen sie|denken sie)|(?:deine|eure|ihre) meinung|"
    r"qu['’]en pensez|votre avis|o que (?:você|vocês) ach\w+|sua opinião|cosa ne pens\w+|che ne pens\w+|(?:la )?(?:tua|vostra) opinione)",
    re.IGNORECASE,
)
_CALLS = re.compile(
    r"^(?:please|share|comment|leave|tell|let|subscribe|follow|join|like|drop|post|write|send|don['’]t forget|"
    r"comparte|compartan|compartid|comenta|deja|dejen|déjanos|cuéntanos|suscríbete|síguenos|escribe|"
    r"teil\w*|kommentier\w*|schreib\w*|abonnier\w*|folg\w*|lass\w*|hinterlass\w*|bitte|"
    r"partage[zr]?|commente[zr]?|laisse[zr]?|dites|abonnez|suivez|n['’]hésitez|"
    r"compartilhe\w*|partilhe\w*|comente\w*|deixe\w*|inscreva|siga|conte|"
    r"condivid\w*|comment[ai]\w*|lascia\w*|fateci|iscriv\w*|seguici|dicci|diteci|scriv\w*)\b",
    re.IGNORECASE,
)
_PIECE = re.compile(
    r"\b(?:this|our|the) (?:article|post|story|piece|newsletter)\b|\b(?:este|esta|nuestr[oa]) (?:artículo|entrada|nota|boletín)\b|"
    r"\b(?:diesen|diese|unseren) (?:artikel|beitrag|text|geschichte|newsletter)\b|\b(?:cet|notre) (?:article|newsletter)\b|"
    r"\b(?:este|nossa?) (?:artigo|post|texto|newsletter)\b|\b(?:questo|nostra) (?:articolo|post|newsletter)\b|"
    r"\b(?:below|más abajo|aquí abajo|unten|ci-dessous|abaixo|qui sotto)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")
_SIGNS = (_SHARE, _COMMENT, _TELL, _FOLLOW, _ASKS, _PIECE)


def is_closing_call(text):
    """Return whether a last paragraph does nothing but ask its readers to comment and share.

    Each of its sentences has to ask, and two signs have to come together: “Share what you have.” ends an essay as well.
    """
    if len(text) > 300:
        return False
    sentences = [s.strip(' "“”¿¡') for s in _SENTENCE.findall(text) if any(c.isalpha() for c in s)]
    return (
        bool(sentences)
        and sum(bool(sign.search(text)) for sign in _SIGNS) >= 2
        and all(_ASKS.search(sentence) or _calls(sentence) for sentence in sentences)
    )


def _calls(sentence):
    wants = any(sign.search(sentence) for sign in (_SHARE, _COMMENT, _TELL, _FOLLOW))
    return wants and bool(_CALLS.search(sentence))
