"""What a website prints around an article: menus, log-in, counters, tags, “recent posts”, share buttons, footers.

`kind()` names what one whole line is, in the languages that blogs are mostly built in, or answers "" when the line
might be an author's own words. It looks at nothing but the line; where a line stands decides the rest (`text.py`).
"""

import re
import unicodedata

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_EDGES = " \t\u00a0\u200b\ufeff.,:;!¡?¿…·•|*>»<«›‹→←+-–—()[]\"'“”’"


def fold(line):
    """Return `line` for comparing: no case, no accents, no marks at its ends, single spaces."""
    plain = line.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(plain.strip(_EDGES).split())


def _folded(text):
    return {fold(word) for word in text.split()}


def _phrases(text):
    return {fold(phrase) for phrase in text.split("|")}


# each: the reason as the receipt gives it -> the phrases
_PHRASES = {
    "page marker": _phrases(
        "top of page|bottom of page|skip to main content|skip to content|skip to main|back to top|to top|"
        "inicio de la página|principio de página|final de la página|fin de página|ir al contenido|volver arriba|"
        "zum seitenanfang|nach oben|zum inhalt springen|haut de page|bas de page|aller au contenu|retour en haut|"
        "topo da página|fim da página|pular para o conteúdo|voltar ao topo|inizio pagina|fondo pagina|torna su|"
        "vai al contenuto|ga naar inhoud|naar boven|use tab to navigate through the menu items"
    ),
    "menu": _phrases(
        "home|start|about|about us|about me|contact|contact us|blog|news|shop|store|menu|more|all posts|all articles|"
        "categories|archive|archives|gallery|events|services|portfolio|podcast|podcasts|videos|forum|members|faq|faqs|"
        "cart|donate|subscribe|newsletter|search|search...|search this site|open menu|close menu|site menu|my account|"
        "inicio|sobre nosotros|sobre mí|quiénes somos|nosotros|contacto|contáctanos|noticias|tienda|más|"
        "todas las entradas|todas las publicaciones|todos los posts|todos los artículos|categorías|archivo|galería|eventos|"
        "servicios|colabora|suscripción|suscríbete|buscar|buscar...|carrito|miembros|foro|"
        "startseite|über uns|über mich|kontakt|aktuelles|mehr|alle beiträge|alle artikel|kategorien|archiv|galerie|"
        "veranstaltungen|leistungen|suche|suchen|warenkorb|mitglieder|spenden|abonnieren|"
        "accueil|à propos|qui sommes-nous|contactez-nous|actualités|boutique|plus|tous les posts|tous les articles|"
        "catégories|événements|rechercher|recherche|panier|membres|s'abonner|"
        "página inicial|sobre|quem somos|contato|contacto|notícias|loja|mais|todos os posts|todos os artigos|"
        "arquivo|galeria|serviços|pesquisar|procurar|carrinho|assine|inscreva-se|"
        "chi siamo|chi sono|contatti|notizie|negozio|altro|tutti i post|tutti gli articoli|categorie|archivio|galleria|"
        "eventi|servizi|cerca|ricerca|carrello|iscriviti|"
        "over ons|over mij|nieuws|meer|alle posts|alle berichten|zoeken|winkel|winkelwagen|"
        "strona główna|o nas|o mnie|aktualności|więcej|wszystkie posty|szukaj|hem|om oss|nyheter|alla inlägg|sök|"
        "hjem|om os|nyheder|alle indlæg|søg|anasayfa|hakkımızda|iletişim|tüm yazılar"
    ),
    "log-in": _phrases(
        "log in|login|log out|sign in|sign up|log in / sign up|log in/sign up|login / signup|login/sign up|register|join|"
        "log in / register|iniciar sesión|acceder|entrar|registrarse|iniciar sesión / registrarse|anmelden|einloggen|"
        "registrieren|anmelden / registrieren|login / registrieren|se connecter|connexion|inscription|s'inscrire|"
        "connexion / inscription|se connecter / s'inscrire|login / registre-se|fazer login|login / cadastre-se|cadastre-se|"
        "accedi|accedi / iscriviti|registrati|inloggen|aanmelden|inloggen / registreren|zaloguj się|logga in|log ind|"
        "log ind/tilmeld dig|giriş yap"
    ),
    "author's badge": _phrases(
        "admin|writer|author|editor|contributor|guest writer|autor|autora|escritor|escritora|redactor|redactora|"
        "administrador|redakteur|redakteurin|verfasser|autorin|gastautor|rédacteur|rédactrice|auteur|autrice|autore|"
        "autrice|redator|redatora|redattore|schrijver|autor bloga"
    ),
    "rating": _phrases(
        "rated nan out of 5 stars|rated 0 out of 5 stars|no ratings yet|add a rating|rate this post|"
        "obtuvo nan de 5 estrellas|aún no hay calificaciones|agrega una calificación|mit nan von 5 sternen bewertet|"
        "noch keine ratings|ratings hinzufügen|noté nan étoiles sur 5|pas encore de note|ajouter une note|"
        "avaliado com nan de 5 estrelas|ainda sem avaliações|adicione uma avaliação|il punteggio è nan su 5|"
        "valutazione nan stelle su 5|ancora nessuna valutazione|aggiungi una valutazione"
    ),
    "like button": _phrases(
        "post not marked as liked|post marked as liked|like|liked|like this post|likes|me gusta|no marcado como me gusta|"
        "entrada no marcada como me gusta|gefällt mir|beitrag nicht als gefällt mir markiert|"
        "beitrag nicht mit gefällt mir markiert|j'aime|post non marqué comme aimé|curtir|post não marcado como curtido|"
        "mi piace|post non contrassegnato con mi piace|vind ik leuk"
    ),
    "share button": _phrases(
        "share|share this|share this post|share this article|share via link|share via facebook|share via x (twitter)|share via twitter|share via linkedin|print post|copy link|share link|print|tweet|pin it|"
        "email|e-mail|facebook|twitter|x|x (twitter)|linkedin|whatsapp|pinterest|instagram|youtube|tiktok|telegram|reddit|"
        "tumblr|follow|follow us|compartir|compartir en|copiar enlace|imprimir|síguenos|teilen|link kopieren|drucken|"
        "folge uns|folgen sie uns|partager|copier le lien|imprimer|suivez-nous|compartilhar|partilhar|copiar link|"
        "siga-nos|condividi|copia link|stampa|seguici|delen|link kopiëren|udostępnij|dela|paylaş|"
        "listen|listen to this article|escuchar|play|pause|play video|reproducir video"
    ),
    "tag list": _phrases(
        "tags|tag|tagged|labels|topics|keywords|filed under|posted in|categories|category|etiquetas|temas|categorías|"
        "schlagwörter|schlagworte|stichworte|stichwörter|kategorien|thema|mots-clés|étiquettes|catégories|mots clefs|"
        "marcadores|palavras-chave|categorias|etichette|argomenti|parole chiave|categorie|trefwoorden|labels|tagi|etykiety|"
        "taggar|etiketter|etiketler"
    ),
    "list of other articles": _phrases(
        "recommended|recommended for you|more stories|more posts|more articles|read next|up next|you might also like|"
        "you may also like|read more|see all|view all|show all|related|keep reading|next post|previous post|next|previous|"
        "older posts|newer posts|trending|most read|most popular|popular posts|featured posts|featured|"
        "ver todo|ver todos|ver todas|mostrar todo|también te puede interesar|te puede interesar|quizás te interese|"
        "lo más leído|más leídas|siguiente|anterior|leer más|entradas destacadas|"
        "alle ansehen|alles ansehen|alle anzeigen|das könnte sie auch interessieren|das könnte dich auch interessieren|"
        "weiterlesen|mehr lesen|meistgelesen|nächster beitrag|vorheriger beitrag|"
        "voir tout|tout voir|voir plus|à lire aussi|vous aimerez aussi|lire la suite|lire aussi|les plus lus|"
        "article suivant|article précédent|"
        "ver tudo|ver mais|leia mais|leia também|mais lidas|talvez você goste|você também pode gostar|"
        "mostra tutti|mostra tutto|vedi tutti|leggi tutto|leggi anche|potrebbe interessarti|potrebbero interessarti|"
        "i più letti|alles weergeven|alles bekijken|lees meer|lees ook|zobacz wszystkie|czytaj dalej|visa alla|läs mer|"
        "se alle|læs mere|hepsini gör|смотреть все|すべて表示|전체 보기|查看全部"
    ),
    "comments of the page": _phrases(
        "comments|comment|leave a comment|leave a reply|write a comment|add a comment|post a comment|join the conversation|"
        "commenting has been turned off|commenting on this post isn't available anymore. contact the site owner for more info|"
        "ya no es posible comentar esta entrada. contacta al propietario del sitio para obtener más información|"
        "il n'est plus possible de commenter ce post. contactez le propriétaire du site pour plus d'informations|"
        "não é mais possível comentar esta publicação. contate o proprietário do site para mais informações|"
        "non è più possibile commentare questo post. contatta il proprietario del sito per avere più informazioni|"
        "die kommentarfunktion für diesen beitrag wurde abgeschaltet|comments are closed|no comments|no comments yet|"
        "be the first to comment|log in to comment|log in to leave a comment|sort by|sort by newest|newest|"
        "comentarios|comentario|escribe un comentario|escribir un comentario|escribir un comentario...|deja un comentario|"
        "deja una respuesta|los comentarios se han desactivado|sin comentarios|añade un comentario|agrega un comentario|"
        "kommentare|kommentar|kommentar verfassen|kommentar schreiben|schreibe einen kommentar|kommentar hinterlassen|"
        "die kommentarfunktion wurde abgeschaltet|keine kommentare|"
        "commentaires|commentaire|rédigez un commentaire|écrire un commentaire|laisser un commentaire|"
        "les commentaires ont été désactivés|aucun commentaire|"
        "comentários|comentário|escreva um comentário|deixe um comentário|os comentários foram desativados|"
        "commenti|commento|scrivi un commento|lascia un commento|i commenti sono stati disattivati|"
        "opmerkingen|reacties|schrijf een opmerking|plaats een reactie|komentarze|napisz komentarz|kommentarer|"
        "skriv en kommentar|yorumlar|yorum yaz|комментарии|написать комментарий|コメント|コメントを書く|댓글"
    ),
    "subscription form": _phrases(
        "subscribe to our newsletter|join our mailing list|subscribe form|sign up for our newsletter|stay up to date|"
        "never miss an update|thanks for submitting|thanks for subscribing|submit|send|join my mailing list|enter your email|"
        "enter your email here|email address|your email|first name|last name|get in touch|"
        "gracias por suscribirte|gracias por tu mensaje|enviar|suscríbete a nuestro boletín|correo electrónico|"
        "danke für ihre nachricht|danke fürs abonnieren|danke für deine nachricht|absenden|senden|e-mail-adresse|"
        "newsletter abonnieren|merci pour votre envoi|merci de vous être abonné|envoyer|adresse e-mail|"
        "abonnez-vous à notre newsletter|obrigado por enviar|obrigado pelo envio|enviar|assine nossa newsletter|"
        "grazie per l'iscrizione|grazie per averci contattato|invia|indirizzo email|iscriviti alla newsletter"
    ),
    "footer": _phrases(
        "privacy policy|privacy|terms|terms of use|terms of service|terms & conditions|terms and conditions|cookies|"
        "cookie policy|cookie settings|accessibility|accessibility statement|imprint|sitemap|all rights reserved|"
        "accept|accept all|decline|advertisement|advertise|"
        "política de privacidad|aviso de privacidad|aviso legal|términos y condiciones|política de cookies|publicidad|"
        "impressum|datenschutz|datenschutzerklärung|agb|cookie-einstellungen|anzeige|werbung|"
        "mentions légales|politique de confidentialité|conditions générales|politique de cookies|publicité|"
        "política de privacidade|termos de uso|termos e condições|política de cookies|publicidade|"
        "informativa sulla privacy|note legali|termini e condizioni|cookie|pubblicità|privacybeleid|polityka prywatności"
    ),
}
_KIND = {phrase: name for name, phrases in reversed(_PHRASES.items()) for phrase in phrases}
_KIND.pop("", None)

