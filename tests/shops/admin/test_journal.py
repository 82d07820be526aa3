"""“Who changed what”: settings, matrix and approvals are in it with the person, and nobody can change or delete a line."""

from __future__ import annotations

import pytest
import pytest_django
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.journal import NOTED
from backoffice.roles import ROLES
from shops.models import Hold, Rule, Run, ShopSchedule
from shops.services.plans import discard_hold
from shops.services.rules import RuleValues, ensure_rules, save_rules
from tests.factories import make_run, make_shop, make_warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss")


@pytest.fixture
def client(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    LogEntry.objects.all().delete()
    return client


def entries(model: type) -> list[LogEntry]:
    return list(LogEntry.objects.filter(content_type__model=model._meta.model_name))


def test_settings_saved_in_the_admin_name_the_person_and_both_values(client: Client, boss: User) -> None:
    warehouse = make_warehouse("LJ", name="Ljubljana")
    form = {"code": "LJ", "name": "Maribor", "active": "on"}
    page = reverse("admin:inventory_warehouse_change", args=[warehouse.pk])
    given = client.get(page).context_data["adminform"].form.initial
    answer = client.post(
        page, {**{name: value for name, value in given.items() if value not in (None, False)}, **form}
    )
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    entry = entries(type(warehouse))[0]
    assert entry.actor == boss
    assert entry.changes["name"] == ["Ljubljana", "Maribor"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "noted"),
    [
        (False, "6.6.6.6", "10.0.0.1"),
        (False, "unknown", "10.0.0.1"),
        (True, "6.6.6.6, 10.9.9.9", "10.9.9.9"),
        (True, "unknown", "10.0.0.1"),
    ],
)
def test_no_header_forges_the_address_or_stops_the_saving(
    client: Client, settings: pytest_django.Settings, trusted: bool, forwarded: str, noted: str
) -> None:
    settings.TRUST_PROXY = trusted
    answer = client.post(
        reverse("admin:auth_group_add"),
        {"name": "Temps"},
        REMOTE_ADDR="10.0.0.1",
        headers={
            "X-Forwarded-For": forwarded,
            "X-Forwarded-Port": "9" * 20,
            "X-Correlation-Id": "forged" * 100,
        },
    )
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    (entry,) = entries(Group)
    assert (entry.remote_addr, entry.remote_port, entry.cid) == (noted, None, None)


def test_the_matrix_is_noted_without_what_the_workers_count() -> None:
    shop = make_shop()
    rule = ensure_rules(shop)["article"]
    LogEntry.objects.all().delete()
    save_rules(
        shop,
        {
            "article": RuleValues(
                linked=Rule.Linked.SHOP, import_here=False, export_there=True, delete_there=False
            )
        },
    )
    rule.refresh_from_db()
    rule.linked_count = 17
    rule.save()
    (entry,) = entries(Rule)
    assert entry.changes == {"linked": ["nothing", "shop"], "export_there": ["False", "True"]}


def test_decisions_are_noted_with_their_reason(boss: User) -> None:
    hold = Hold.objects.create(
        run=make_run(make_shop(), state=Run.State.DONE), kind="article", risk="delete", count=30, base=40
    )
    discard_hold(hold, by=boss, reason="Not today")
    (entry,) = entries(Hold)
    assert entry.actor == boss
    assert entry.changes == {"state": ["open", "discarded"], "reason": ["", "Not today"]}


def test_secrets_are_not_in_it() -> None:
    shop = make_shop(credentials={"consumer_key": "ck_hidden", "consumer_secret": "cs_hidden"})
    shop.credentials = {"consumer_key": "ck_other", "consumer_secret": "cs_other"}
    shop.name = "Renamed"
    shop.save()
    user = User.objects.create_user("ana", password="first-secret")
    user.set_password("second-secret")
    user.save()
    text = str(list(LogEntry.objects.values_list("changes", flat=True)))
    assert "Renamed" in text
    assert not any(word in text for word in ("ck_", "cs_", "md5$", "pbkdf2"))


