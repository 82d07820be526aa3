"""Settings of workers on hosts of their own (test_hosts.py): a short lease, so that nobody waits for the real one."""

from tests.settings import *  # noqa: F403

SYNC_LEASE_S = 6.0
SYNC_RETRY_AFTER_S = (1, 2, 4, 8, 8)
Q_CLUSTER.update({"poll": 0.1, "guard_cycle": 0.2})  # noqa: F405
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
