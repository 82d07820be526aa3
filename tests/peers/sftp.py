"""A real SFTP server (asyncssh) on loopback, confined to one folder, that can break in the ways real ones do."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import asyncssh


class SftpPeer:
    """user "lipa", password "geheim", or `client_key`. commands counts what clients asked for.

    cut_after, cuts: break the connection after so many bytes of an upload, so often. without_posix_rename: an old server.
    """

    user, password = "lipa", "geheim"

    def __init__(
        self,
        home: Path,
        *,
        key: asyncssh.SSHKey | None = None,
        client_key: asyncssh.SSHKey | None = None,
        port: int = 0,
    ) -> None:
        self.home = home
        self.key = key or asyncssh.generate_private_key("ssh-ed25519")
        self.client_key = client_key
        self.commands: Counter[str] = Counter()
        self.cut_after = self.cuts = self.full_after = 0
        self.without_posix_rename = False
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="sftp-peer", daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def host_key(self) -> str:
        """What staff confirm: "ssh-ed25519 AAAA…"."""
        return " ".join(self.key.export_public_key().decode().split()[:2])

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        peer = self

        class Server(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (peer.user, peer.password)

            def public_key_auth_supported(self) -> bool:
                return peer.client_key is not None

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return peer.client_key is not None and key == peer.client_key.convert_to_public()

        server = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=Server,
            server_host_keys=[self.key],
            sftp_factory=lambda channel: _Files(channel, peer),
        )
        self.port = server.sockets[0].getsockname()[1]
        self._server = server

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: Any, peer: SftpPeer) -> None:
        self._peer = peer
        self._channel = channel
        self._written = 0
        super().__init__(channel, chroot=str(peer.home).encode())

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        self._peer.commands["OPEN"] += 1
        return super().open(path, pflags, attrs)

    def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        peer = self._peer
        if peer.full_after and self._written >= peer.full_after:
            raise asyncssh.SFTPFailure("No space left on device")
        done: int = super().write(file_obj, offset, data)
        self._written += done
        if peer.cuts and peer.cut_after and self._written >= peer.cut_after:
            peer.cuts -= 1
            file_obj.flush()
            self._channel.get_connection().abort()
        return done

    def scandir(self, path: bytes) -> Any:
        self._peer.commands["LIST"] += 1
        return super().scandir(path)

    def remove(self, path: bytes) -> Any:
        self._peer.commands["REMOVE"] += 1
        return super().remove(path)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._peer.commands["RENAME"] += 1
        if self._peer.without_posix_rename:
            raise asyncssh.SFTPOpUnsupported("unsupported")
        return super().posix_rename(oldpath, newpath)
