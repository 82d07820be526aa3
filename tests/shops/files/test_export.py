"""Writing a run's files: complete or not at all, once, whatever cuts the slice."""

import csv
import hashlib
import io
import os
import tempfile
from datetime import timedelta
from itertools import count

import openpyxl
import pytest
from django.core.cache import cache
from django.core.files.storage import storages
from django.utils import timezone
from lxml import etree

from shops.files import building, export, rows
from shops.files.export import delete_expired_exports, export_slice
from shops.models import ExportFile, Run, RunMessage, Step
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(tmp_path, settings):
    """Media and temporary files of this test alone."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "temp")
    os.mkdir(settings.FILE_UPLOAD_TEMP_DIR)
    cache.clear()
    return tmp_path


@pytest.fixture
def shop():
    make.make_company()
    make.make_unit()
    for number in range(5):
        make.make_article(f"A{number}")
    return make.make_shop()


def stored_files(places):
    return sorted(path.name for path in (places / "media").rglob("*") if path.is_file())


def left_over(places):
    return [path.name for path in (places / "temp").iterdir()]


class StopAt:
    """A should_stop that says yes at its n-th call, and then for ever."""

    def __init__(self, call):
        self.call = call
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return self.calls >= self.call


def never():
    return False


@pytest.mark.requirement("E5", "E6")
def test_export_all_to_all_formats(shop, places):
    run = make.make_run(shop, "export_all", mode="file", options={"formats": ["xml", "csv", "xlsx"]})
    stamp = timezone.localtime(run.created_at).strftime("%Y%m%d-%H%M")

    assert export_slice(run, never) is True

    files = {file.name: file for file in run.files.all()}
    assert sorted(files) == [
        f"lipa-export_all-{stamp}-articles.csv",
        f"lipa-export_all-{stamp}-catalogue.xlsx",
        f"lipa-export_all-{stamp}-catalogue.xml",
        f"lipa-export_all-{stamp}-categories.csv",
        f"lipa-export_all-{stamp}-producers.csv",
        f"lipa-export_all-{stamp}-units.csv",
        f"lipa-export_all-{stamp}-vat_rates.csv",
    ]
    assert {name.split("-")[-1]: file.rows for name, file in files.items()} == {
        "articles.csv": 5,
        "catalogue.xlsx": 6,
        "catalogue.xml": 6,
        "categories.csv": 0,
        "producers.csv": 0,
        "units.csv": 1,
        "vat_rates.csv": 0,
    }
    for file in files.values():
        content = file.file.open().read()
        assert (file.size, file.checksum) == (len(content), hashlib.sha256(content).hexdigest())
        assert abs(file.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    skus = [f"A{number}" for number in range(5)]
    articles = files[f"lipa-export_all-{stamp}-articles.csv"].file.open().read().decode("utf-8-sig")
    assert [row["sku"] for row in csv.DictReader(io.StringIO(articles, newline=""), delimiter=";")] == skus
    book = openpyxl.load_workbook(files[f"lipa-export_all-{stamp}-catalogue.xlsx"].file.open())
    assert book.sheetnames == ["Units", "Categories", "Producers", "VAT rates", "Articles"]
    assert [row[0] for row in book["Articles"].iter_rows(min_row=2, values_only=True)] == skus
    tree = etree.parse(files[f"lipa-export_all-{stamp}-catalogue.xml"].file.open())
    assert tree.xpath("//k:sku/text()", namespaces={"k": "urn:kontor:export:1"}) == skus
    assert left_over(places) == []


@pytest.mark.requirement("E6")
def test_progress_stands_in_the_steps(shop):
    run = make.make_run(shop, "export_all", mode="file", options={"formats": ["csv", "xml"]})
    export_slice(run, never)
    steps = list(run.steps.values_list("kind", "position", "state", "phase", "total", "done", "read"))
    assert steps == [
        ("unit", 1, "done", "finished", 2, 2, 1),
        ("category", 2, "done", "finished", 0, 0, 0),
        ("producer", 3, "done", "finished", 0, 0, 0),
        ("vat_rate", 4, "done", "finished", 0, 0, 0),
        ("article", 5, "done", "finished", 10, 10, 5),
    ]
    assert all(step.started_at <= step.finished_at for step in run.steps.all())


def test_progress_is_seen_while_a_file_is_written(shop, monkeypatch):
    monkeypatch.setattr(rows.Section.chunks, "__defaults__", (2,))
    run = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv"]})
    seen = []

    def look():
        seen.append(list(Step.objects.filter(run=run).values_list("state", "done", "total")))
        return False

    export_slice(run, look)
    assert seen[:3] == [[("running", 0, 5)], [("running", 0, 5)], [("running", 2, 5)]]
    assert Step.objects.get(run=run).done == 5


class LeaseLost(Exception):
    pass


@pytest.mark.parametrize("call", range(1, 9))
def test_a_file_cut_anywhere_is_begun_anew_and_never_seen_half(shop, places, call, monkeypatch):
    monkeypatch.setattr(rows.Section.chunks, "__defaults__", (2,))
    run = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv", "xlsx"]})
    calls = count(1)

    def lose_lease():
        if next(calls) == call:
            raise LeaseLost
        return False

    with pytest.raises(LeaseLost):
        export_slice(run, lose_lease)
    assert [file.rows for file in run.files.all()] == [5] * (call > 5)
    assert len(stored_files(places)) == run.files.count()
    assert left_over(places) == []

    assert export_slice(run, never) is True

    assert sorted(run.files.values_list("format", "rows")) == [("csv", 5), ("xlsx", 5)]
    assert len(stored_files(places)) == 2
    assert Step.objects.get(run=run).done == 10


@pytest.mark.requirement("E5")
def test_a_file_that_takes_longer_than_a_slice_still_ends(shop, monkeypatch):
    monkeypatch.setattr(rows.Section.chunks, "__defaults__", (2,))
    run = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv", "xlsx"]})
    no_time, time_for_one_look = StopAt(1), StopAt(2)
    assert export_slice(run, no_time) is False
    assert run.files.count() == 0
    # Time is up in the middle of the first file: it comes to its end, the next one waits for the next slice.
    assert export_slice(run, time_for_one_look) is False
    assert [file.format for file in run.files.all()] == ["csv"]
    assert Step.objects.get(run=run).done == 5
    assert export_slice(run, StopAt(2)) is True
    assert sorted(file.format for file in run.files.all()) == ["csv", "xlsx"]


@pytest.mark.requirement("E6")
def test_a_person_can_stop_a_file_in_the_middle(shop, places, monkeypatch):
    monkeypatch.setattr(rows.Section.chunks, "__defaults__", (2,))
    run = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv"]})
    calls = count(1)

    def ask():
        if next(calls) == 3:
            Run.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now())
            return True
        return False

    assert export_slice(run, ask) is False
    assert next(calls) == 4
    assert run.files.count() == 0
    assert (stored_files(places), left_over(places)) == ([], [])


@pytest.mark.requirement("E6")
def test_a_slice_that_comes_twice_writes_nothing_new(shop, places):
    run = make.make_run(shop, "export_stock", mode="file")
    assert export_slice(run, never) is True
    before = list(run.files.values()), stored_files(places)
    assert export_slice(run, never) is True
    assert (list(run.files.values()), stored_files(places)) == before
    assert [file.format for file in run.files.all()] == ["xlsx"]


def test_of_two_workers_with_the_same_file_one_wins(shop, places, monkeypatch):
    """Ours has lost its lease without knowing: the rival's file appears between our last look and our row."""
    run = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv"]})
    store = building.size_and_checksum

    def rival(content):
        (planned,) = export.planned_files(run)
        ExportFile.objects.create(
            run=run, name=planned.name, format="csv", file="theirs", expires_at=timezone.now()
        )
        return store(content)

    monkeypatch.setattr(building, "size_and_checksum", rival)
    assert export_slice(run, never) is True
    assert [file.file.name for file in run.files.all()] == ["theirs"]
    assert stored_files(places) == []


