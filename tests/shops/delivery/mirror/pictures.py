"""Pictures to be mirrored, and what lies on the server."""

from __future__ import annotations

import io

from PIL import Image


def picture(colour=0, size=(30, 20), kind="JPEG"):
    target = io.BytesIO()
    Image.new("RGB", size, (colour % 256, colour // 256 % 256, 77)).save(target, kind)
    return target.getvalue()


def lying(ftp, folder):
    place = ftp.home / folder
    return {path.name: path.read_bytes() for path in place.iterdir()} if place.exists() else {}


def mirror(run_job):
    run = run_job("sync_attachments")
    assert run.state in ("done", "partly"), run.message
    return run


def work_of(ftp):
    return {name: ftp.commands[name] for name in ("STOR", "RETR", "DELE", "RNTO") if ftp.commands[name]}


def hide(articles):
    for article in articles:
        article.active = False
        article.save()
