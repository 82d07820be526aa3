"""As settings.py, with all screens: for the suites that a web server answers."""

import os

os.environ["ENV_FILE"] = os.devnull
os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "x" * 50)
os.environ.setdefault("CREDENTIAL_KEYS", "b25seS1mb3ItYmVuY2htYXJrcy1vbmx5LWJlbmNoISE=")
os.environ.setdefault("PUBLIC_URL", "http://127.0.0.1:8000")

from backoffice.settings import *  # noqa: F403

PRIVATE_TARGETS = ["127.0.0.0/8"]
# No `collectstatic` before a benchmark; a web server in front of Kontor serves these anyway.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