class Killed(BaseException):
    pass


def age(path, days=2):
    then = timezone.now().timestamp() - days * 86_400
    os.utime(path, (then, then))


def test_killed_between_storing_and_recording(shop, places, monkeypatch):
    """The file is written again; the one that nobody knows of goes with the daily sweep, no other."""
    run = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv"]})
    storage = storages["default"]
    save = type(storage).save

    def save_and_die(self, *args, **kwargs):
        save(self, *args, **kwargs)
        raise Killed

    monkeypatch.setattr(type(storage), "save", save_and_die)
    with pytest.raises(Killed):
        export_slice(run, never)
    monkeypatch.undo()
    (lost,) = (places / "media").rglob("*.csv")
    assert run.files.count() == 0

    assert export_slice(run, never) is True
    known = places / "media" / run.files.get().file.name
    assert delete_expired_exports() == 0  # both are young: a slice may be about to record it
    assert lost.exists()
    assert known.exists()

    cache.clear()
    age(lost)
    age(known)
    assert delete_expired_exports() == 1
    assert not lost.exists()
    assert known.exists()


def test_the_files_of_a_deleted_shop_go_with_the_daily_sweep(shop, places):
    export_slice(make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv"]}), never)
    (stored,) = (places / "media").rglob("*.csv")
    age(stored)
    shop.delete()
    assert delete_expired_exports() == 1
    assert stored_files(places) == []


def test_stored_paths_cannot_be_guessed(shop):
    run = make.make_run(shop, "export_stock", mode="file")
    export_slice(run, never)
    (file,) = run.files.all()
    token, _dash, rest = file.file.name.rpartition("/")[2].partition("-")
    assert (len(token), rest) == (24, file.name)


def test_unknown_jobs_and_formats_are_refused(shop):
    with pytest.raises(ValueError, match="pdf"):
        export_slice(make.make_run(shop, "export_all", options={"formats": ["pdf"]}), never)
    with pytest.raises(ValueError, match="sync"):
        export_slice(make.make_run(shop, "sync"), never)
    assert Step.objects.count() == 0


def test_a_text_that_excel_cannot_hold_is_remarked(shop):
    make.make_article("LONG", description="x" * 40_000)
    run = make.make_run(shop, "export_all", mode="file", options={"formats": ["xlsx", "csv"]})
    export_slice(run, never)
    (message,) = RunMessage.objects.filter(run=run)
    assert message.level == "warning"
    assert message.text.startswith("1 text in lipa-export_all-")
    assert "x" * 40_000 in run.files.get(name__endswith="articles.csv").file.open().read().decode()


def test_ten_megabytes_of_text_pass(shop):
    make.make_article("HUGE", description="ž" * 5_000_000)
    run = make.make_run(shop, "export_all", mode="file", options={"formats": ["xml", "csv", "xlsx"]})
    assert export_slice(run, never) is True
    assert run.files.get(format="xml").size > 10_000_000


@pytest.mark.requirement("E5")
def test_expired_files_go_and_their_rows_stay(shop, places):
    old = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv"]})
    export_slice(old, never)
    ExportFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    new = make.make_run(shop, "export_stock", mode="file", options={"formats": ["csv"]})
    export_slice(new, never)

    assert delete_expired_exports() == 1
    assert delete_expired_exports() == 0

    assert old.files.get().file.name == ""
    assert old.files.get().rows == 5
    assert new.files.get().file.open().read()
    assert len(stored_files(places)) == 1


def test_retention_is_a_setting(shop, settings):
    settings.EXPORT_RETENTION_DAYS = 2
    run = make.make_run(shop, "export_stock", mode="file")
    export_slice(run, never)
    assert abs(run.files.get().expires_at - timezone.now() - timedelta(days=2)) < timedelta(minutes=1)


def test_leftovers_of_killed_slices_are_swept(settings):
    folder = settings.FILE_UPLOAD_TEMP_DIR
    old = tempfile.NamedTemporaryFile(prefix="kontor-export-", suffix=".part", dir=folder, delete=False)  # noqa: SIM115
    young = tempfile.NamedTemporaryFile(prefix="kontor-export-", suffix=".part", dir=folder, delete=False)  # noqa: SIM115
    age(old.name)
    delete_expired_exports()
    assert os.listdir(folder) == [os.path.basename(young.name)]
