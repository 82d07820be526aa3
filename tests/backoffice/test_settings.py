"""Production's settings, read in a process of their own."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

GOOD = {
    "SECRET_KEY": "s" * 60,
    "CREDENTIAL_KEYS": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMSE=",
    "PUBLIC_URL": "https://kontor.example.com",
}


def run(code, **env):
    """What `code` prints with backoffice.settings as `s`; the last line of the error if it fails."""
    done = subprocess.run(
        [sys.executable, "-c", f"import backoffice.settings as s\n{code}"],
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, **env},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or too short. Set it"),
        ({"SECRET_KEY": "insecure-development-key"}, "SECRET_KEY is missing or too short. Set it"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or too short. Set it"),
        ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS is missing. It encrypts the shops' logins; set it"),
        ({"CREDENTIAL_KEYS": "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="}, "CREDENTIAL_KEYS is missing."),
        ({"PUBLIC_URL": "kontor.example.com"}, "PUBLIC_URL must look like https://kontor.example.com"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is text or json, not 'xml'."),
    ],
)
def test_a_start_without_safe_settings_is_refused_with_what_to_set(changed, sentence):
    said = run("", **{**GOOD, **changed})
    assert said.startswith(f"django.core.exceptions.ImproperlyConfigured: {sentence}")


def test_without_any_secret_it_does_not_start():
    assert "ImproperlyConfigured: SECRET_KEY is missing" in run("")


def test_behind_https_everything_is_locked():
    assert run("print(s.LANGUAGE_COOKIE_SECURE)", **GOOD) == "True"
    code = "print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS)"
    assert run(code, **GOOD) == "False True True True 31536000"
    assert run("print(s.ALLOWED_HOSTS)", **GOOD) == "['kontor.example.com', 'localhost', '127.0.0.1']"
    given = GOOD | {"ALLOWED_HOSTS": "kontor.example.com,10.0.0.5"}
    assert "127.0.0.1" in run("print(s.ALLOWED_HOSTS)", **given)  # the image's health check asks it
    assert run("print(s.CSRF_TRUSTED_ORIGINS)", **GOOD) == "['https://kontor.example.com']"
    assert run("print(s.STORAGES['staticfiles']['BACKEND'])", **GOOD).endswith(
        "CompressedManifestStaticFilesStorage"
    )


def test_errors_are_mailed_by_a_handler_that_masks():
    code = "import django; django.setup(); import logging; [h] = logging.getLogger('django').handlers; print("
    mailed = {**GOOD, "ADMINS": "it@example.com", "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    assert run(code + "type(h).__name__, s.SECRET_KEY in h._secrets)", **mailed) == "MailHandler True"


def test_the_hook_of_alarms_and_the_token_of_metrics_are_secrets_of_the_logs():
    hook = {**GOOD, "ALARM_URL": "https://hooks.example/services/T0/B0/abcdef", "METRICS_TOKEN": "met-token"}
    found = run("print(s._LOG_SECRETS[-3:])", **hook)
    assert found == "['met-token', 'https://hooks.example/services/T0/B0/abcdef', '/services/T0/B0/abcdef']"


def test_the_broker_is_the_database_or_redis():
    assert run("print(s.Q_CLUSTER['orm'], s.Q_CLUSTER.get('redis'))", **GOOD) == "default None"
    redis = {**GOOD, "BROKER_URL": "redis://:pw@r:6379/0"}
    assert run("print(s.Q_CLUSTER.get('orm'), s.Q_CLUSTER['redis'])", **redis) == "None redis://:pw@r:6379/0"
    assert run("print(s.CACHES['default']['BACKEND'])", **redis).endswith("RedisCache")


def test_databases_are_opened_as_workers_need_them():
    assert run("print(s.DATABASES['default']['OPTIONS']['transaction_mode'])", **GOOD) == "IMMEDIATE"
    postgres = {**GOOD, "DATABASE_URL": "postgres://kontor:pw@db:5432/kontor"}
    assert (
        run(
            "print(s.DATABASES['default']['CONN_MAX_AGE'], s.DATABASES['default']['OPTIONS']['tcp_user_timeout'] > 0)",
            **postgres,
        )
        == "60 True"
    )


def test_every_setting_is_documented_in_the_example():
    text = (settings.BASE_DIR / ".env.example").read_text()
    source = (settings.BASE_DIR / "backoffice" / "settings.py").read_text()
    import re

    names = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', source))
    assert len(names) > 20
    assert [name for name in sorted(names) if not re.search(rf"^(# )?{name}=", text, re.MULTILINE)] == []


@pytest.mark.parametrize(
    ("changed", "id_"),
    [
        ({"CREDENTIAL_KEYS": "not-a-key"}, "backoffice.E001"),
        ({"LOG_LEVEL": "DEBUG"}, "backoffice.W002"),
        ({"PUBLIC_URL": "http://kontor.example.com"}, "backoffice.W004"),
        ({"WORKERS": "1"}, ""),
    ],
)
def test_the_check_for_deployment_names_what_is_unsafe(changed, id_, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "DATABASE_URL": f"sqlite:///{tmp_path}/k.sqlite3",
            **GOOD,
            "SECRET_KEY": "aB3-dE5." * 8,
            **changed,
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, id_ in done.stderr) == (1 if id_ else 0, True), done.stderr


def test_a_retry_that_would_run_waiting_tasks_twice_is_an_error(settings):
    from backoffice.checks import tasks_are_not_redelivered_while_they_wait

    assert tasks_are_not_redelivered_while_they_wait() == []
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "retry": 200}
    errors = tasks_are_not_redelivered_while_they_wait()
    assert errors[0].id == "backoffice.E003"
    assert "must be 270 s or more" in errors[0].hint
