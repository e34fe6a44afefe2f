"""Learn the whole log again."""

from django.core.management.base import BaseCommand

from comments import ranking


class Command(BaseCommand):
    help = "Forget what the ranking knows and learn the log again: every decision that stands, in order."

    def handle(self, **options):
        known = ranking.rebuild()
        self.stdout.write(f"The ranking knows {known} decision{'' if known == 1 else 's'}.")
