"""The desk has its first reasons, and knows what was decided before there was a desk."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import F

REASONS = [
    ("abuse", "Attack or insult", "It attacks or insults someone"),
    ("off_topic", "Off topic", "It is not about the article"),
    ("false", "False claim", "It states as fact what is not so"),
    ("personal", "Personal data", "It gives away someone’s personal data"),
    ("illegal", "May be illegal", "It may be against the law"),
    ("duplicate", "Said before", "It says the same as another comment of yours"),
    ("spam", "Advertising", "It is advertising or was sent in bulk"),
    ("other", "House rules", "It does not keep to the house rules"),
]
VERBS = {"held": "hold", "visible": "approve", "rejected": "reject", "spam": "spam", "removed": "remove"}
GRANTS = {
    "Editors": [f"{action}_rejectionreason" for action in ("add", "change", "view")]
    + [f"{action}_topicscope" for action in ("add", "change", "delete", "view")],
    "Moderators": ["view_rejectionreason"],
}


def fill(apps, schema_editor):
    Reason = apps.get_model("comments", "RejectionReason")
    Reason.objects.bulk_create(
        Reason(slug=slug, label=label, words=words, position=position)
        for position, (slug, label, words) in enumerate(REASONS)
    )
    Decision = apps.get_model("comments", "Decision")
    for became, verb in VERBS.items():
        Decision.objects.filter(became=became).update(verb=verb, effect_at=F("at"))
    Decision.objects.filter(was="unconfirmed").update(verb="confirm")
    # what was there before the desk is not new to it
    Comment = apps.get_model("comments", "Comment")
    Comment.objects.filter(status="visible").update(seen_at=F("modified_at"), shown_from=F("modified_at"))


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
    dependencies = [("comments", "0010_moderation_desk")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
