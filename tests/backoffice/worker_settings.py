"""Settings of the workers that tests start as processes: the same, in a hurry. The database comes by DATABASE_URL."""

from tests.settings import *  # noqa: F403

Q_CLUSTER.update({"timeout": 2, "retry": 60, "poll": 0.05, "guard_cycle": 0.1})  # noqa: F405
WORKER_PULSE_S = 0.3
WORKER_SLACK_S = 1.2
WORKER_GRACE_S = 8.0
WORKER_SETTLED_S = 0.5
