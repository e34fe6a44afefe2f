"""Dates as web pages print them: “Mar 3, 2022”, “3. März 2022”, “12 nov 2022”, “2 days ago”.

`read()` answers for a whole line, never for a date inside a sentence: every token of the line has to belong to the
date. A date that does not name one certain day (“2 days ago”, “Mar 3”, “03/04/2022”) is reported without a day.
"""

import re
from dataclasses import dataclass
from datetime import date

from .vocabulary import word_set

_MONTHS = {
    1: "january jan enero ene januar jänner janvier janv janeiro janv gennaio gen januari januar gener styczeń stycznia "
    "sty ocak oca ianuarie ian январь января янв січня tammikuu tammikuuta leden ledna",
    2: "february feb febrero februar février févr fév fevereiro fev febbraio februari febrer luty lutego lut şubat şub "
    "februarie февраль февраля фев лютого helmikuu helmikuuta únor února",
    3: "march mar marzo märz mär mrz mars março marzo maart mrt marts març marzec marca mart martie март марта мар "
    "березня maaliskuu maaliskuuta březen března",
    4: "april apr abril abr avril avr aprile abril kwiecień kwietnia kwi nisan nis aprilie апрель апреля апр квітня "
    "huhtikuu huhtikuuta duben dubna",
    5: "may mayo mai maio maggio mag mei maj maig maja mayıs май мая травня toukokuu toukokuuta květen května",
    6: "june jun junio juni juin junho giugno giu juny czerwiec czerwca cze haziran haz iunie iun июнь июня июн червня "
    "kesäkuu kesäkuuta červen června",
    7: "july jul julio juli juillet juil julho luglio lug juliol lipiec lipca lip temmuz tem iulie iul июль июля июл "
    "липня heinäkuu heinäkuuta červenec července",
    8: "august aug agosto ago août agost augustus augusti sierpień sierpnia sie ağustos ağu август августа авг серпня "
    "elokuu elokuuta srpen srpna",
    9: "september sep sept sett septiembre septembre setembro set settembre setembre wrzesień września wrz eylül eyl "
    "septembrie сентябрь сентября сен вересня syyskuu syyskuuta září",
    10: "october oct octubre oktober okt octobre outubro out ottobre ott październik października paź ekim eki "
    "octombrie октябрь октября окт жовтня lokakuu lokakuuta říjen října",
    11: "november nov noviembre novembre novembro listopada lis kasım kas noiembrie noi ноябрь ноября ноя marraskuu "
    "marraskuuta listopad",
    12: "december dec diciembre dic dezember dez décembre déc dezembro dicembre desember des desembre grudzień grudnia "
    "gru aralık ara decembrie декабрь декабря дек грудня joulukuu joulukuuta prosinec prosince",
}
_MONTH = {name: number for number, names in _MONTHS.items() for name in names.split()}
# “Sept.” and “sept” are the same word; “mar” is a month, “Mar del Plata” is not: the whole line has to be a date

_FILLERS = word_set(
    "de del do da di d of the le la el il am den dem der um at à às a alle las los o os klo kl h hs hrs "
    "am pm uhr gmt utc st nd rd th er ª º год г року on em en in mon monday tue tues tuesday wed "
    "wednesday thu thur thurs thursday fri friday sat saturday sun sunday lunes martes miércoles jueves "
    "viernes sábado domingo lun mié jue vie sáb dom montag dienstag mittwoch donnerstag freitag samstag "
    "sonnabend sonntag mo di mi do fr sa so lundi mardi mercredi jeudi vendredi samedi dimanche mer jeu "
    "ven sam dim segunda terça quarta quinta sexta feira seg ter qua qui sex lunedì martedì mercoledì "
    "giovedì venerdì sabato domenica gio maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag"
)
# words by which a page introduces the date of publication …
_PUBLISHED = word_set(
    "published posted date publication publicado publicada publicación fecha veröffentlicht erschienen "
    "datum stand publié publiée paru publicação data pubblicato pubblicata pubblicazione gepubliceerd "
    "geplaatst op opublikowano publicerad publicerat udgivet publisert yayınlandı опубликовано"
)
# … and the date of a later change, which is not it
_UPDATED = word_set(
    "updated update edited modified actualizado actualizada actualización editado aktualisiert geändert "
    "bearbeitet jour modifié modifiée atualizado atualizada atualização aggiornato aggiornata "
    "aggiornamento modificato bijgewerkt zaktualizowano uppdaterad uppdaterat opdateret oppdatert "
    "güncelleme güncellendi обновлено"
)
_LAST = word_set("last mis mise à zuletzt última dernière ultimo ultima laatst son")
_INTRODUCES = _FILLERS | _PUBLISHED | _UPDATED | _LAST

