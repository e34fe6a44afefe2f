from django.core.management.base import BaseCommand, CommandError

from newsroom import backups


class Command(BaseCommand):
    help = "Bring a backup back. Everything in it is checked before anything is touched."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="put it in the place of what is there")

    def handle(self, *, file, replace, **options):
        try:
            manifest = backups.restore(file, replace=replace)
        except backups.BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored what was taken at {manifest['taken_at']}. Run migrate; the worker makes renditions and cards again."
        )
