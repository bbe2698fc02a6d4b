"""django-newsletter's own ``Submission.submit()`` over SQLite.

django_newsletter.py PORT SUBSCRIBERS HTML_FILE: prints the seconds it took.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import django
from django.conf import settings

PORT, SUBSCRIBERS, HTML = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])

settings.configure(
    SECRET_KEY="for a benchmark",
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sites",
        "sorl.thumbnail",
        "newsletter",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "bench.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    ROOT_URLCONF=__name__,
    SITE_ID=1,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=PORT,
    USE_TZ=True,
    NEWSLETTER_THUMBNAIL="sorl-thumbnail",
)
django.setup()

from django.core.management import call_command  # noqa: E402  (Django has to be set up first)
from django.urls import include, path  # noqa: E402
from django.utils.timezone import now  # noqa: E402
from newsletter.models import Article, Message, Newsletter, Submission, Subscription  # noqa: E402

urlpatterns = [path("newsletter/", include("newsletter.urls"))]

call_command("migrate", verbosity=0)
newsletter = Newsletter.objects.create(
    title="Bench", slug="bench", email="n@bench.example.com", sender="Ada Example"
)
message = Message.objects.create(title="Bench", slug="bench", newsletter=newsletter)
Article.objects.create(title="Bench", text=HTML.read_text(), post=message, sortorder=1)
Subscription.objects.bulk_create(
    Subscription(
        newsletter=newsletter,
        email_field=f"reader-{number}@example.org",
        activation_code=f"{number:040}",
        subscribed=True,
    )
    for number in range(SUBSCRIBERS)
)
submission = Submission.from_message(message)
submission.publish_date = now()
submission.save()
began = time.monotonic()
submission.submit()
print(time.monotonic() - began)
