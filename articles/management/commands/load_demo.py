from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from articles.demo import loading
from comments import demo as conversations
from comments import demo_queue as queue
from comments import demo_record as record

MAY = {
    "Editors": "publishes, schedules, withdraws, arranges the front page",
    "Writers": "writes and changes own drafts",
    "Moderators": "looks after the comments",
}


class Command(BaseCommand):
    help = "Load the demo publication and its three log-ins into an empty database; otherwise keep what is there."

    def handle(self, **options):
        if settings.ENVIRONMENT == "production":
            raise CommandError(
                "The demo brings log-ins with a known password: it is not loaded in production."
            )
        if loading.is_wanted():
            self.say(
                "Loading the demo: its first pictures take some 10 seconds; the worker makes the others."
            )
        if loading.load():
            conversations.load()
            record.load()
            queue.load()
            self.say("The demo is loaded.")
        else:
            self.say("There is content already: it is kept as it is, and the demo was not loaded.")
        self.say(f"\nSite   {settings.SITE_URL}/\nDesk   {settings.SITE_URL}/{settings.ADMIN_PATH}/")
        for name, group in loading.log_ins().items():
            self.say(f"Log in as {name:<10}{loading.PASSWORD}   {MAY[group]}")

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()
