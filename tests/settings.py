"""Settings of the test run: production's, with plain static files, a fast password hasher and no shared .env."""

import os
import re

# The developer's own .env must not decide what the tests see.
os.environ["ENV_FILE"] = os.devnull
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("CREDENTIAL_KEYS", "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMSE=")

from backoffice.settings import *  # noqa: F403

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The stand-ins are on this machine.
PRIVATE_TARGETS = ["127.0.0.0/8", "::1/128"]
# Its backend wants a request, which client.login() has not; tests of the lock-out switch it on.
AXES_ENABLED = False

if _path := os.environ.get("KONTOR_TEST_DB"):  # several test runs side by side on one checkout
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
        _path = "test_" + re.sub(r"\W", "_", _path.removesuffix(".sqlite3").strip("/"))
    DATABASES["default"].setdefault("TEST", {})["NAME"] = _path  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
    # What a crash of the server itself would lose is lost with the test run anyhow; waiting for the disk is most of a flush.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # noqa: F405