_COUNTED = _folded(
    "post not marked as liked view views comment comments like likes share shares reply replies read reads post posts "
    "visualización visualizaciones visualizacion vistas vista comentario comentarios me gusta visto "
    "veces lecturas ansicht ansichten aufrufe aufruf kommentar kommentare gefällt mir angaben vue vues "
    "commentaire commentaires j aime mentions partage partages visualização visualizações visualizacao "
    "comentário comentários curtida curtidas gostos visualizzazione visualizzazioni commento commenti "
    "mi piace condivisioni weergave weergaven opmerking opmerkingen reactie reacties wyświetleń "
    "wyświetlenia komentarzy komentarze visningar visning visninger kommentarer görüntüleme yorum "
    "beğeni просмотров просмотра комментариев комментария k m mil tsd mio"
)
_NONE = _folded("no sin keine kein aucun aucune sem nenhum nessun nessuna geen brak inga ingen")
_MINUTES = _folded("min mins minute minutes minuto minutos minuti minuten minut minuty minuter dk dakika мин")
_READING = _folded(
    "read reading time to de lectura tiempo lesezeit lesedauer zeit zum lesen gelesen lecture temps de "
    "lecture leitura tempo di lettura lettura leestijd lezen om te czytania czas läsning läst lästid "
    "læsning læst læsetid lesning lesetid okunur okuma süresi dakikada en minutos les about approx ca "
    "aprox env чтения d l"
)
_RECENT = _folded(
    "recent latest related similar other our recientes últimas ultimas relacionadas similares otras "
    "aktuelle neueste neue ähnliche weitere verwandte récents récentes derniers dernières similaires "
    "associés autres recentes últimos relacionados semelhantes outros recenti ultimi correlati simili "
    "altri recente laatste gerelateerde ostatnie podobne senaste relaterade seneste relaterede siste "
    "relaterte son ilgili недавние последние похожие popular"
)
_POSTS = _folded(
    "post posts article articles story stories news entradas entrada publicaciones artículos notas "
    "noticias beiträge beitrage artikel blogbeiträge billets publications posts publicações artigos "
    "notícias articoli notizie blogposts berichten blogs posty artykuły inlägg artiklar blogindlæg "
    "indlæg innlegg yazılar paylaşımlar посты записи статьи"
)
_ARTICLES = _folded("the los las les die den i gli os as de")
_CREATED = re.compile(
    r"\bwix(?:\.com|site)?\b|\b(?:created|built|made|powered) (?:with|by|on)\b|\bproudly created\b|\bwordpress\.com\b|"
    r"\bsquarespace\b|\bblogger\b",
)
_COPYRIGHT = re.compile(
    r"©|\(c\) ?(?:19|20)\d\d|\bcopyright\b|\ball rights reserved\b|\btodos los derechos\b"
)
_GLUED = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")
_LONGEST = 120


