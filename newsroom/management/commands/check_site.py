from django.core.management.base import BaseCommand, CommandError

from newsroom import condition


class Command(BaseCommand):
    help = "Say what needs somebody: mail, pictures, credits, comments, disk, backups. Exit status 1 when something does."

    def handle(self, **options):
        if found := condition.findings():
            raise CommandError("\n".join(found))
        self.stdout.write("All is well.")
