import sys

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from articles import photos
from articles.models import Photo

BAR = 24


class Command(BaseCommand):
    help = (
        "Make the renditions of the photos that lack them, the failed ones too. Interrupted, it goes on where it "
        "stopped; other workers may run beside it."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--all", action="store_true",
            help="look after every photo: whatever is missing in the storage is made again",
        )  # fmt: skip

    def handle(self, **options):
        there = Photo.objects.exclude(image="")
        waiting = {"made_at": None, "claimed_at": None, "failed_at": None, "failure": "", "attempts": 0}
        if options["all"]:
            # one statement puts all into the queue; a worker beside this one, and a run without --all after an
            # interruption, take from there
            there.update(**waiting)
        else:
            Photo.objects.failed().update(**waiting)
        keys = list(Photo.objects.due().values_list("pk", flat=True))
        began, done = timezone.now(), 0
        for pk in keys:
            self._show(done, len(keys), Photo.objects.filter(pk=pk).first())
            photos.work_off(pk)
            done += 1
        self._show(done, len(keys), None)
        failed = list(Photo.objects.without_renditions().exclude(failure=""))
        seconds = (timezone.now() - began).total_seconds()
        self.stdout.write(f"{len(keys)} photos in {seconds:.0f} s, {len(failed)} failed.")
        for photo in failed:
            self.stderr.write(f"{photo} (photo {photo.pk}): {photo.failure}")
        if failed:
            raise CommandError("Some renditions could not be made: see above.")

    def _show(self, done, total, photo):
        if not total or not sys.stderr.isatty():
            return
        filled = BAR * done // total
        line = f"[{'#' * filled}{'.' * (BAR - filled)}] {done}/{total} {photo or ''}"[:78]
        self.stderr.write(f"\r{line:<78}", ending="\n" if done == total else "")
