"""Bylines as pages print them: “Article written by Ada Example”, “Por Ana Ruiz y Luis Sol”, “Fotos: Jo Doe”.

`read()` answers for a whole line: who did what, with the role names of `articles.models.Byline`.
"""

import re
from dataclasses import dataclass

from . import chrome, dates
from .vocabulary import word_set

# the words before the names; a label that ends in “:” needs its colon
_LABELS = {
    "by": "by|article by|article written by|written by|words by|words|story by|text by|posted by|published by|authored by|"
    "reported by|report by|reporting by|essay by|interview by|review by|reviewed by|opinion by|op-ed by|a report by|an essay by|"
    "a story by|a review by|column by|commentary by|analysis by|guest post by|a guest post by|guest column by|blog by|post by|piece by|poem by|"
    "author:|writer:|guest writer:|staff writer:|contributor:|contributing writer:|guest contributor:|"
    "por|escrito por|texto de|texto por|artículo de|artículo escrito por|artículo por|redactado por|publicado por|"
    "entrevista de|reseña de|reseña por|crónica de|crónica por|columna de|opinión de|texto:|autor:|autora:|autores:|"
    "von|text von|gastbeitrag von|ein gastbeitrag von|kommentar von|verfasst von|geschrieben von|ein beitrag von|beitrag von|ein artikel von|artikel von|text:|autorin:|"
    "par|écrit par|un texte de|tribune de|rédigé par|texte de|texte par|article de|article par|article écrit par|un article de|publié par|texte:|"
    "texte :|auteur:|auteur :|autrice:|auteure:|"
    "artigo de|artigo escrito por|"
    "di|scritto da|a cura di|testo di|testi di|articolo di|articolo scritto da|recensione di|un articolo di|pubblicato da|testo:|autore:|"
    "door|geschreven door|tekst:|auteur:|av|skriven av|text av|skrevet av|af|skrevet af|tekst af",
    "photos": "photos by|photo by|photographs by|photography by|pictures by|images by|photos:|photography:|photographs:|"
    "fotos de|fotos por|fotografías de|fotografía de|fotografías:|fotografía:|fotos:|"
    "fotos von|bilder von|bilder:|photos de|photographies de|photographies:|fotografias de|fotografias:|"
    "foto di|fotografie di|fotografie:|foto's:|foto's door",
    "translation": "translated by|translation by|translation:|translator:|traducido por|traducción de|traducción:|"
    "übersetzt von|übersetzung von|übersetzung:|aus dem englischen von|traduit par|traduction de|traduction:|traduction :|"
    "traduzido por|tradução de|tradução:|tradotto da|traduzione di|traduzione:|vertaald door|vertaling:",
    "illustration": "illustrated by|illustration by|illustrations by|illustrations:|illustration:|ilustrado por|"
    "ilustraciones de|ilustración de|ilustraciones:|illustriert von|illustration von|illustrationen von|illustrationen:|"
    "illustré par|illustrations de|illustration de|ilustrações de|ilustrações:|illustrato da|illustrazioni di|illustrazioni:",
    "additional": "additional reporting by|with additional reporting by|with reporting by|edited by|editor:|con información de|"
    "editado por|redaktion:|mitarbeit:|mit material von|édité par|avec la collaboration de|editado por|edição:|"
    "a cura editoriale di",
}
_ROLE = {label: role for role, labels in _LABELS.items() for label in labels.split("|")}
_LABEL = re.compile(
    "|".join(
        re.escape(label) + (r"\s*" if label.endswith(":") else r"(?:\s*:\s*|\s+)")
        for label in sorted(_ROLE, key=len, reverse=True)
    ),
    re.IGNORECASE,
)
_ALSO_IN_NAMES = {"di", "von", "av", "af"}  # “Di Maria” is a surname before it is a byline
_AND = re.compile(r"\s*[,;]\s*(?:and|y|und|et|e)\s+|\s*[,;&+]\s*|\s+(?:and|y|e|und|et|og|och|en|i)\s+")
_PARTICLES = word_set(
    "de del della di da do dos das du des la las los le el al van von vom zu zur zum der den het ter "
    "ten bin ibn ben y e i af av ap dello degli dal dalla d' st"
)
# capitalised or not, these do not stand inside a person's name
_NOT_IN_NAMES = word_set(
    "a an the and or of in on at for with from to into over under after before how why what when where "
    "who which is are was were will can must this that these those my your our their his her its not no "
    "as than vs un una uno unos unas o en con sin por para sobre como qué cuando donde quién es son mi "
    "tu su nuestro das ein eine einer im mit ohne für über nach vor wie warum wann wo wer ist sind mein "
    "dein unser nicht aus bei une et ou dans avec sans pour sur comme comment pourquoi quand qui est "
    "sont mon ma notre nos pas ce cette um uma em no na com sem para sobre como quando onde quem são "
    "meu minha nosso não gli lo nel nella con senza per su come perché quando dove chi è sono mio mia "
    "nostro non"
)
_TITLES = re.compile(
    r",?\s+(?:staff|senior|junior|guest|chief|managing|contributing|special|political|foreign|freelance)\b.*$|"
    r",\s*(?:writer|reporter|editor|correspondent|contributor|columnist|journalist|photographer|phd|ph\.d\.|m\.?d\.?|"
    r"redactor|redactora|periodista|colaborador|colaboradora|redakteur|redakteurin|journalistin|rédacteur|rédactrice|"
    r"journaliste|jornalista|redator|redatora|giornalista)\b.*$|\s+for\s+(?:the\s+)?[A-Z].*$",
    re.IGNORECASE,
)
_ODD = re.compile(r"[?!:;…\"“”„«»/\\@#()\[\]{}<>=*_%$€£0-9]")


