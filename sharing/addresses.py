"""Short addresses: `/s/<code>`, to be read from paper and typed, said over the telephone, or scanned."""

import secrets

# no letter or digit that another looks like (0 o, 1 l i, u v, 2 z, 5 s), and no vowel: no word comes about by chance
LETTERS = "346789bcdfghjkmnpqrtwxy"
LENGTH = 10  # among a million articles, two have hit upon the same code with a chance of one in eighty


def new_code():
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def as_typed(code):
    """Return `code` as it is stored, from what a person typed: capitals and hyphens do not matter. What is no letter of
    ours is left out: a database may not even take it."""
    return "".join(letter for letter in code.lower() if letter in LETTERS)
