"""Letters: an article that a signed-in reader has us send to one person whom they know.

Built so that it is of no use to whoever sends unasked mail: one recipient, two hundred characters without anything
that leads somewhere, a subject and words of ours, limits by person, address, network and recipient, and an opt-out
that holds for ever. The mail goes through the queue of all mail.
"""

import hashlib
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from articles import body
from articles.models import Article
from comments.emails import site_address
from comments.limits import keyed, keyed_lately, network_of
from comments.models import Mail
from comments.names import display_name
from newsroom import marks
from sharing.forms import has_link
from sharing.models import Letter, NoLetters
from sharing.targets import text_of

_NONE = "sharing.no_letters"
A_DAY = timedelta(days=1)
MOST_A_DAY = {"sender": 5, "from_address": 10, "from_network": 30, "recipient": 2}
KEPT_FOR = timedelta(days=30)  # so long the same article goes to the same person once


def hash_of(address):
    """Return the hash that an address is known by. It does not hang on the secret key: changing that must not forget
    who wants no letters."""
    digest = hashlib.scrypt(
        address.strip().lower().encode(), salt=b"newsroom letters", n=2**12, r=8, p=1, dklen=32
    )
    return digest.hex()


def may_send(user):
    """Whether `user` has an address that was proved: whoever we send for, we know how to reach."""
    return user.is_active and EmailAddress.objects.filter(user=user, verified=True).exists()


def send(user, article, to, note, address):
    """Queue `article` as a letter to `to`. Returns "sent", or "too_many" where a limit is reached.

    "sent" is said, too, of an address that wants no letters or was sent this one already: nobody learns which.
    """
    recipient, network = hash_of(to), network_of(address)
    lately = Letter.objects.filter(sent_at__gt=timezone.now() - A_DAY)
    # the sender is held until the row is counted: of many letters at once none slips through between
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)
        letter = Letter.objects.create(
            sender=user, article=article, recipient=recipient,
            from_address=keyed(address), from_network=keyed(network),
        )  # fmt: skip
        counts = {
            "sender": lately.filter(sender=user).count(),
            "from_address": lately.filter(from_address__in=keyed_lately(address)).count(),
            "from_network": lately.filter(from_network__in=keyed_lately(network)).count(),
        }
        if any(counts[name] > MOST_A_DAY[name] for name in counts):
            transaction.set_rollback(True)
            return "too_many"
        to_them = Letter.objects.filter(recipient=recipient).exclude(pk=letter.pk)
        unwanted = (
            NoLetters.objects.filter(pk=recipient).exists()
            or to_them.filter(article=article).exists()
            or to_them.filter(sent_at__gt=timezone.now() - A_DAY).count() >= MOST_A_DAY["recipient"]
        )
        if not unwanted:
            words = {"article": article.pk, "sender": user.pk, "note": note}
            Mail.objects.create(kind=Mail.Kind.LETTER, to=to, words=words)
    return "sent"


def forget():
    """Forget who had what sent to whom, once no limit asks for it any more, and sooner from where, as of comments. Who
    wants no letters is never forgotten."""
    known_for = max(A_DAY, timedelta(days=settings.COMMENT_ORIGIN_KEPT_DAYS))
    placed = Letter.objects.filter(sent_at__lt=timezone.now() - known_for)
    placed.exclude(from_address="", from_network="").update(from_address="", from_network="")
    return Letter.objects.filter(sent_at__lt=timezone.now() - KEPT_FOR).delete()[0]


# --- wanting none -------------------------------------------------------------------------------------------------
def token_of(to):
    return signing.dumps(hash_of(to), salt=_NONE)


def recipient_of(token):
    """Return the recipient that a token of ours names, or None."""
    try:
        return marks.read(token, salt=_NONE)
    except signing.BadSignature:
        return None


def refuse(recipient):
    NoLetters.objects.get_or_create(pk=recipient)


# --- the mail -----------------------------------------------------------------------------------------------------
def message(mail):
    """Return the message of a letter as it is sent now, or None where it is not to be: the article was taken back,
    the account is gone, or the recipient has said meanwhile that they want none."""
    words = mail.words or {}
    article = Article.objects.published().select_related("hero").filter(pk=words.get("article")).first()
    sender = get_user_model().objects.filter(pk=words.get("sender"), is_active=True).first()
    if article is None or sender is None or NoLetters.objects.filter(pk=hash_of(mail.to)).exists():
        return None
    name = display_name(sender)
    hero = article.hero if article.hero and article.hero.is_shown else None
    none = site_address(reverse("sharing:no_letters", args=[token_of(mail.to)]))
    context = {
        "article": article,
        "figure": hero and body.figure(hero, caption=article.hero_caption_html, target="mail", place="hero"),
        "text": text_of(article),
        "address": site_address(article.get_absolute_url()),
        "name": "A reader"
        if not name or has_link(name)
        else name,  # a name must not carry what a note may not
        "note": words["note"],
        "none": none,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    headers = {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{none}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    text = render_to_string("emails/sharing/letter.txt", context)
    letter = EmailMultiAlternatives(
        f"An article that someone wants you to read – {settings.SITE_NAME}",
        text,
        to=[mail.to],
        headers=headers,
    )
    letter.attach_alternative(render_to_string("emails/sharing/letter.html", context), "text/html")
    return letter
