from django.db import migrations, models

from tests.faults.next_version.comments import LATEST


class Migration(migrations.Migration):
    dependencies = [("comments", LATEST)]

    operations = [
        migrations.AddField("comment", "mood", models.CharField(max_length=10, db_default="")),
    ]