@dataclass(frozen=True)
class Credit:
    """One person and what they did for the article."""

    name: str
    role: str = "by"


def read(line):
    """Return `(credits, date shown or None)` when the whole `line` is a byline, else None."""
    text = " ".join(line.split())
    if not text or len(text) > 200:
        return None
    match = _LABEL.match(text)
    if not match:
        return None
    label = " ".join(match[0].casefold().split())
    role = _ROLE.get(label) or _ROLE[label.rstrip(" :")]
    rest, shown = _split_date(text[match.end() :])
    names = names_in(rest)
    if len(names) == 1 and " " not in names[0] and role == "by" and label in _ALSO_IN_NAMES:
        return None
    return ([Credit(name, role) for name in names], shown) if names else None


def _split_date(text):
    """Cut a date off the end: “Ada Example on March 3, 2022”."""
    words = text.split()
    for position in range(1, min(len(words), 12)):
        if shown := dates.read(" ".join(words[position:]).lstrip(" |·•–—-,")):
            return " ".join(words[:position]), shown
    return text, None


def names_in(text, *, alone=False):
    """Return the names that a whole line lists, “Ana Ruiz and Bo Chen, Staff Writers”; [] when it is anything else.

    `alone`: no label says that these are names; then each of several needs two words (“Bread and Butter”).
    """
    text = re.sub(r"(?<=\w{4})\.$", "", _TITLES.sub("", " ".join(text.split())).strip(" ,|·•-–—"))
    parts = [part for part in _AND.split(text) if part]
    if len(parts) > 1:
        lengths = [len(part.split()) for part in parts]
        if all(is_name(part) for part in parts) and (min(lengths) > 1 or max(lengths) == 1):
            return [] if alone and max(lengths) == 1 else parts
    return [text] if is_name(text) else []  # “José Ortega y Gasset” is one person


def is_name(text):
    return name_score(text) > 0


def name_score(text):
    """Return how much a whole line looks like the name of an author: 0 not at all, 1 a little, 2 very much."""
    words = text.split()
    if not 1 <= len(words) <= 6 or len(text) > 60 or _ODD.search(text) or chrome.kind(text):
        return 1 if _is_user_name(text) else 0
    if text[-1] in ".,-–—" and len(words[-1]) > 4:
        return 0
    capitalised = 0
    for position, word in enumerate(words):
        bare = word.strip(".,'’")
        if not bare or not any(c.isalpha() for c in bare):
            return 0
        folded = bare.casefold()
        if folded in _NOT_IN_NAMES and not (position == 0 and folded == "the") and folded not in _PARTICLES:
            return 0
        if bare[0].islower():
            if folded not in _PARTICLES and not folded.startswith(("d'", "d’", "l'", "l’")):
                return 1 if _is_user_name(text) else 0
        else:
            capitalised += 1
    if capitalised == 0:
        return 1 if _is_user_name(text) else 0
    return 2 if 2 <= len(words) <= 4 and capitalised >= 2 else 1


def _is_user_name(text):
    """“jane.doe84”, as some sites print instead of a name."""
    return bool(re.fullmatch(r"[a-z][a-z0-9._-]{3,29}", text)) and not chrome.kind(text)
