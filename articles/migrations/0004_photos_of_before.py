"""Photos of before know which files they have; editors may make galleries."""

import hashlib

from django.contrib.auth.management import create_permissions
from django.db import migrations

WHOLE, CARD, RATIO = (480, 960, 1600, 2400), (480, 960, 1600), 3 / 2  # as they were made until now


def fitting(widths, width):
    widest = min(width, max(widths))
    return [[w, 0] for w in widths if w < widest] + [[widest, 0]]


def name_what_there_is(apps, schema_editor):
    for photo in apps.get_model("articles", "Photo").objects.exclude(image="").filter(width__gt=0):
        ratio = photo.width / photo.height
        card_width = max(2, int((RATIO / ratio if ratio > RATIO else 1.0) * photo.width))
        photo.made = {
            "folder": "renditions/" + hashlib.sha256(f"1:{photo.image.name}".encode()).hexdigest()[:20],
            "whole": {"stem": "", "jpg": fitting(WHOLE, photo.width)},
            "3:2": {
                "stem": f"card-{round(photo.focal_x * 100)}-{round(photo.focal_y * 100)}-",
                "jpg": fitting(CARD, card_width),
            },
        }
        photo.save(update_fields=["made"])


def let_editors_make_galleries(apps, schema_editor):
    config = apps.get_app_config("articles")
    before, config.models_module = getattr(config, "models_module", None), True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = before
    found = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles", codename__endswith="_gallery"
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Editors")
    group.permissions.add(*found)
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Writers")
    group.permissions.add(*found.exclude(codename__startswith="delete"))


class Migration(migrations.Migration):
    dependencies = [("articles", "0003_photo_library")]

    operations = [
        migrations.RunPython(name_what_there_is, migrations.RunPython.noop),
        migrations.RunPython(let_editors_make_galleries, migrations.RunPython.noop),
    ]
