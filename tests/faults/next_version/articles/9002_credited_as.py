from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "9001_kicker")]

    operations = [
        migrations.AddField("byline", "credited_as", models.CharField(max_length=60, db_default="")),
    ]