def test_every_setting_of_a_shop_is_noted() -> None:
    assert {"shops.Shop", "shops.Rule", "shops.ShopSchedule", "auth.User", "auth.Group"} <= set(NOTED)
    schedule = ShopSchedule.objects.create(shop=make_shop(), job=Run.Job.EXPORT_STOCK, every_min=5)
    schedule.active = False
    schedule.save()
    assert entries(ShopSchedule)[0].changes == {"active": ["True", "False"]}


@pytest.mark.parametrize("role", ["superuser", *(role.name for role in ROLES)])
def test_nobody_changes_or_deletes_a_line(role: str) -> None:
    user = User.objects.create_user("somebody", is_staff=True, is_superuser=role == "superuser")
    if role != "superuser":
        user.groups.add(Group.objects.get(name=role))
    make_warehouse("LJ")
    entry = entries(type(make_warehouse("MB")))[0]
    before = (LogEntry.objects.count(), entry.object_repr)
    client = Client()
    client.force_login(user)
    asked = {
        "_selected_action": [str(entry.pk)],
        "action": "delete_selected",
        "post": "yes",
        "select_across": "1",
    }
    for name, arguments, data in (
        ("change", [entry.pk], {"object_repr": "forged"}),
        ("delete", [entry.pk], {"post": "yes"}),
        ("add", [], {"object_repr": "forged"}),
        ("changelist", [], asked),
    ):
        answer = client.post(reverse(f"admin:auditlog_logentry_{name}", args=arguments), data)
        assert answer.status_code in ((200, 302, 403) if name == "changelist" else (302, 403)), name
    entry.refresh_from_db()
    assert (LogEntry.objects.filter(pk__lte=entry.pk).count(), entry.object_repr) == before
    sees = client.get(reverse("admin:auditlog_logentry_changelist")).status_code
    assert sees == (200 if role in ("superuser", "Administrator") else 403)


def test_nobody_is_deleted_so_each_line_keeps_its_person(client: Client, boss: User) -> None:
    petra = User.objects.create_user("petra", is_staff=True)
    assert client.get(reverse("admin:auth_user_delete", args=[petra.pk])).status_code == 403
    assert client.post(reverse("admin:auth_user_delete", args=[petra.pk]), {"post": "yes"}).status_code == 403
    users = reverse("admin:auth_user_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [petra.pk], "post": "yes"}
    client.post(users, chosen)
    assert User.objects.filter(username="petra").exists()
    assert "delete_selected" not in client.get(users).content.decode()


def password_lines(user: User) -> list[tuple[object, object]]:
    lines = LogEntry.objects.get_for_object(user)
    return [(line.actor, line.changes["password"]) for line in lines if "password" in (line.changes or {})]


def test_setting_a_password_is_noted_without_the_password(client: Client, boss: User) -> None:
    petra = User.objects.create_user("petra", password="first-secret-1", is_staff=True)
    page = reverse("admin:auth_user_password_change", args=[petra.pk])
    new = {"password1": "lime-tree-avenue-7", "password2": "lime-tree-avenue-7", "usable_password": "true"}
    assert client.post(page, new).status_code == 302
    assert password_lines(petra) == [(boss, ["", "set anew"])]
    client.post(page, {"usable_password": "false", "unset-password": "1"})
    assert password_lines(petra)[0] == (boss, ["", "none"])


def test_a_hash_made_stronger_at_the_login_is_no_new_password(settings: pytest_django.Settings) -> None:
    petra = User.objects.create_user("petra", password="first-secret-1")
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert petra.check_password("first-secret-1")
    petra.refresh_from_db()
    assert petra.password.startswith("scrypt$")
    assert password_lines(petra) == []


def test_turning_off_somebodys_second_factor_is_noted(client: Client, boss: User) -> None:
    petra, ana = User.objects.create_user("petra"), User.objects.create_user("ana")
    TOTPDevice.objects.create(user=petra, name="app", confirmed=True)
    LogEntry.objects.all().delete()
    client.post(
        reverse("admin:auth_user_changelist"),
        {"action": "remove_second_factor", "_selected_action": [petra.pk, ana.pk]},
    )
    (entry,) = entries(User)
    assert (entry.actor, entry.object_repr) == (boss, "petra")
    assert entry.changes == {"second factor": ["on", "off"]}
