import json
import logging

import pytest

from backoffice.lib.logs import AboutFilter, JsonFormatter, TextFormatter, WithoutPulse, about

logger = logging.getLogger("tests.logs")


@pytest.fixture
def lines():
    """Log lines written by a formatter of ours: lines(TextFormatter(...)) -> list that fills."""
    handlers = []

    def attach(formatter):
        written = []

        class Handler(logging.Handler):
            def emit(self, record):
                written.append(self.format(record))

        handler = Handler()
        handler.setFormatter(formatter)
        handler.addFilter(AboutFilter())
        handler.addFilter(WithoutPulse())
        logger.addHandler(handler)
        handlers.append(handler)
        return written

    logger.setLevel(logging.INFO)
    yield attach
    for handler in handlers:
        logger.removeHandler(handler)


TEXT = "%(levelname)s %(name)s%(about)s %(message)s"


def test_a_line_says_which_shop_and_run_it_is_about(lines):
    written = lines(TextFormatter(TEXT))
    logger.info("before")
    with about(shop="lipa"):
        with about(run=12):
            logger.info("page %d", 3)
        logger.info("between")
    assert written == [
        "INFO tests.logs before",
        "INFO tests.logs shop=lipa run=12 page 3",
        "INFO tests.logs shop=lipa between",
    ]


def fail(secret):
    try:
        raise RuntimeError(f"no login with {secret} at https://u:p4ss@shop.example/?consumer_secret=abc")
    except RuntimeError:
        logger.exception("failed for %s", secret)


def test_secrets_are_masked_in_messages_arguments_and_tracebacks(lines):
    written = lines(TextFormatter(TEXT, secrets=["hunter2222"]))
    fail("hunter2222")
    [line] = written
    assert "Traceback" in line
    assert "failed for •••" in line
    for secret in ("hunter2222", "p4ss", "secret=abc"):
        assert secret not in line


def test_json_lines_stay_json_and_carry_the_names_as_fields(lines):
    written = lines(JsonFormatter("%(levelname)s %(name)s %(message)s", secrets=["hunter2222"]))
    with about(shop="lipa", run=12):
        fail('hunter2222" token=\\"x')
    entry = json.loads(written[0])
    assert (entry["levelname"], entry["shop"], entry["run"]) == ("ERROR", "lipa", 12)
    assert "RuntimeError" in entry["exc_info"]
    assert "about" not in entry
    assert "hunter2222" not in written[0]


def test_the_pulses_of_the_workers_are_not_logged(lines):
    written = lines(TextFormatter(TEXT))
    logger.info("Processed '%s' (pulse)", "backoffice.worker.pulse.beat")
    logger.info("Processed '%s' (x)", "shops.jobs.sync_slice")
    assert written == ["INFO tests.logs Processed 'shops.jobs.sync_slice' (x)"]
