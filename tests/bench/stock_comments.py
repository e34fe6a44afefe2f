"""django-comments-xtd as it comes, in a process of its own: N comments in one thread, rendered by its tag and
answered through its model, in a database whose settings are given as JSON. Prints one JSON object: {"render": seconds, "insert": [seconds, …]}."""

import json
import sys
import time

import django
from django.conf import settings

count, database = int(sys.argv[1]), json.loads(sys.argv[2])
settings.configure(
    SECRET_KEY="bench", USE_TZ=True, SITE_ID=1, ROOT_URLCONF="django_comments_xtd.urls", DEBUG=False,
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites", "django.contrib.sessions",
        "rest_framework", "django_comments_xtd", "django_comments",
    ],
    COMMENTS_APP="django_comments_xtd", COMMENTS_XTD_MAX_THREAD_LEVEL=2, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": database},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request",
                                                   "django.contrib.auth.context_processors.auth"]}}],
)  # fmt: skip
django.setup()

from django.contrib.auth.models import AnonymousUser  # noqa: E402 after setup()
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.contrib.sites.models import Site  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django_comments_xtd.models import XtdComment  # noqa: E402

call_command("migrate", verbosity=0)
site = Site.objects.get()
fields = {"content_type": ContentType.objects.get_for_model(Site), "object_pk": site.pk, "site": site}
words = "The harbour silted up within ten years of the dam, and nobody had asked the pilots. " * 3


def write(n, parent=0):
    return XtdComment.objects.create(comment=words, user_name=f"Reader {n}", parent_id=parent, **fields)


with transaction.atomic():
    root = write(0)
    for n in range(1, count):
        # the oldest first: its own way of inserting at the end moves no row
        XtdComment.objects.create(comment=words, user_name=f"Reader {n}", parent_id=root.pk, **fields)

inserts = []
first_reply = XtdComment.objects.filter(level=1).order_by("pk").first()
for n in range(15):
    began = time.perf_counter()
    write(n, first_reply.pk)
    inserts.append(time.perf_counter() - began)

request = RequestFactory().get("/")
request.user = AnonymousUser()
template = Template("{% load comments_xtd %}{% render_xtdcomment_tree for object %}")
renders = []
for _ in range(3):
    began = time.perf_counter()
    html = template.render(Context({"object": site, "request": request, "user": request.user}))
    renders.append(time.perf_counter() - began)
assert html.count("Reader ") >= count
print(json.dumps({"render": min(renders), "insert": inserts}))
