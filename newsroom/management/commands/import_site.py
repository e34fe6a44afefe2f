from django.core.management.base import BaseCommand, CommandError

from newsroom import exchange


class Command(BaseCommand):
    help = "Bring in what export_site wrote, into an installation that has no articles yet: all of it or nothing."

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR")

    def handle(self, *, folder, **options):
        try:
            manifest = exchange.bring_in(folder)
        except exchange.ExchangeFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{sum(manifest['rows'].values())} rows and {len(manifest['originals'])} pictures are here. "
            "The worker makes their renditions; make_renditions does so at once."
        )