def kind(line):
    """Return what `line` is, as words for the receipt, or "" when it may belong to the article."""
    if not line or len(line) > _LONGEST:
        return "copyright line" if line and len(line) <= 300 and "©" in line[:120] else ""
    folded = fold(line)
    if not folded:
        return ""
    if name := _KIND.get(folded):
        return name
    tokens = _TOKEN.findall(fold(_GLUED.sub(" ", line)))  # “0 commentsPost not marked as liked”
    if _is_minutes(tokens):
        return "reading time"
    if _is_counter(tokens):
        return "counter"
    if _is_other_articles(tokens):
        return "list of other articles"
    if is_hashtags(line):
        return "tag list"
    if label := _labelled(line):
        return label
    if _COPYRIGHT.search(line.casefold()) and len(tokens) <= 14:
        return "copyright line"
    if (
        _CREATED.search(folded)
        and len(tokens) <= 16
        and ("wix" in folded or "proudly" in folded or "powered by" in folded)
    ):
        return "banner of the site builder"
    return ""


def _is_minutes(tokens):
    """“5 min read”, “10 Min. de lectura”, “Lesezeit: 4 Min.”"""
    return (
        2 <= len(tokens) <= 7
        and sum(t.isdecimal() for t in tokens) in (1, 2)
        and any(t in _MINUTES for t in tokens)
        and all(t.isdecimal() or t in _MINUTES or t in _READING for t in tokens)
    )


