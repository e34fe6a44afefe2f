from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Error, register


class SharingConfig(AppConfig):
    name = "sharing"


@register
def targets_are_known(app_configs, **kwargs):
    from sharing.targets import NAMES

    unknown = [name for name in settings.SHARE_TARGETS if name not in NAMES]
    return [
        Error(f"SHARE_TARGETS names “{name}”: there are {', '.join(NAMES)}.", id="sharing.E001")
        for name in unknown
    ]
