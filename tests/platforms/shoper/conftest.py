from tests.peers.shoper import shoper

__all__ = ["shoper"]
