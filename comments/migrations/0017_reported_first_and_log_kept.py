"""The reported queue by priority; SQLite, as PostgreSQL does already, deletes nothing of the log; and “said before” is
told to who sent the words of somebody else as well."""

from django.db import migrations, models
from django.db.models import Q

KEPT = """CREATE TRIGGER comments_decision_is_kept BEFORE DELETE ON comments_decision
    BEGIN SELECT RAISE(ABORT, 'the log is never rewritten'); END"""


def keep(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(KEPT)


def reword(apps, schema_editor):
    known = apps.get_model("comments", "RejectionReason").objects.filter(
        slug="duplicate", words="It says the same as another comment of yours"
    )
    known.update(words="It says the same as another comment")


def let_go(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER comments_decision_is_kept")


class Migration(migrations.Migration):
    dependencies = [("comments", "0016_likeness_ranking_and_versions")]

    operations = [
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                fields=["-priority", "reported_at"],
                name="comment_reported_first",
                condition=Q(status="visible", reported_at__isnull=False),
            ),
        ),
        migrations.RunPython(keep, let_go),
        migrations.RunPython(reword, migrations.RunPython.noop),
    ]
