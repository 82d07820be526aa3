"""The lists of other packages in the look of ours: users and roles, jobs, log-ins, who changed what."""

from __future__ import annotations

from typing import Any

import auditlog.admin  # noqa: F401
import axes.admin  # noqa: F401 (registers its models, which we register again below)
import django_otp.plugins.otp_static.admin
import django_otp.plugins.otp_totp.admin  # noqa: F401 (so that it is there to be taken out)
import django_q.admin  # noqa: F401
from auditlog.models import LogEntry
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from backoffice.roles import ROLES
from backoffice.second_factor import remove_second_factor
from backoffice.tables import delete_selected


def _again(model: type[Model]) -> None:
    """Register a model under its package's own admin, with unfold's templates."""
    if (registered := admin.site._registry.get(model)) is None:  # OrmQ exists only with the ORM broker
        return
    admin.site.unregister(model)
    admin.site.register(model, type(f"{model.__name__}Admin", (type(registered), ModelAdmin), {}))


for _model in (Schedule, Success, Failure, OrmQ, AccessAttempt, AccessFailureLog, AccessLog, LogEntry):
    _again(_model)

# Their own pages would show the keys of everybody's phone.
for _model in (TOTPDevice, StaticDevice):
    admin.site.unregister(_model)

admin.site.add_action(delete_selected, "delete_selected")

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class KontorUserAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = [
        "username",
        "first_name",
        "last_name",
        "roles",
        "is_active",
        "second_factor",
        "last_login",
    ]
    list_filter = ["is_active", "groups"]
    actions = ["remove_second_factor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        device = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return super().get_queryset(request).prefetch_related("groups").annotate(has_device=Exists(device))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: what somebody did would be nobody's any more in the journal and the histories. “Active” is for that."""
        return False

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        names = {role.name: str(role.label) for role in ROLES}
        own = [names.get(group.name, group.name) for group in user.groups.all()]
        return ", ".join([_("superuser"), *own] if user.is_superuser else own) or "–"

    @admin.display(description=gettext_lazy("second factor"), ordering="has_device")
    def second_factor(self, user: Any) -> str:
        return _("on") if user.has_device else "–"

    @admin.action(description=gettext_lazy("Turn off the second factor (phone lost)"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            remove_second_factor(user)
            self.log_change(request, user, _("The second factor was turned off."))
        number = len(users)
        messages.success(
            request,
            ngettext("Turned off for %(n)d user.", "Turned off for %(n)d users.", number) % {"n": number},
        )


@admin.register(Group)
class KontorGroupAdmin(GroupAdmin, ModelAdmin):
    """The roles that come with Kontor cannot be changed here: their permissions are set anew after each update."""

    list_display = ["role", "what", "members"]
    ordering = ["name"]
    _ours = {role.name: role for role in ROLES}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(members_count=Count("user"))

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.name not in self._ours)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in self._ours)

    @admin.display(description=gettext_lazy("role"), ordering="name")
    def role(self, group: Group) -> str:
        return str(self._ours[group.name].label) if group.name in self._ours else group.name

    @admin.display(description=gettext_lazy("what for"))
    def what(self, group: Group) -> str:
        return str(self._ours[group.name].what) if group.name in self._ours else _("Made by this firm.")

    @admin.display(description=gettext_lazy("users"), ordering="members_count")
    def members(self, group: Any) -> int:
        return group.members_count
