"""Editors decide on the policy; moderators see the mail and may look the policy up."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GRANTS = {
    "Editors": ["change_policy", "view_policy", "view_mail"]
    + [f"{action}_modechoice" for action in ("add", "change", "delete", "view")],
    "Moderators": ["view_policy", "view_mail", "view_modechoice"],
}


def grant(apps, schema_editor):
    # permissions are made after all migrations have run; these groups need them now
    config = apps.get_app_config("comments")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None

    for name, codenames in GRANTS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(
            *apps.get_model("auth", "Permission").objects.filter(
                content_type__app_label="comments", codename__in=codenames
            )
        )


class Migration(migrations.Migration):
    dependencies = [("comments", "0004_mail")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
