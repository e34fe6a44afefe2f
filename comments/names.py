"""Names that belong to somebody here: nobody else comments under the name of a member of staff or of an author."""

from django.contrib.auth import get_user_model
from django.db.models import Q

from articles.models import Author
from comments import markup

# letters of other alphabets that look like Latin ones
_LOOK_ALIKES = str.maketrans("аеорсухіјѕкмтнвԁԛԝαορνιτκβη", "aeopcyxijskmthbdqwaopvitkbn")
_DIGITS = str.maketrans("013", "oie")


def seen(name):
    """Return a name as the eye takes it: without case, accents, spacing, and letters that only look different."""
    return markup.fold(name).translate(_LOOK_ALIKES).translate(_DIGITS).replace("l", "i")


def display_name(user):
    return (user.get_full_name() or user.get_username())[:50]


def is_taken(name, user=None):
    """Whether `name` is that of an author or a member of staff other than `user`."""
    wanted = seen(name)
    if not wanted:
        return False
    authors = Author.objects.all()
    staff = get_user_model().objects.filter(Q(is_staff=True) | Q(is_superuser=True), is_active=True)
    if user:
        authors, staff = authors.exclude(user=user), staff.exclude(pk=user.pk)
    names = list(authors.values_list("name", flat=True))
    for first, last, username in staff.values_list("first_name", "last_name", "username"):
        names += [f"{first} {last}", username]
    return wanted in {seen(each) for each in names}
