from django.core.management.base import BaseCommand

from comments import emails


class Command(BaseCommand):
    help = "Send the mail that is due. Safe to run many times over, at once, and on many machines."

    def handle(self, **options):
        sent = failed = 0
        while True:
            now_sent, now_failed = emails.send_due()
            sent, failed = sent + now_sent, failed + now_failed
            if not now_sent:
                break
        self.stdout.write(f"Sent {sent}, failed {failed}.")
