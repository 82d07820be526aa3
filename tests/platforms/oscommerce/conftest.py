from tests.peers.oscommerce.fixtures import host, shape, shop

__all__ = ["host", "shape", "shop"]
