from django.core.management.base import BaseCommand, CommandError

from newsroom import backups


class Command(BaseCommand):
    help = "Write the database and the originals of all pictures to one checked file, while the site serves."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE")

    def handle(self, *, file, **options):
        try:
            manifest = backups.back_up(file)
        except backups.BackupFailed as error:
            raise CommandError(str(error)) from error
        parts = manifest["parts"].values()
        self.stdout.write(
            f"{file}: the database and {len(parts) - 1} pictures, {sum(p['bytes'] for p in parts) / 1e6:.1f} MB, checked."
        )
