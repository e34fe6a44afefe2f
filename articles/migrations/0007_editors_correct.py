"""Editors may tell readers what was wrong."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def grant(apps, schema_editor):
    # permissions are made after all migrations have run; the group needs them now
    config = apps.get_app_config("articles")
    before, config.models_module = getattr(config, "models_module", None), True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = before
    codenames = [f"{action}_correction" for action in ("add", "change", "delete", "view")]
    found = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles", codename__in=codenames
    )
    editors, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Editors")
    editors.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [("articles", "0006_search_and_tags"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
