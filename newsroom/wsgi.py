import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402
from django.template.loader import get_template  # noqa: E402
from django.urls import resolve  # noqa: E402

from newsroom import databases, pages  # noqa: E402
from newsroom.again import answered_again  # noqa: E402

databases.limit_statements(settings.DATABASE_STATEMENT_SECONDS)
# what the first request of each process would wait for
resolve("/")
for name in ("articles/article", "articles/front_page", "articles/topic", "comments/conversation"):
    get_template(f"{name}.html")
pages._release()
application = answered_again(application)
