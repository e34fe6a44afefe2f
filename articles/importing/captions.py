"""Which lines of a text without pictures are their captions.

A caption, a heading and a short paragraph look alike when all that is left is their words. So a page has to give
itself away first: by a caption that says where people stand in the picture (“(L)”, “from left”), that names its
source (“Photo: …”), that was torn in two at “and”, or that stands between headline and byline. Only on such a page
are the weaker signs (a line that names a person of the paragraph above; one sentence describing a scene) read as
captions, and what they leave open is marked as uncertain. Everywhere else the words stay in the text.
"""

import re
from dataclasses import dataclass

from .vocabulary import word_set

_PLACE = re.compile(
    r"\(\s*(?:l|r|c|left|right|cent(?:er|re)|middle|top|bottom|above|below|foreground|background|from left|l-r|l to r|"
    r"front|back|seated|standing|izq\.?|izquierda|a la izquierda|der\.?|dcha\.?|derecha|a la derecha|centro|al centro|"
    r"links|rechts|mitte|re\.|li\.|m\.|oben|unten|vorne|hinten|gauche|droite|à gauche|à droite|au centre|à g\.|à d\.|"
    r"g\.|d\.|esq\.?|esquerda|à esquerda|dir\.?|direita|à direita|ao centro|"
    r"sinistra|destra|a sinistra|a destra|sin\.?|dx|sx|al centro|links op de foto|midden|venstre|højre|høyre|vänster|höger)"
    r"\s*\)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^(?:pictured|photo(?:graph)?|image|above|below)\s*[:,]|^(?:from left|left to right|from l to r|l-r|l to r|clockwise from|"
    r"de izquierda a derecha|de izq\. a der\.|von links(?: nach rechts)?|v\.\s?l\.(?:\s?n\.\s?r\.)?|de gauche à droite|"
    r"da esquerda para a direita|da sinistra(?: a destra)?|van links naar rechts|v\.l\.n\.r\.)\b|"
    r"\b(?:from left to right|from left|left to right|de izquierda a derecha|von links nach rechts|v\.\s?l\.\s?n\.\s?r\.|"
    r"de gauche à droite|da esquerda para a direita|da sinistra a destra)\b|"
    r",\s+(?:left|right|cent(?:er|re)|far left|far right|izquierda|derecha|links|rechts|à gauche|à droite|à esquerda|"
    r"à direita|a sinistra|a destra)(?:,|$|\s+(?:and|y|und|et|e)\b)|"
    r"\((?:pictured|above|below|en la foto|im bild|sur la photo|na foto|nella foto)\)",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"^\(?(?:(?:photo(?:graph|graphy)?|image|picture|illustration)s?(?: credits?)?|pic|credits?|foto(?:graf[ií]as?|s)?|imagen|"
    r"imagem|immagine|cr[eé]ditos?(?: de la foto)?|cr[eé]dits?(?: photo)?|crediti|bild|bildnachweis|bildquelle|aufnahme|beeld|"
    r"zdj[eę]cie|fot\.)\s*:\s*\S|^\(?(?:photo|image|picture)\s*/\s*\S|^©|"
    r"^\(?(?:(?:photo(?:graph|graphy)?|image|picture|illustration)s? (?:by|courtesy of|via)|courtesy of|"
    r"foto(?:graf[ií]a)?s? (?:de|por|cortes[ií]a de|di|von)|imagen (?:de|por|cortes[ií]a de)|bild von|photo (?:de|par))"
    r"\s+(?-i:[A-ZÀ-Þ])",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:\bphoto(?:graph)?\s*(?:by|:|/)|\bfoto\s*[:/]|\bpicture\s*:|©|\bgetty images\b|/\s?(?:ap|afp|reuters|epa|dpa|efe|ansa|getty)\b|"
    r"\((?:ap|afp|reuters|epa|dpa|efe|ansa)\b[^)]*\)|\bwikimedia commons\b|\bshutterstock\b|\bunsplash\b|\bcourtesy of\b|"
    r"\bcortes[ií]a de\b)",
    re.IGNORECASE,
)
_AND = word_set("and & y und et e og och with con mit avec com ve")
_DANGLING = _AND | word_set("en i o u")
_LONGEST = 45  # words; a longer caption exists, but is not to be told from a paragraph

