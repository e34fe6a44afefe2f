from django.core.management.base import BaseCommand

from articles import search, search_index


class Command(BaseCommand):
    help = "Write the index of the search anew, and the words that “did you mean” knows. Readers may search meanwhile."

    def handle(self, **options):
        articles = search_index.rebuild()
        search.learn_all()
        self.stdout.write(f"{articles} articles are in the index.")
