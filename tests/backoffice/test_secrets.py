import json

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.forms import modelform_factory

from backoffice.lib.errors import BadCredentials
from backoffice.lib.secrets import Secrets, Unreadable, redact
from shops.models import Shop

LOGIN = {"consumer_key": "ck_1", "consumer_secret": "cs_žluť", "port": 443}
OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def shop(db, settings):
    settings.CREDENTIAL_KEYS = [OLD]
    return Shop.objects.create(
        name="Lipa", code="lipa", platform="woocommerce", address="https://lipa.example", credentials=LOGIN
    )


def stored(shop):
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM shops_shop WHERE id = %s", [shop.pk])
        return cursor.fetchone()[0]


def test_credentials_come_back_as_they_were_and_are_encrypted_in_the_database(shop):
    assert Shop.objects.get().credentials == LOGIN
    assert Shop.objects.values_list("credentials", flat=True).get() == LOGIN
    assert "cs_" not in stored(shop)
    assert stored(shop).startswith("gAAAA")


def test_they_print_their_keys_and_never_their_values(shop):
    credentials = Shop.objects.get().credentials
    for text in (repr(credentials), str(credentials), f"{credentials}"):
        assert text == "Secrets(consumer_key=•••, consumer_secret=•••, port=•••)"


def test_dumpdata_carries_nothing_and_loads_again(shop):
    dump = serializers.serialize("json", [shop])
    assert json.loads(dump)[0]["fields"]["credentials"] == "{}"
    assert "cs_" not in dump
    [loaded] = serializers.deserialize("json", dump)
    assert loaded.object.credentials == {}


def test_no_form_shows_them_and_no_query_searches_them(shop):
    assert "credentials" not in modelform_factory(Shop, fields="__all__").base_fields
    for lookup in ("credentials", "credentials__contains", "credentials__consumer_key"):
        with pytest.raises(FieldError):
            list(Shop.objects.filter(**{lookup: "x"}))
    assert Shop.objects.filter(credentials__isnull=False).count() == 1


def test_a_new_key_reads_what_the_old_one_wrote_and_rotation_makes_the_old_one_needless(
    shop, settings, capsys
):
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert Shop.objects.get().credentials == LOGIN
    call_command("rotate_keys")
    assert "1 row" in capsys.readouterr().out
    settings.CREDENTIAL_KEYS = [NEW]
    assert Shop.objects.get().credentials == LOGIN


def test_without_the_key_they_are_unreadable_and_saving_loses_nothing(shop, settings):
    before = stored(shop)
    settings.CREDENTIAL_KEYS = [FOREIGN]
    locked = Shop.objects.get()
    assert isinstance(locked.credentials, Unreadable)
    assert not locked.credentials
    for read in (
        lambda: locked.credentials["consumer_key"],
        lambda: dict(locked.credentials),
        lambda: locked.credentials.get("x"),
    ):
        with pytest.raises(BadCredentials, match="Enter the login again") as stopped:
            read()
        assert stopped.value.key == "credentials_unreadable"
    locked.name = "Lipa PL"
    locked.save()
    assert stored(shop) == before
    settings.CREDENTIAL_KEYS = [OLD]
    assert Shop.objects.get().credentials == LOGIN


def test_rotation_leaves_what_it_cannot_read_and_says_so(shop, settings, capsys):
    before = stored(shop)
    settings.CREDENTIAL_KEYS = [FOREIGN]
    with pytest.raises(SystemExit) as stopped:
        call_command("rotate_keys")
    assert stopped.value.code == 1
    assert f"shops.Shop {shop.pk}" in capsys.readouterr().err
    assert stored(shop) == before


def test_a_wrong_key_in_the_settings_says_how_to_make_one(shop, settings):
    settings.CREDENTIAL_KEYS = ["not-a-key"]
    with pytest.raises(ImproperlyConfigured, match=r"Fernet\.generate_key"):
        Shop.objects.get()


def test_something_other_than_a_dict_is_not_saved(shop):
    shop.credentials = "cs_secret"
    with pytest.raises(TypeError, match="credentials are a dict, not str"):
        shop.save()


SECRET = "s3cr3t/+ž key"


@pytest.mark.parametrize(
    "text",
    [
        f"password is {SECRET}.",
        "https://shop.example/?x=s3cr3t%2F%2B%C5%BE%20key",
        "x=s3cr3t%2F%2B%C5%BE+key&y=1",
        '{"x": "s3cr3t/+\\u017e key"}',
    ],
)
def test_a_known_secret_is_removed_in_every_form(text):
    redacted = redact(text, [SECRET])
    assert "s3cr3t" not in redacted
    assert "•••" in redacted


@pytest.mark.parametrize("user", ["a", "ab", "abc", "admin"])
def test_a_known_secret_is_removed_inside_basic_credentials(user):
    import base64

    encoded = base64.b64encode(f"{user}:correct horse battery".encode()).decode()
    redacted = redact(f"x {encoded} y", ["correct horse battery"])
    assert encoded[8:-4] not in redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("GET /?consumer_key=ck_1&page=2", "GET /?consumer_key=•••&page=2"),
        ("GET /?page=2&oauth_signature=aB%3D HTTP", "GET /?page=2&oauth_signature=••• HTTP"),
        ("/orders?key=wc_order_1", "/orders?key=•••"),
        ('{"access_token": "ab\\"cd", "id": 5}', '{"access_token": "•••", "id": 5}'),
        ('{"password": "cut off at the e', '{"password": "•••"'),
        ("{'Authorization': 'Bearer abcdefgh12'}", "{'Authorization': \"•••\"}"),
        ("Authorization: Basic YTpiY2RlZg==", "Authorization: Basic •••"),
        ("redis://:pw@host:6379/0", "redis://•••@host:6379/0"),
        ("Unauthorized: /calls/" + "aB3-_" * 8, "Unauthorized: /calls/•••"),
        ("GET /feeds/12/" + "aB3-_" * 8 + "/a.csv HTTP", "GET /feeds/12/•••/a.csv HTTP"),
        ("<ApiKey>abc</ApiKey>", "<ApiKey>•••</ApiKey>"),
        ("key ck_" + "0a" * 20 + " is unknown", "key ••• is unknown"),
    ],
)
def test_what_looks_like_a_secret_is_removed_unknown_as_it_is(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        '{"key": "_sku", "value": "MUG-1"}',
        "mail petra@lipa.example",
        "https://shop.example/?mail=a@b.example",
        "the key is SKU",
    ],
)
def test_plain_text_stays_as_it_is(text):
    assert redact(text, ["", "abc"]) == text


def test_secrets_is_a_plain_dict_for_the_code_that_uses_it():
    assert json.loads(json.dumps(Secrets(LOGIN))) == LOGIN
