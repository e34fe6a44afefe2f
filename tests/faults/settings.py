"""The settings as they are, with static files under their plain names: collecting them would take longer than the tests."""

from newsroom.settings import *  # noqa: F403
from newsroom.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