# --- the language of captions and of prose, for one sentence that may be either
_STARTS_SCENE = word_set(
    "a an two three four five six hundreds thousands dozens men women children "
    "workers residents protesters demonstrators soldiers visitors students fishermen "
    "farmers refugees migrants un una unos unas dos tres cuatro cientos miles "
    "decenas manifestantes vecinos soldados trabajadores ein eine zwei drei vier "
    "hunderte tausende arbeiter demonstranten soldaten une des deux trois quatre "
    "centaines milliers soldats manifestants ouvriers um uma uns umas dois duas três "
    "centenas milhares soldados uno due tre quattro centinaia migliaia soldati "
    "manifestanti operai"
)
_ARGUES = word_set(
    "is are was were be been must will would should could can cannot may might shall not never no if "
    "but however therefore it its this that these those i we you he she they us our your my me who why "
    "how what because although though es era fue será son eran debe puede podría no nunca si pero sin "
    "embargo esto eso esta este ello yo nosotros porque aunque ist sind war waren wird werden muss soll "
    "kann könnte nicht nie wenn aber jedoch dies das es ich wir sie weil obwohl est sont était sera "
    "doit peut pourrait ne pas jamais mais cela ceci ce ça je nous vous il elle on parce é são foi será "
    "deve pode não nunca mas isso isto eu nós você porque embora è sono era sarà deve può non mai se ma "
    "ciò questo questa io noi perché anche"
)
_YEAR = re.compile(r"\b(?:1[89]\d\d|20\d\d)\b")
_YEAR_AT_THE_END = re.compile(r"[,(]\s*(?:\w+\.?\s+)?(?:1[89]|20)\d\d\)?$")  # “…, June 1961”
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


@dataclass
class Caption:
    positions: list  # of units
    credit: list  # of units that name its source
    sure: bool = True
    why: str = ""


def is_marked(text):
    """Return whether a line says of itself that it belongs to a picture."""
    if len(text) > 400 or len(text.split()) > _LONGEST:
        return False
    return bool(_PLACE.search(text) or _ORDER.search(text) or is_credit(text) or _SOURCE.search(text[-120:]))


def is_credit(text):
    """Return whether a line is nothing but the source of a picture: “Photo: Ada Example”."""
    return len(text.split()) <= 14 and len(text) <= 120 and bool(_CREDIT.match(text))


def dangles(text):
    """Return whether a line breaks off at a word that joins: “Mayor Ada Example (L) and”."""
    words = text.split()
    return len(words) > 1 and words[-1].casefold() in _DANGLING


def group(units, positions):
    """Return the captions that the fragments at `positions` make up, torn ones joined."""
    found = []
    for position in positions:
        text = units[position].text
        if (
            found
            and found[-1].positions
            and position == found[-1].positions[-1] + 1
            and _goes_on(units, found[-1], text)
        ):
            found[-1].positions.append(position)
        elif is_credit(text) and found and not found[-1].credit:
            found[-1].credit.append(position)
        elif is_credit(text):
            found.append(Caption([], [position], why="it names the source of a picture"))
        else:
            sure = not units[position].has_stop or is_marked(text)
            found.append(Caption([position], [], sure, "it stands between headline and byline"))
    return found


def _goes_on(units, caption, text):
    last = units[caption.positions[-1]].text
    return (
        not caption.credit
        and not is_credit(text)
        and (dangles(last) or len(_PLACE.findall(last)) == len(_PLACE.findall(text)) == 1)
    )


def find(units, start, end, has_photos):
    """Return `(captions, doubts)` of the body `units[start:end]`.

    `captions` maps the first position of each to its Caption; `doubts` maps the positions of lines that stay in the
    text to what else they may be. `has_photos`: the head of the page has already shown that it has pictures.
    """
    found, doubts, taken = {}, {}, set()
    for position in range(start, end):
        if position not in taken and not units[position].is_paragraph:
            caption = _credited(units, position, end) or _sure(units, position, end)
            caption = caption or _torn(units, position, start, end)
            if caption and (caption.sure or caption.credit or not _argues(units[position].text)):
                found[position] = caption
                taken.update(caption.positions + caption.credit)
            elif caption:
                doubts[position] = "caption"
    has_photos = has_photos or any(caption.sure for caption in found.values())
    for position in range(start + 1, end - 1):
        if position in taken or not _stands_alone(units, position, taken):
            continue
        around = [units[position - 1], units[position + 1]]
        caption = _named(units[position], position, around) or _scene(units[position], position)
        if caption is None:
            continue
        if has_photos:
            found[position] = caption
        else:
            doubts[position] = "caption"
    return found, doubts


def _credited(units, position, end):
    """One or two short lines above “Photo: …”."""
    if is_credit(units[position].text):
        return None
    positions = [position]
    if position + 1 < end and dangles(units[position].text):
        positions.append(position + 1)
    below = positions[-1] + 1
    if below >= end or not is_credit(units[below].text):
        return None
    if any(units[p].words > 30 or units[p].sentences > 1 or units[p].is_paragraph for p in positions):
        return None
    return Caption(
        positions, [below], not units[positions[-1]].has_stop, "the source of a picture stands below it"
    )


