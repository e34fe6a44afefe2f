"""What advertising sounds like, before a desk has decided on any: calls to go elsewhere, offers, begging for likes, ways
to be reached.

Written from general knowledge of comment spam, English first, with the plainest words of five other languages. The
ranking begins with it (`ranking.PRIOR`, beside the examples) and unlearns it where the decisions of a desk say otherwise; no rule holds a
comment by it.
"""

import re

MOST = 3  # different ones that are told apart

_CALLS = r"""
    subscrib\w* | sub\ (?:to|me|back) | sub4sub | sign\ up | give\ ?away | check\ (?:out|it\ out|this\ out|my|our) | join\ (?:us|now|my|our|me) | follow\ (?:me|us|my|our|back) | add\ me
    | (?:watch|visit|see|like|share|view|support|listen\ to|go\ to|look\ at)\ (?:my|our) | vote\ for\ (?:me|us)
    | (?:my|our)\ (?:channels?|pages?|web\ ?sites?|sites?|blogs?|videos?|songs?|covers?|remix(?:es)?|mixtapes?|albums?
        |bands?|playlists?|music|profile|link|shop|store|app|number|id|e-?mail|whatsapp|telegram|instagram|facebook
        |youtube|twitter|tiktok|twitch|patreon|paypal)
    | contact\ (?:me|us) | call\ (?:us|me|now) | (?:e-?mail|text|message|write)\ (?:me|us) | support\ me
    | take\ a\ look\ at\ (?:this|my|our) | thumbs?\ up\ if | like\ (?:if|this\ comment) | (?:give|leave)\ (?:it|this|me|us)\ a\ (?:like|thumbs)
    | hit\ me\ up | (?:dm|pm|inbox|google)\ (?:me|us) | look\ (?:me|us)\ up | search\ (?:for\ )?(?:me|us|my|our)
    | vote\ (?:now|daily|here) | help\ me\ (?:get|reach|out) | please\ (?:visit|help\ me|support)
    | abonnez | suscr[ií]b\w+ | abonniert? | iscriviti | inscreva | mi\ canal | mein(?:en)?\ kanal | ma\ cha[iî]ne
    | meu\ canal | il\ mio\ canale | subs(?:cribers?)? | download | visit | click
"""
_OFFERS = r"""
    buy(?:ing)?\ (?:now|cheap|online|it|this|your|followers|my|our|from) | order\ (?:now|online|your) | cheap\w*
    | discounts? | coupons? | promo(?:tion)?s? | special\ offers? | best\ (?:deals?|offers?|prices?|services?|company|place|app)
    | for\ (?:sale|rent|hire|free) | free\ (?:trial|download|shipping|gift\w*|money|course\w*|stuff|online|followers
        |sample\w*|quote) | wholesale | rental | %\ off | unlimited | money.back
    | earn\w* | (?:make|making|extra|easy|fast|quick|free|win)\ (?:money|cash|bucks) | gift\ ?cards? | (?:payday|quick|personal|cash|instant|easy)\ loans? | loan\ offers?
    | casinos? | betting | jackpot | lottery | bitcoin | crypto\w* | forex | binary\ options | sponsored
    | invest(?:or|ment)\ (?:plan|platform|opportunity) | work\ from\ home | home\ based
    | essays? | homework | assignment\ help | tutoring | tutors?\ (?:in|for|near)
    | online\ (?:games?|casinos?|shop|store|courses?|class|tutors?) | games?\ online | shopping | apps? | entertainment
    | customer\ (?:service|support|care) | (?:phone|support|helpline)\ (?:number|team) | helpline | toll.free
    | (?:services?|company|companies|agency|training|courses?|institute|classes|apartments?|properties|lawyers?|plumbers?
        |escorts?)\ (?:in|for|near|at)
    | web\ (?:design|development) | digital\ marketing | seo | backlinks? | followers | hacks? | cheats?
    | generator | vpn | pills | viagra | weight\ loss | keto | escorts? | dating | whatsapp | telegram | wechat
    | bookings? | reservations? | airlines? | hotels? | movers | spell\ ?cast\w* | astrolog\w* | psychic
    | disclosure\ ?: | i(?:\ am|['’]m)\ affiliated | i\ work\ (?:there|for\ them) | we\ speciali[sz]e\ in
    | we\ (?:offer|provide|sell|deliver)\ (?:you|free|cheap|quality|affordable|services?|solutions?|a\ (?:wide|full)\ range|all\ kinds?)
    | our\ (?:company|products?|clients?|customers?|experts?)
    | gratis | gratuit\w* | acheter | comprar | kaufen | comprare | oferta | rabatt | kredit | pr[eé]stamo | empr[eé]stimo
"""
_BEGS = r"""
    thumbs?\ ?up | like\ (?:this|my)\ (?:comment|page|post|status|videos?|song) | top\ comment
    | \d[\d,.]{0,12}\ ?(?:k|m|thousand|million|billion)?\ (?:more\ )?(?:views|likes|subs|subscribers|followers|thumbs|upvotes)
    | (?:more|enough|some|many|get|need|want)\ (?:people\ )?(?:likes?|subs|subscribers|followers|thumbs|upvotes)
    | (?:please|pls|plz)\ (?:\S{1,20}\ )?(?:like|share|subscribe|listen|follow|watch)
"""
# each begins in few places and looks at little: hostile text costs no more than other text of its length
_REACHED = r"(?<!\S)[^\s@]{1,64}@[^\s@]{1,80}\.\w+ | (?<![\d.])\+?\d[\d ()-]{7,20}\d(?![\d.]) | <a\s | \[url"


def _words(pattern):
    pattern = pattern.replace(r"\ ?", r"\s{0,3}").replace(r"\ ", r"\s{1,3}")
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.VERBOSE)


_CALLS, _OFFERS, _BEGS = _words(_CALLS), _words(_OFFERS), _words(_BEGS)
_REACHED = re.compile(_REACHED, re.VERBOSE)


def calls(text):
    """Return how many different calls to go elsewhere a casefolded text has, at most MOST."""
    return min(MOST, len(set(_CALLS.findall(text))))


def offers(text):
    """Return how many different words of an offer a casefolded text has, at most MOST."""
    return min(MOST, len(set(_OFFERS.findall(text))))


def begs(text):
    """Return how many different ways to beg for likes, views and followers a casefolded text has, at most MOST."""
    return min(MOST, len(set(_BEGS.findall(text))))


def tells_how_to_reach(text):
    """Whether a casefolded text has an address for mail, a number to call, or a link in markup that is not ours."""
    return any(not found[0].isdigit() or _digits(found) >= 8 for found in _REACHED.findall(text))


def _digits(found):
    return sum(letter.isdigit() for letter in found)