_AGO_MARKS = word_set("ago hace vor il há fa atrás geleden temu sedan siden önce назад")
_AGO = _AGO_MARKS | word_set("for y a ha")
_AGO_UNITS = word_set(
    "second seconds sec secs minute minutes min mins m hour hours hr hrs h day days d week weeks w "
    "month months mo year years yr yrs y segundo segundos minuto minutos hora horas día días semana "
    "semanas mes meses año años sekunde sekunden minuten stunde stunden std tag tage tagen woche wochen "
    "monat monate monaten jahr jahre jahren seconde secondes heure heures jour jours semaine semaines "
    "mois an ans dia dias mês ano anos secondo secondi minuti ora ore giorno giorni settimana settimane "
    "mese mesi anno anni dag dagen uur dgn dni dzień godz godzin tygodni timmar dagar timer dage dager "
    "gün saat дня дней часов недели a an un una uno ein eine einem einer um uma une"
)
_NEAR_DAYS = word_set(
    "today yesterday hoy ayer heute gestern aujourd hui hier hoje ontem oggi ieri vandaag gisteren"
)

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_GLUED = re.compile(r"((?:19|20)\d\d)(?=\d{1,2}\s?min)", re.IGNORECASE)  # “Mar 3, 20225 min read”
_ISO = re.compile(
    r"((?:19|20)\d\d)-(\d\d?)-(\d\d?)(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?)?(?:Z| ?[+-]\d\d:?\d\d)?"
)
_NUMERIC = re.compile(r"(?<!\d)(\d\d?)([./-])(\d\d?)\2((?:19|20)\d\d|\d\d)(?!\d)")
_CJK = re.compile(r"((?:19|20)\d\d)\s*[年년]\s*(\d\d?)\s*[月월]\s*(\d\d?)\s*[日일]")
_CLOCK = re.compile(r"\b\d\d?[:.h]\d\d(?::\d\d)?\b", re.IGNORECASE)
_LONGEST = 80


@dataclass(frozen=True)
class Shown:
    """A date as a line shows it: the words, and the day they name when they name a certain one."""

    text: str
    day: date | None
    is_update: bool = False
    why: str = ""  # when there is no day: why not


def unglue(line):
    return _GLUED.sub(r"\1 · ", line)


def read(line):
    """Return what date a whole `line` shows, or None when the line is anything else."""
    text = line.strip()
    if not text or len(text) > _LONGEST:
        return None
    tokens = _TOKEN.findall(text.casefold())
    is_update = any(token in _UPDATED for token in tokens[:4])
    if is_update or (tokens and tokens[0] in _PUBLISHED):
        while tokens and (tokens[0] in _UPDATED or tokens[0] in _LAST or tokens[0] in _PUBLISHED):
            tokens.pop(0)
    return _relative(text, tokens, is_update) or _numeric(text, is_update) or _named(text, tokens, is_update)


def _relative(text, tokens, is_update):
    why = "it counts from a day that the page does not name"
    numbers = [token for token in tokens if token.isdecimal()]
    letters = [token for token in tokens if not token.isdecimal()]
    if not letters or len(numbers) > 1 or len(tokens) > 6:
        return None
    if not numbers and len(letters) <= 2 and all(word in _NEAR_DAYS for word in letters):
        return Shown(text, None, is_update, why)
    has_mark = any(word in _AGO_MARKS for word in letters)
    has_unit = any(word in _AGO_UNITS for word in letters)
    is_all = all(word in _AGO or word in _AGO_UNITS for word in letters)
    if has_mark and has_unit and is_all and (numbers or len(letters) >= 3):
        return Shown(text, None, is_update, why)
    return None


def _numeric(text, is_update):
    match = _CJK.search(text) or _ISO.search(text)
    if match and _only_introduces(text[: match.start()]) and _only_fills(text[match.end() :]):
        return _shown(text, match[1], match[2], match[3], is_update)
    match = _NUMERIC.search(text)
    if not match or not _only_introduces(text[: match.start()]) or not _only_fills(text[match.end() :]):
        return None
    first, mark, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
    year += 2000 if year < 100 else 0
    if mark == "." or first > 12 or first == second:  # where dots are used, 3.4.2022 is the third of April
        return _shown(text, year, second, first, is_update)
    if second > 12:
        return _shown(text, year, first, second, is_update)
    return Shown(text, None, is_update, "day and month cannot be told apart")


def _only_introduces(text):
    return all(token in _INTRODUCES for token in _TOKEN.findall(text.casefold()))


def _only_fills(text):
    return all(token in _FILLERS for token in _TOKEN.findall(_CLOCK.sub(" ", text).casefold()))


def _named(text, tokens, is_update):
    months, days, years = [], [], []
    for token in _TOKEN.findall(_CLOCK.sub(" ", text).casefold()) if _CLOCK.search(text) else tokens:
        if token.isdecimal():
            value = int(token)
            if len(token) == 4 and 1800 <= value <= 2199:
                years.append(value)
            elif len(token) <= 2 and 1 <= value <= 31:
                days.append(value)
            else:
                return None
        elif token in _MONTH:
            months.append(token)
        elif token not in _INTRODUCES:
            return None
    if len(months) == 2 and months[0] == "mar":  # French and Spanish shorten Tuesday to “mar.”
        months.pop(0)
    if len(months) != 1 or len(years) > 1 or len(days) != 1:
        return None
    if not years:
        return Shown(text, None, is_update, "it shows no year")
    return _shown(text, years[0], _MONTH[months[0]], days[0], is_update)


def _shown(text, year, month, day, is_update):
    try:
        return Shown(text, date(int(year), int(month), int(day)), is_update)
    except ValueError:
        return None
