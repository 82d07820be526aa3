"""Settings of the test run: the real ones, with plain static files and a fast password hasher."""

import os

from backoffice.settings import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if _path := os.environ.get("KONTOR_TEST_DB"):  # several test runs side by side on one checkout
    DATABASES["default"].setdefault("TEST", {})["NAME"] = _path  # noqa: F405
