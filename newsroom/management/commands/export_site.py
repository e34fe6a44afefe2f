from django.core.management.base import BaseCommand, CommandError

from newsroom import exchange


class Command(BaseCommand):
    help = "Write everything, originals included, to a folder from which any installation can take it, whatever its database."

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR")

    def handle(self, *, folder, **options):
        try:
            manifest = exchange.export(folder)
        except exchange.ExchangeFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{folder}: {sum(manifest['rows'].values())} rows and {len(manifest['originals'])} pictures."
        )
