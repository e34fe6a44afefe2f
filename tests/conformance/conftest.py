"""The demo site, loaded once for all tests of a module: it takes a while."""

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from tests.conftest import count_at_once, make_groups


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    media = tmp_path_factory.mktemp("demo") / "media"
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        make_groups()
        count_at_once()
        call_command("load_demo", verbosity=0)
        yield media
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def own_media_folder(demo, settings):
    settings.MEDIA_ROOT = demo
