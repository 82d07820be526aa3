"""(g) Feeds beside a bare dump of the same rows, and the mirror of images beside the bare uploads of the same files."""

from __future__ import annotations

import contextlib
import csv
import ftplib
import hashlib
import io
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.ftp_server import PASSWORD, USER
from inventory.models import Article, ArticleImage, Price, PriceList, StockLevel
from shops.files.formats import FORMATS
from shops.models import Feed, Run, Shop
from shops.services.feeds import add_feed
from shops.services.rules import ensure_rules
from shops.services.runs import start_run, work_run

Work = Callable[[], dict[str, Any]]
_BATCH = 2000
_BYTES = 20_000


def exchange_files() -> dict[str, Any]:
    """The one shop has nothing but files from now on: below settings.EXCHANGE_ROOT. Each article has a picture's row."""
    shop = Shop.objects.get()
    shop.platform, shop.address = "files", "https://shop.example"
    shop.options = {
        "transfer": "folder",
        "product_url": "https://shop.example/p/{sku}",
        "deliveries": "PPL; 99; 139",
        "pohoda_ico": "12345678",
        "pohoda_store": "MAIN",
    }
    shop.overwrite_confirmed_at = timezone.now()
    shop.save()
    ensure_rules(shop)
    for start in range(0, Article.objects.count(), _BATCH):
        ids = list(Article.objects.order_by("pk").values_list("pk", flat=True)[start : start + _BATCH])
        ArticleImage.objects.bulk_create(
            [ArticleImage(article_id=pk, file=f"articles/{pk}.jpg", checksum=f"{pk:064}") for pk in ids]
        )
    return {}


def feed(key: str) -> Work:
    """A feed as its export's run makes it: rows, format, checksum, storage, and the file in its place."""
    shop = Shop.objects.get()
    Feed.objects.all().delete()
    made = add_feed(shop, key)

    def work() -> dict[str, Any]:
        run = work_run(start_run(shop, FORMATS[key].job, trigger=Run.Trigger.COMMAND).pk)
        made.refresh_from_db()
        if run.state != Run.State.DONE or not made.sent_at:
            raise RuntimeError(f"{key} ended as {run.state}: {run.message}")
        return {"rows": made.rows, "bytes": made.size}

    return work


def bare_dump() -> Work:
    """What a feed shows of each article, straight out of the database: its columns, both prices, its stock."""

    def quoted(*names: str) -> str:
        return ".".join(connection.ops.quote_name(name) for name in names)

    columns = [str(field.column) for field in Article._meta.concrete_fields]
    article, price, level = (model._meta.db_table for model in (Article, Price, StockLevel))
    lists = [PriceList.objects.get(name=name).pk for name in ("Retail", "Sale")]
    sql = f"""SELECT {", ".join(quoted("a", name) for name in columns)}, p0.amount, p1.amount,
        (SELECT SUM(s.on_hand) FROM {level} s WHERE s.article_id = a.id)
        FROM {article} a
        LEFT JOIN {price} p0 ON p0.article_id = a.id AND p0.price_list_id = %s
        LEFT JOIN {price} p1 ON p1.article_id = a.id AND p1.price_list_id = %s
        ORDER BY a.id"""  # noqa: S608  names of our own tables

    def work() -> dict[str, Any]:
        rows = 0
        descriptor, path = tempfile.mkstemp()
        with (
            os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target,
            transaction.atomic(),
            connection.chunked_cursor() as cursor,
        ):
            os.unlink(path)
            cursor.execute(sql, lists)
            writer = csv.writer(target)
            while batch := cursor.fetchmany(1000):
                writer.writerows(batch)
                rows += len(batch)
            return {"rows": rows, "bytes": target.tell()}

    return work


# The mirror


def pictures(count: str, port: str) -> dict[str, Any]:
    """So many articles with a picture of 20 kB each in the storage, and a server for them."""
    exchange_files()
    ArticleImage.objects.all().delete()
    shop = Shop.objects.get()
    shop.options |= {"transfer": "ftp", "transfer_host": f"127.0.0.1:{port}"}
    shop.credentials = {"transfer_user": USER, "transfer_password": PASSWORD}
    shop.save()
    ids = list(Article.objects.order_by("pk").values_list("pk", flat=True)[: int(count)])
    ArticleImage.objects.bulk_create([_picture(pk, pk) for pk in ids], batch_size=500)
    return {"files": len(ids)}


def change_pictures(count: str) -> dict[str, Any]:
    """Other pictures in the place of so many."""
    chosen = list(ArticleImage.objects.order_by("?")[: int(count)])
    for image in chosen:
        new = _picture(image.article_id, random.randrange(2**40, 2**41))
        ArticleImage.objects.filter(pk=image.pk).update(file=new.file, checksum=new.checksum)
    return {}


def _picture(article_id: int, seed: int) -> ArticleImage:
    content = random.Random(seed).randbytes(_BYTES)
    name = f"articles/{seed}.jpg"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return ArticleImage(article_id=article_id, file=name, checksum=hashlib.sha256(content).hexdigest())


def mirror() -> Work:
    shop = Shop.objects.get()

    def work() -> dict[str, Any]:
        run = work_run(start_run(shop, Run.Job.SYNC_ATTACHMENTS, trigger=Run.Trigger.COMMAND).pk)
        if run.state != Run.State.DONE:
            raise RuntimeError(f"the mirror ended as {run.state}: {run.message}")
        return {}

    return work


def bare_uploads(port: str, folder: str, count: str) -> Work:
    """One login with ftplib, one listing, and so many files stored one after the other; nothing is kept or compared."""
    images = list(ArticleImage.objects.order_by("pk").values_list("file", flat=True)[: int(count)])
    storage = ArticleImage._meta.get_field("file").storage

    def work() -> dict[str, Any]:
        with ftplib.FTP(timeout=60) as ftp:  # noqa: S321  on this machine
            ftp.connect("127.0.0.1", int(port))
            ftp.login(USER, PASSWORD)
            with contextlib.suppress(ftplib.error_perm):  # it is there
                ftp.mkd(folder)
            ftp.cwd(folder)
            listed = len(list(ftp.mlsd()))
            for name in images:
                with storage.open(name, "rb") as file:
                    ftp.storbinary(f"STOR {name.rpartition('/')[2]}", io.BytesIO(file.read()))
        return {"listed": listed}

    return work
