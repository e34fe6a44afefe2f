"""Moderators and editors may decide on comments."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GRANTS = ["moderate_comment", "view_comment", "view_commenter", "change_commenter", "view_hold", "view_decision"]


def grant(apps, schema_editor):
    # permissions are made after all migrations have run; these groups need them now
    config = apps.get_app_config("comments")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None

    found = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="comments", codename__in=GRANTS
    )
    for name in ("Moderators", "Editors"):
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0001_initial"),
        ("articles", "0002_groups"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
