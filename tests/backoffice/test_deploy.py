"""The files for servers name what is there: commands, settings, folders."""

from __future__ import annotations

import configparser
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

PROJECT = Path(__file__).resolve().parents[2]
UNITS = sorted((PROJECT / "deploy" / "systemd").glob("*.service"))


@pytest.fixture
def compose() -> dict:
    return yaml.safe_load((PROJECT / "compose.yaml").read_text())


def test_compose_runs_web_workers_and_their_services(compose):
    services = compose["services"]
    assert set(services) == {"prepare", "web", "worker", "quick", "postgres", "redis"}
    for name in ("web", "worker", "quick"):
        assert services[name]["depends_on"]["prepare"]["condition"] == "service_completed_successfully"
    commands = [services[name]["command"] for name in ("prepare", "worker", "quick")]
    assert commands == [
        "python manage.py prepare",
        "python manage.py worker",
        "python manage.py worker --cluster quick",
    ]
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]  # never open to the network without a proxy
    assert set(compose["volumes"]) == {"media", "exchange", "static", "postgres"}
    for name in ("prepare", "web", "worker", "quick"):
        # What file shops exchange is seen by web server and workers, and outlives them.
        assert "exchange:/srv/kontor/var/exchange" in services[name]["volumes"]
        assert services[name]["init"] is True


def test_every_setting_named_there_exists(compose):
    known = set(re.findall(r'"([A-Z_]{4,})"', (PROJECT / "backoffice" / "settings.py").read_text()))
    named = set(compose["services"]["web"]["environment"])
    assert named <= known


def test_the_example_names_what_compose_asks_for(compose):
    example = (PROJECT / ".env.example").read_text()
    for name in re.findall(r"\$\{([A-Z_]+)", (PROJECT / "compose.yaml").read_text()):
        assert f"{name}=" in example


def test_prepare_makes_the_folders_that_the_units_may_not(db, settings, tmp_path):
    settings.MEDIA_ROOT, settings.EXCHANGE_ROOT = tmp_path / "media", tmp_path / "var" / "exchange"
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("prepare", stdout=io.StringIO())
    assert settings.MEDIA_ROOT.is_dir()
    assert settings.EXCHANGE_ROOT.is_dir()


def test_no_secret_stands_in_the_files(compose):
    text = (PROJECT / "compose.yaml").read_text() + (PROJECT / "Dockerfile").read_text()
    assert re.findall(r"(?:PASSWORD|SECRET_KEY|CREDENTIAL_KEYS)[:=](?!\?) *(?!\$)\S+", text) == []
    ignored = (PROJECT / ".dockerignore").read_text().split()
    assert {".env", ".git", "var", "media"} <= set(ignored)


def test_the_image_installs_the_locked_packages_and_is_not_root():
    text = (PROJECT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.txt" in text
    assert text.index("USER kontor") < text.index('CMD ["gunicorn"')


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_understood(path, tmp_path):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text())
    assert unit["Service"]["User"] == "kontor"
    if "worker" in path.name:
        assert (unit["Service"]["KillMode"], unit["Service"]["TimeoutStopSec"]) == ("mixed", "160")
    # A folder that is missing must not keep the service from starting (226/NAMESPACE).
    assert all(folder.startswith("-/srv/kontor/") for folder in unit["Service"]["ReadWritePaths"].split())
    if (analyze := shutil.which("systemd-analyze")) is None:
        return
    copy = tmp_path / path.name.replace("@", "@quick")
    copy.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", path.read_text()))
    done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert "Unknown" not in done.stderr, done.stderr
