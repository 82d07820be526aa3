"""`make audit` fails for what is known to be vulnerable, and says plainly when nothing was looked up."""

import json
import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
HOLE = {"name": "django", "version": "5.2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["5.2.1"]}]}
FINE = {"name": "requests", "version": "2.34.2", "vulns": []}
UNKNOWN = {"name": "requests", "skip_reason": "not found"}


@pytest.fixture
def audit(tmp_path):
    def run(script):
        """The audit with a pip-audit that does what `script` says; $report is where its answer belongs."""
        program = tmp_path / "bin" / "pip-audit"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\nreport=$2\n{script}\n')
        program.chmod(0o755)
        return subprocess.run(
            [PROJECT / ".ci" / "audit"],
            env={"PATH": os.environ["PATH"], "AUDIT_TOOLS": str(tmp_path), "AUDIT_SECONDS": "1"},
            capture_output=True,
            text=True,
        )

    return run


def report(*packages):
    return f"echo '{json.dumps({'dependencies': packages})}' >$report"


def test_a_known_hole_fails(audit):
    done = audit(f"{report(HOLE, FINE)}; exit 1")
    assert done.returncode == 1
    assert "requirements.txt: django 5.2.0: PYSEC-1, mended in 5.2.1" in done.stdout


def test_without_any_it_says_how_many_were_looked_up(audit):
    done = audit(report(FINE, UNKNOWN))
    assert done.returncode == 0
    assert "requirements.txt: 1 packages looked up, 1 not known there, 0 with known" in done.stdout
    assert "not run" not in done.stdout


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'Connection refused: https://x.example/y'; exit 1", "Connection refused: the service"),
        ("sleep 5", "no answer within 1 s"),
        (report(UNKNOWN, UNKNOWN), "knows none of the packages"),
    ],
    ids=["no network", "no answer", "nothing known"],
)
def test_what_was_not_looked_up_is_not_called_fine(audit, script, why):
    done = audit(script)
    assert done.returncode == 0
    assert done.stdout.startswith("Dependency audit not run: ")
    assert why in done.stdout


def test_ci_runs_it_and_repeats_at_its_end_that_it_was_not_run():
    ci = (PROJECT / ".ci" / "run").read_text()
    assert "step 'dependency audit' audit" in ci
    assert ci.index("== Summary") < ci.rindex("$audited")


def test_the_rules_of_security_are_on_for_all_but_tests():
    settings = (PROJECT / "pyproject.toml").read_text()
    rules = next(line for line in settings.splitlines() if line.startswith("select = "))
    assert '"S"' in rules  # flake8-bandit
