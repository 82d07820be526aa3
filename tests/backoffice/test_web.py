"""What every page and file has: headers, locks, languages, and the lists of other packages."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from backoffice.theme import navigation

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    for path in (
        "articles/2026/11/mug.png",
        "thumbnails/1f/1f00.webp",
        "articles/evil.svg",
        "attachments/manual.pdf",
        "exports/prices.csv",
    ):
        default_storage.save(path, ContentFile(b"content of " + path.encode()))


@pytest.fixture
def staff(client):
    user = User.objects.create_user("petra", is_staff=True)
    client.force_login(user)
    return user


def test_pages_carry_the_headers_that_browsers_obey(client):
    response = client.get("/login/")
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "script-src 'self' 'unsafe-eval'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    ):
        assert part in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


def test_after_five_wrong_passwords_this_login_is_locked_for_this_address_only(client, settings):
    settings.AXES_ENABLED = True
    User.objects.create_user("petra", password="right-password", is_staff=True)

    def log_in(password, address="10.0.0.1"):
        form = {"username": "petra", "password": password}
        return client.post("/login/", form, REMOTE_ADDR=address)

    for _ in range(4):
        assert log_in("wrong").status_code == 200
    locked = log_in("wrong")
    assert locked.status_code == 429
    assert "This login is locked for 15 minutes." in locked.content.decode()
    assert log_in("right-password").status_code == 429
    assert log_in("right-password", address="10.0.0.2").status_code == 302


def test_after_the_login_comes_the_dashboard(client):
    User.objects.create_user("petra", password="right-password", is_staff=True)
    response = client.post("/login/", {"username": "petra", "password": "right-password"}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (False, "6.6.6.6", "10.0.0.1"),
        (True, "6.6.6.6, 10.9.9.9", "10.9.9.9"),
        (True, "", "10.0.0.1"),
        (True, "6.6.6.6, unknown", "10.0.0.1"),
        (True, "10.9.9.9:4711", "10.9.9.9"),
        (True, "[2001:db8::7]:4711", "2001:db8::7"),
        (True, "::ffff:10.9.9.9", "10.9.9.9"),
    ],
)
def test_a_forged_address_does_not_count(rf, settings, trusted, forwarded, address):
    from backoffice.clients import address as client_address

    settings.TRUST_PROXY = trusted
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(rf.get("/", REMOTE_ADDR="10.0.0.1", **headers)) == address


@pytest.mark.parametrize(
    ("path", "kind"),
    [("articles/2026/11/mug.png", "image/png"), ("thumbnails/1f/1f00.webp", "image/webp")],
)
def test_pictures_are_for_everybody_and_cannot_run(client, media, path, kind):
    response = client.get(f"/media/{path}")
    assert b"".join(response.streaming_content) == f"content of {path}".encode()
    assert response["Content-Type"] == kind
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    "path",
    [
        "articles/evil.svg",
        "exports/prices.csv",
        "articles/missing.png",
        "articles/",
        "articles/../../settings.png",
        "/etc/passwd",
    ],
)
def test_everything_else_is_not_found(client, media, path):
    assert client.get(f"/media/{path}").status_code == 404


def test_attachments_are_for_those_who_may_see_them(client, media, staff):
    assert client.get("/media/attachments/manual.pdf").status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_attachment"))
    response = client.get("/media/attachments/manual.pdf")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    client.logout()
    assert client.get("/media/attachments/manual.pdf").status_code == 403


def test_every_list_of_every_package_opens(admin_client):
    for model, model_admin in admin.site._registry.items():
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        if model_admin.get_model_perms(admin_client.get("/").wsgi_request)["view"]:
            response = admin_client.get(url, follow=True)
            assert response.status_code == 200, url


@pytest.mark.parametrize("page", ["/auth/user/add/", "/auth/group/add/", "/django_q/schedule/add/"])
def test_the_forms_of_other_packages_open(admin_client, page):
    assert admin_client.get(page).status_code == 200


def test_the_sidebar_shows_what_one_may_see(rf, staff, admin_user):
    request = rf.get("/")
    request.user = staff
    assert [group.get("title") for group in navigation(request)] == [None]
    request.user = admin_user
    groups = {
        str(group.get("title")): [str(item["title"]) for item in group["items"]]
        for group in navigation(request)
    }
    assert groups["None"][0] == "Dashboard"
    assert {"Users", "Roles", "Who changed what"} <= set(groups["Set-up"])
