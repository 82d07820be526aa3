"""A shop without an interface of its own: files go out to its server, order files come back (file-ftp.md)."""

from shops.platforms.files.platform import Files

__all__ = ["Files"]
