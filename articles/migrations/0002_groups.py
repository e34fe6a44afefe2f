"""The three kinds of staff, as groups with permissions. Who is in them is decided in the admin."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

EVERYTHING = ("add", "change", "delete", "view")
GROUPS = {
    "Editors": [
        *((action, model) for model in ("article", "photo", "author", "topic", "tag", "page") for action in EVERYTHING),
        *((action, model) for model in ("frontpageslot",) for action in EVERYTHING),
        ("view", "importrun"),
        ("publish", "article"),
        ("change_any", "article"),
    ],
    # own drafts only: articles/admin.py holds that rule
    "Writers": [
        *((action, "article") for action in ("add", "change", "view")),
        *((action, "photo") for action in ("add", "change", "view")),
        ("view", "author"),
        ("view", "topic"),
        ("view", "tag"),
    ],
    "Moderators": [("view", "article"), ("view", "author"), ("view", "topic")],
}


def create_groups(apps, schema_editor):
    # permissions are made after all migrations have run; these groups need them now
    config = apps.get_app_config("articles")
    before, config.models_module = getattr(config, "models_module", None), True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = before

    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, grants in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        codenames = [f"{action}_{model}" for action, model in grants]
        if name == "Editors":
            codenames.append("curate_front_page")
        found = Permission.objects.filter(content_type__app_label="articles", codename__in=codenames)
        group.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
