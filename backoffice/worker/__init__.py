"""`manage.py worker`: a django-q2 cluster that cannot hang or die unseen (ECOSYSTEM §2.2).

supervisor.py  the parent: starts the cluster in a session of its own, and again whenever it ends
cluster.py     the child: django-q2's cluster, with a pulse in its guard
pulse.py       the probe that goes through pusher's queue, worker and monitor
"""
