"""`manage.py worker`: runs the jobs. See backoffice.worker for how it stays alive."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from backoffice.models import Heartbeat
from backoffice.worker.supervisor import Supervisor, worker_command
from shops.schedule import ensure_tick


class Command(BaseCommand):
    help = (
        "Runs the jobs of one queue until SIGTERM or Ctrl-C, which let the running slices finish. Start one for each "
        "queue (kontor, quick), on as many hosts as you like."
    )
    # The child runs the checks anew at every start; here they would only delay it.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--cluster",
            default=settings.Q_CLUSTER["name"],
            help="The queue to work on: kontor (the default) or quick (what a person waits for).",
        )
        parser.add_argument(
            "--once",
            action="store_true",
            help="Run one cluster without supervision (used by the supervisor).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not hasattr(os, "fork"):
            raise CommandError(
                "The worker needs fork(): run it on Linux or macOS, in WSL, or in a container."
            )
        cluster = options["cluster"]
        if options["once"]:
            if os.environ.get("Q_CLUSTER_NAME", settings.Q_CLUSTER["name"]) != cluster:
                raise CommandError(
                    f"--once needs Q_CLUSTER_NAME={cluster} in its environment, as django-q2 reads it."
                )
            from backoffice.worker.cluster import run_cluster  # late: it loads django-q2's cluster

            sys.exit(run_cluster())
        known = [settings.Q_CLUSTER["name"], *settings.Q_CLUSTER.get("ALT_CLUSTERS", {})]
        if cluster not in known:
            raise CommandError(f"There is no cluster {cluster!r}; there are {', '.join(known)}.")
        try:
            ensure_tick()  # WORKER_CLUSTERS may have changed since the last migrate
        except DatabaseError as error:
            self.stderr.write(f"The tick could not be set up: {error}")
        supervisor = Supervisor(
            cluster,
            worker_command(settings.BASE_DIR / "manage.py", cluster),
            env={**os.environ, "Q_CLUSTER_NAME": cluster},
            grace_s=settings.WORKER_GRACE_S,
            settled_s=settings.WORKER_SETTLED_S,
        )
        code = supervisor.run()
        try:
            Heartbeat.objects.filter(host=socket.gethostname(), pid=os.getpid()).delete()
        except DatabaseError as error:
            self.stderr.write(f"The heartbeat could not be removed: {error}")
        sys.exit(code)
