"""The lists of other packages in the look of ours: users and roles, jobs, log-ins, who changed what."""

from __future__ import annotations

import auditlog.admin  # noqa: F401
import axes.admin  # noqa: F401 (registers its models, which we register again below)
import django_q.admin  # noqa: F401
from auditlog.models import LogEntry
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm


def _again(model: type[Model]) -> None:
    """Register a model under its package's own admin, with unfold's templates."""
    if (registered := admin.site._registry.get(model)) is None:  # OrmQ exists only with the ORM broker
        return
    admin.site.unregister(model)
    admin.site.register(model, type(f"{model.__name__}Admin", (type(registered), ModelAdmin), {}))


for _model in (Schedule, Success, Failure, OrmQ, AccessAttempt, AccessFailureLog, AccessLog, LogEntry):
    _again(_model)

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class KontorUserAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class KontorGroupAdmin(GroupAdmin, ModelAdmin):
    pass