def _sure(units, position, end):
    """The caption whose first line says of itself that it is one, with its other lines."""
    text = units[position].text
    following = units[position + 1].text if position + 1 < end else ""
    if not is_marked(text) and not (dangles(text) and _PLACE.search(following) and is_marked(following)):
        return None
    if _PLACE.match(text):  # “(c) the third of a list”
        return None
    if is_credit(text):
        return Caption([], [position], why="it names the source of a picture")
    caption = Caption([position], [], why="it says where someone is in a picture, or whose picture it is")
    for other in range(position + 1, min(end, position + 5)):
        if units[other].is_paragraph:
            break
        if is_credit(units[other].text):
            caption.credit.append(other)
            break
        if not _goes_on(units, caption, units[other].text):
            break
        caption.positions.append(other)
    whole = " ".join(units[p].text for p in caption.positions)
    if units[caption.positions[-1]].has_stop and not caption.credit and len(_PLACE.findall(whole)) < 2:
        caption.sure = len(caption.positions) > 1
    return caption


def _torn(units, position, start, end):
    """Two short lines alone between paragraphs, the first broken off at “and”."""
    pair = units[position : min(position + 2, end)]
    if len(pair) < 2 or not dangles(pair[0].text) or pair[0].text.split()[-1].casefold() not in _AND:
        return None
    if any(unit.words > 14 or unit.has_stop for unit in pair):
        return None
    outside = [units[p] for p in (position - 1, position + 2) if start <= p < end]
    if not outside or not all(unit.is_running and unit.words >= 12 for unit in outside):
        return None
    return Caption([position, position + 1], [], why="one line, torn in two at a joining word")


def _stands_alone(units, position, taken):
    """Between two paragraphs, or captions: no line of a list, of a song, of a conversation."""
    unit = units[position]
    if unit.is_paragraph or unit.words > 28:
        return False
    for other in (position - 1, position + 1):
        beside = units[other]
        if other not in taken and not (beside.is_running and beside.words >= max(12, 1.5 * unit.words)):
            return False
    return True


def _capitals_at_the_end(words):
    """How many words at the end of a line are capitalised: the name that it ends in."""
    count = 0
    for word in reversed(words):
        bare = word.strip("“”\"'‘’.,()")
        if not bare[:1].isupper():
            break
        count += 1
    return count


def _share_of(words, text):
    known = {word.casefold() for word in _WORD.findall(text)}
    return sum(word.casefold() in known for word in words) / len(words) if words else 0


def _named(unit, position, around):
    """A line without a final stop that names who or what the paragraph beside it is about, or when a picture was taken."""
    words = unit.text.split()
    if (
        unit.has_stop
        or not 2 <= len(words) <= 20
        or re.match(r"\(?\d+[.):]", unit.text)
        or unit.text.startswith('"')
    ):
        return None
    name = _capitals_at_the_end(words)
    tokens = [token for token in _WORD.findall(unit.text) if token[:1].isupper()]
    beside = max((other.text for other in around), key=lambda text: _share_of(tokens, text))
    is_known = name >= 2 and _share_of(tokens, beside) >= 0.6
    if is_known:
        sure = len(words) >= 3 and words[0] != "The" and " ".join(words[-2:]).casefold() in beside.casefold()
        return Caption([position], [], sure, "a line that names someone of the text beside it")
    score = 2 * bool(_YEAR.search(unit.text)) + (words[0].casefold() in _STARTS_SCENE)
    if score + (len(tokens) > 1) + (len(words) >= 5) >= 3:
        sure = bool(_YEAR_AT_THE_END.search(unit.text))
        return Caption([position], [], sure, "a line that tells when or where a picture was taken")
    return None


def _scene(unit, position):
    """One sentence that describes what is to be seen."""
    words = unit.text.split()
    if not unit.has_stop or unit.ending not in ".。" or unit.sentences > 1 or not 5 <= len(words) <= 28:
        return None
    if unit.text[0] in "“\"«‘'(" or _argues(unit.text):
        return None
    score = 2 * (words[0].casefold() in _STARTS_SCENE) + bool(_YEAR.search(unit.text))
    score += any(word[:1].isupper() for word in words[1:])
    score -= 2 * any(word.endswith(",") for word in words[:4])  # “Needless to say, …”
    if score >= 3:
        return Caption([position], [], sure=False, why="one sentence that describes a scene")
    return None


def _argues(text):
    """Return whether a sentence judges, asks or refers back, as captions rarely do."""
    words = {word.casefold() for word in _WORD.findall(text)}
    return not words.isdisjoint(_ARGUES)
