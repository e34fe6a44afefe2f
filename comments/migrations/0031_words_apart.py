"""On PostgreSQL the words of comments are told apart at every sign, also inside an address.

The index of before (0012) stays: the code of before looks things up in it. This one is built while people write, so in no
transaction; one that broke off half-way is there and answers nothing, and is made anew.
"""

from django.db import migrations

WORDS = (
    r"to_tsvector('simple', translate(comment || ' ' || user_name, "
    rf"""'!"#$%&''()*+,-./:;<=>?@[\]^_`{{|}}~', '{" " * 32}'))"""
)


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS comments_words_apart")
        schema_editor.execute(
            f"CREATE INDEX CONCURRENTLY comments_words_apart ON django_comments USING gin ({WORDS})", params=None
        )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS comments_words_apart")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("comments", "0030_an_appeal_stands_by_an_event"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
