"""The real settings, with secrets made up for the run and without the developer's .env."""

import os

os.environ["ENV_FILE"] = os.devnull
os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "x" * 50)
os.environ.setdefault("CREDENTIAL_KEYS", "b25seS1mb3ItYmVuY2htYXJrcy1vbmx5LWJlbmNoISE=")

from backoffice.settings import *  # noqa: F403

# The stand-ins are on this machine.
PRIVATE_TARGETS = ["127.0.0.0/8"]
# No screens are drawn here: the admin's modules stay unloaded.
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig" if app == "django.contrib.admin" else app
    for app in INSTALLED_APPS  # noqa: F405
]