def _is_counter(tokens):
    """“14 views”, “3 comments”, and the two run together: “14 views0 comments”."""
    return (
        2 <= len(tokens) <= 10
        and (any(t.isdecimal() for t in tokens) or tokens[0] in _NONE)
        and any(t in _COUNTED for t in tokens)
        and all(t.isdecimal() or t in _COUNTED or t in _NONE for t in tokens)
    )


def _is_other_articles(tokens):
    """“Recent Posts”, “Ähnliche Artikel”, “Los últimos artículos”."""
    return (
        2 <= len(tokens) <= 4
        and any(t in _RECENT for t in tokens)
        and any(t in _POSTS for t in tokens)
        and all(t in _RECENT or t in _POSTS or t in _ARTICLES for t in tokens)
    )


def is_hashtags(line):
    """“#harbour #winter #fishing”; a single one as well, when it is all there is."""
    words = line.split()
    return bool(words) and all(
        len(word) > 1 and word[0] == "#" and not word[1:].isdecimal() for word in words
    )


def _labelled(line):
    """“Tags: harbour, winter”: a label that is followed by its list on the same line."""
    head, colon, rest = line.partition(":")
    if colon and rest.strip() and len(rest.split()) <= 12 and _KIND.get(fold(head)) == "tag list":
        return "tag list"
    return ""
