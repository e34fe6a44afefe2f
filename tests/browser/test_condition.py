"""The operator's page in a browser: nothing for axe to find, and it fits."""

from datetime import timedelta

from django.utils import timezone

from comments.models import Mail
from newsroom.models import Failure
from tests.browser.axe import found_by_axe


def test_the_operators_page_is_clean_and_fits(page, log_in, live_server, transactional_db, django_user_model):
    now = timezone.now()
    log_in(django_user_model.objects.create_superuser("olga", "olga@example.org", "a long password"))
    Mail.objects.create(
        kind="digest", to="x@example.org", due_at=now - timedelta(hours=1), last_error="451 later"
    )
    Failure.objects.create(
        what="KeyError", where="comments/views.py:190 in new", first_at=now, last_at=now, request_id="r" * 32
    )
    page.goto(f"{live_server.url}/admin/condition/")
    page.get_by_role("heading", name="What went wrong lately").wait_for()
    assert found_by_axe(page, dark_too=True) == []
    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
