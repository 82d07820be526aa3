"""Files on other people's servers: a folder, FTP, FTPS and SFTP behind one small interface. Knows no models.

    with open_store(Target(kind="sftp", host="ftp.example", user="lipa", ...)) as store:
        store.write("export/stock.xml", file, size=1234)

A file appears under its name when it is complete. Broken connections are taken up again; what then still fails is one
of Kontor's errors (failures.py).
"""

from backoffice.lib.transfer.failures import BadPath, Missing, NoSpace, Untrusted
from backoffice.lib.transfer.opening import open_store
from backoffice.lib.transfer.store import PART, Entry, Paused, Store
from backoffice.lib.transfer.target import KINDS, Target

__all__ = [
    "KINDS",
    "PART",
    "BadPath",
    "Entry",
    "Missing",
    "NoSpace",
    "Paused",
    "Store",
    "Target",
    "Untrusted",
    "open_store",
]
