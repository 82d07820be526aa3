"""`manage.py sync`: every job, preview, files, exit codes, Ctrl-C."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from inventory.models import StockLevel
from orders.models import Order
from shops.models import Change, RemoteElement, Rule, Run, Shop
from tests import factories as make

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _quick(settings, tmp_path):
    settings.SYNC_RETRY_AFTER_S = (0, 0)
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def leading(shop):
    """Kontor leads for articles, stock and prices, and the warning of P3 is confirmed."""
    for kind, values in {
        "article": {"linked": "shop", "export_there": True},
        "stock": {"linked": "shop"},
        "price": {"linked": "shop"},
    }.items():
        Rule.objects.filter(shop=shop, kind=kind).update(**values)
    Shop.objects.update(overwrite_confirmed_at=timezone.now())
    return shop


@pytest.mark.requirement("E3", "E6")
def test_a_sync_shows_its_progress_and_ends_with_0(manage, leading, woo):
    ended = manage("sync", "lipa")
    assert ended.code == 0, ended.out + ended.err
    run = Run.objects.get()
    assert (run.job, run.mode, run.trigger, run.state) == ("sync", "web", "command", "done")
    assert [product.sku for product in woo.state.products.values()] == ["MUG"]
    lines = ended.out.splitlines()
    assert lines[0] == f"Run {run.pk}: Synchronise, Shop lipa"
    assert any(line.startswith("Articles: Done") for line in lines)
    assert lines[-1] == "Done: Done without exceptions."


def test_quiet_says_the_result_only(manage, leading):
    ended = manage("sync", "lipa", "-v", "0")
    assert ended.code == 0
    assert not any(line.startswith("Articles: ") for line in ended.out.splitlines())


def test_json_holds_the_figures(manage, leading):
    ended = manage("sync", "lipa", "--json")
    result = ended.json
    assert (ended.code, result["ok"], result["state"]) == (0, True, "done")
    steps = {step["kind"]: step for step in result["steps"]}
    assert (steps["article"]["state"], steps["article"]["shop"], steps["article"]["failed"]) == ("done", 1, 0)
    assert result["requests"] == Run.objects.get().requests > 0


def test_a_preview_writes_nothing(manage, leading, woo):
    ended = manage("sync", "lipa", "--preview", "--json")
    assert ended.code == 0
    assert woo.writes == []
    assert len(woo.state.products) == 0
    (change,) = Change.objects.filter(kind="article")
    assert (change.verb, change.state, change.key) == ("create_shop", "planned", "MUG")
    assert ended.json["changes"] == Change.objects.count()


@pytest.mark.requirement("E3")
def test_stock_is_exported(manage, leading, woo):
    manage("sync", "lipa")
    (product,) = woo.state.products.values()
    assert product.stock_quantity == 7
    StockLevel.objects.update(on_hand=4)
    woo.reset_counts()
    ended = manage("sync", "lipa", "--job", "export_stock", "--json")
    assert ended.code == 0
    (product,) = woo.state.products.values()
    assert product.stock_quantity == 4
    assert len(woo.writes) == 1


def test_a_refused_article_ends_with_1(manage, leading, woo):
    make.make_article("BAD")  # has no VAT rate, and none is guessed
    ended = manage("sync", "lipa")
    assert ended.code == 1, ended.out
    assert Run.objects.get().state == "partly"
    assert "MUG" in {product.sku for product in woo.state.products.values()}


def test_wrong_credentials_end_with_2(manage, leading):
    Shop.objects.update(credentials={"consumer_key": "ck_x", "consumer_secret": "cs_wrong"})
    ended = manage("sync", "lipa", "--json")
    assert ended.code == 2
    assert ended.json["state"] == "failed"
    assert ended.json["cure"]
    assert "cs_wrong" not in ended.out


@pytest.mark.requirement("P3")
def test_an_unconfirmed_shop_is_refused_with_the_way_to_confirm(manage, leading, woo):
    Shop.objects.update(overwrite_confirmed_at=None)
    ended = manage("sync", "lipa")
    assert ended.code == 2
    assert "manage.py shop_rules lipa --confirm-overwrite" in ended.err
    assert Run.objects.count() == 0
    assert len(woo.requests) == 0
    assert manage("shop_rules", "lipa", "--confirm-overwrite").code == 0
    assert manage("sync", "lipa").code == 0


@pytest.mark.requirement("E5")
def test_exports_to_files_touch_no_shop_and_are_copied(manage, leading, woo, tmp_path):
    folder = tmp_path / "out" / "here"
    ended = manage(
        "sync", "lipa", "--job", "export_stock", "--to-file", "csv, xml", "--output", str(folder), "--json"
    )
    assert ended.code == 0, ended.out
    assert len(woo.requests) == 0
    run = Run.objects.get()
    assert (run.mode, run.lane, run.options) == ("file", "files", {"formats": ["csv", "xml"]})
    names = sorted(file.name for file in run.files.all())
    assert sorted(os.listdir(folder)) == names
    assert [file["rows"] for file in ended.json["files"]] == [1, 1]
    (path,) = folder.glob("*.csv")
    (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";")
    assert (row["sku"], row["quantity"], row["link"]) == ("MUG", "7", "none")
    assert {file["path"] for file in ended.json["files"]} == {str(folder / name) for name in names}


@pytest.mark.requirement("E5")
def test_all_formats_of_everything(manage, shop):
    ended = manage("sync", "lipa", "--job", "export_all", "--to-file", "xml,csv,xlsx", "--json")
    assert ended.code == 0
    assert len(ended.json["files"]) == 7
    assert RemoteElement.objects.count() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--to-file", "csv"), "The job sync cannot be written to a file."),
        (("--job", "export_all", "--to-file", "pdf"), "“pdf” is not a list of file formats."),
        (("--job", "export_all", "--to-file", ""), "“” is not a list of file formats."),
        (("--job", "export_all", "--to-file", "csv", "--preview"), "exclude each other"),
        (("--output", "x"), "--output needs --to-file."),
        (("--since", "2026-11-01"), "--since is for the job import_orders only."),
        (("--job", "import_orders", "--since", "yesterday"), "“yesterday” is not a time."),
        (("--job", "dance"), "invalid choice: 'dance'"),
    ],
)
def test_bad_arguments_end_with_3(manage, shop, arguments, message):
    ended = manage("sync", "lipa", *arguments)
    assert ended.code == 3
    assert message in ended.err
    assert Run.objects.count() == 0


def test_since_is_read_in_the_installations_time_zone(manage, leading):
    with timezone.override("Europe/Prague"):
        ended = manage(
            "sync", "lipa", "--job", "import_orders", "--since", "2026-11-01T08:30", "--no-wait", "--json"
        )
    assert ended.code == 0
    assert Run.objects.get().options == {"since": "2026-11-01T08:30:00+01:00"}
    assert Order.objects.count() == 0


def test_no_wait_leaves_the_work_to_the_workers(manage, leading, woo):
    ended = manage("sync", "lipa", "--no-wait", "--json")
    assert ended.code == 0
    run = Run.objects.get()
    assert (ended.json["run"], ended.json["state"], run.state) == (run.pk, "waiting", "waiting")
    assert len(woo.requests) == 0


@pytest.mark.requirement("E6")
def test_a_run_waits_behind_the_one_before_and_says_so(manage, leading):
    before = make.make_run(
        leading,
        "read",
        state="running",
        lease_holder="elsewhere",
        lease_until=timezone.now() + timedelta(minutes=5),
    )

    def end_it():
        time.sleep(2)
        Run.objects.filter(pk=before.pk).update(state="done", lease_until=None)
        connection.close()

    thread = threading.Thread(target=end_it)
    thread.start()
    ended = manage("sync", "lipa")
    thread.join()
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert f"Waits until run {before.pk} (Read the shop) of this shop has ended." in lines
    assert lines[-1] == "Done: Done without exceptions."


def test_ctrl_c_asks_the_run_to_stop(leading, woo, tmp_path):
    """A real process and a real signal; the shop is slow enough to be caught in the middle."""
    if connection.vendor != "sqlite":
        pytest.skip("the child process finds the test database by its file")
    for number in range(300):
        make.make_article(f"A{number:03}")
    woo.delays(1.0, times=None)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sync", "lipa", "--json"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 40
        while not Run.objects.filter(state="running", steps__state="running").exists():
            assert time.monotonic() < deadline, "the run did not begin"
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 2, (out, err)
    assert json.loads(out)["state"] == "cancelled"
    run = Run.objects.get()
    assert run.state == "cancelled"
    assert run.cancel_asked_at is not None
    assert run.lease_holder == ""
