"""The files for servers name what is there: commands, settings, folders."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

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
    assert set(compose["volumes"]) == {"media", "static", "postgres"}


def test_every_setting_named_there_exists(compose):
    known = set(re.findall(r'"([A-Z_]{4,})"', (PROJECT / "backoffice" / "settings.py").read_text()))
    named = set(compose["services"]["web"]["environment"])
    assert named <= known


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
    if (analyze := shutil.which("systemd-analyze")) is None:
        return
    copy = tmp_path / path.name.replace("@", "@quick")
    copy.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", path.read_text()))
    done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert "Unknown" not in done.stderr, done.stderr
