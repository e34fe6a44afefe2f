"""`import_articles FILE…`: documents from outside become drafts."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from articles.importing import FORMATS, ImportRefused, import_file, source_name


class Command(BaseCommand):
    help = (
        "Make a draft of each document, and account for each of its lines. "
        "The same document again changes nothing. Exit status 1 when one was not taken."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument(
            "--from",
            dest="format",
            choices=["auto", *FORMATS],
            default="auto",
            help="the format of the files",
        )
        parser.add_argument(
            "--receipt", metavar="out.json", help="write the receipts to this file as well, as JSON"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would happen, and change nothing"
        )

    def handle(self, *, files, format, receipt, dry_run, **options):
        if receipt:
            self._check_that_it_can_be_written(Path(receipt), files)
        receipts, refused = [], []
        for file in files:
            try:
                taken = import_file(file, format=format, dry_run=dry_run)
            except (ImportRefused, DatabaseError) as error:
                refused.append((f"{source_name(file)}: {_one_line(error)}", error))
            else:
                receipts.append(taken)
                self.stdout.write(taken.as_text() + "\n")
        if receipt:
            self._write(Path(receipt), receipts, refused)
        if refused:
            raise CommandError("\n".join(line for line, _ in refused)) from refused[0][1]

    def _check_that_it_can_be_written(self, path, files):
        """Fail before anything is imported. Opening for appending creates the file and keeps what is in it."""
        if any(path.resolve() == Path(file).resolve() for file in files):
            raise CommandError(f"{path}: the receipt would overwrite the document.")
        try:
            path.open("a").close()
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: the receipt cannot be written there: {_reason(error)}.") from error

    def _write(self, path, receipts, refused):
        account = {
            "receipts": [receipt.as_dict() for receipt in receipts],
            "refused": [line for line, _ in refused],
        }
        try:
            path.write_text(json.dumps(account, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            # the articles are whole, and so are their receipts in the database
            raise CommandError(
                f"{path}: imported, but the receipt was not written: {_reason(error)}."
            ) from error


def _reason(error):
    return getattr(error, "strerror", None) or str(error)


def _one_line(error):
    return " ".join(str(error).split())
