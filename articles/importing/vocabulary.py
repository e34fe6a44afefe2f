"""How the word lists of the other modules are written: as the words of one string, the way they are read."""


def word_set(text):
    return frozenset(text.split())
