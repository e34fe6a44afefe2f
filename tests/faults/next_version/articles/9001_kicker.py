from django.db import migrations, models

from tests.faults.next_version.articles import LATEST


class Migration(migrations.Migration):
    dependencies = [("articles", LATEST)]

    operations = [
        migrations.AddField("article", "kicker", models.CharField(max_length=60, db_default="")),
        migrations.AlterField("article", "headline", models.CharField(max_length=310)),
    ]
