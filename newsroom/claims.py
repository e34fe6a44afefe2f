"""Rows of a queue that one process takes from the others for a while.

By the clock of the database, which is one for all of them: the clocks of two machines may be hours apart, and what the
one has just taken would be free to the other.
"""

from django.db.models import Q
from django.db.models.functions import Now


def claimed_now():
    """What to write into the column of the claim."""
    return Now()


def is_free(column, claimed_for):
    """The condition that nobody has claimed a row, or that whoever did has had it for longer than `claimed_for`."""
    return Q(**{column: None}) | Q(**{f"{column}__lt": Now() - claimed_for})
