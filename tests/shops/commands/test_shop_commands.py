"""shop_add, shop_check, shop_rules: what the buttons do, with exit codes."""

import json

import pytest

from shops.models import Rule, Shop
from shops.platforms.registry import platform_class
from shops.services.rules import KONTOR_LEADS, matching_preset
from shops.services.rules import RuleValues as Values
from tests.peers.woocommerce import ADMIN, READER

ADD = ("shop_add", "lipa", "--platform", "woocommerce", "--address", "https://lipa.example")
KEYS = ("--credential", "consumer_key=ck_1", "--credential", "consumer_secret=cs=1")


@pytest.mark.requirement("M1")
def test_a_shop_is_added(manage):
    ended = manage(*ADD, *KEYS, "--name", "Lipa SI", "--option", "batch_size=50", "--json")
    assert ended.code == 0
    shop = Shop.objects.get()
    assert ended.json == {
        "ok": True,
        "exit": 0,
        "shop": "lipa",
        "id": shop.pk,
        "name": "Lipa SI",
        "platform": "woocommerce",
        "address": "https://lipa.example",
    }
    assert dict(shop.credentials) == {"consumer_key": "ck_1", "consumer_secret": "cs=1"}
    assert shop.options["batch_size"] == "50"
    assert shop.credentials_saved_at is not None
    assert set(Rule.objects.values_list("linked", flat=True)) == {"nothing"}
    assert Rule.objects.filter(shop=shop, kind="article").exists()


def test_secrets_may_come_through_standard_input(manage):
    ended = manage(*ADD, "--credentials-stdin", stdin='{"consumer_key": "ck_2", "consumer_secret": "cs_2"}')
    assert ended.code == 0
    assert dict(Shop.objects.get().credentials) == {"consumer_key": "ck_2", "consumer_secret": "cs_2"}
    assert "cs_2" not in ended.out + ended.err
    assert ended.out.splitlines() == ["Added the shop lipa (lipa).", "Next: manage.py shop_check lipa"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--credential", "consumer_key=ck_1"), "“Consumer secret” is missing."),
        ((*KEYS, "--credential", "password=x"), "knows no --credential “password”"),
        ((*KEYS, "--option", "colour=red"), "knows no --option “colour”"),
        ((*KEYS, "--option", "sign_in=shouting"), "“shouting” is not possible for sign_in."),
        ((*KEYS, "--option", "requests_per_second=0"), "“0” is not possible for requests_per_second."),
        (("--credential", "consumer_key"), "consumer_key is not of the form name=value"),
    ],
)
def test_bad_arguments_end_with_3_and_add_nothing(manage, arguments, message):
    ended = manage(*ADD, *arguments)
    assert ended.code == 3
    assert message in ended.err
    assert Shop.objects.count() == 0


def test_broken_standard_input_is_not_repeated_in_the_message(manage):
    ended = manage(*ADD, "--credentials-stdin", stdin="cs_secret {")
    assert ended.code == 3
    assert "Standard input is not a JSON object" in ended.err
    assert "cs_secret" not in ended.out + ended.err


def test_unknown_platforms_and_arguments(manage):
    ended = manage("shop_add", "lipa", "--platform", "acme", "--address", "x")
    assert (ended.code, ended.out) == (3, "")
    assert "There is no platform “acme”. Platforms here: woocommerce" in ended.err
    ended = manage("shop_add", "lipa")
    assert ended.code == 3
    assert "--platform" in ended.err


def test_a_code_can_be_used_once(manage):
    assert manage(*ADD, *KEYS).code == 0
    ended = manage(*ADD, *KEYS, "--name", "Another", "--json")
    assert ended.code == 2
    assert "already exists" in ended.json["error"]
    assert Shop.objects.count() == 1


@pytest.mark.requirement("M1")
def test_good_settings_are_found_good(manage, shop):
    ended = manage("shop_check", "lipa", "--json")
    assert ended.code in (0, 1)
    states = {finding["state"] for finding in ended.json["findings"]}
    assert "problem" not in states
    assert ended.code == (1 if "remark" in states else 0)
    shop.refresh_from_db()
    assert shop.facts["currency"] == "EUR"
    assert len(shop.check_result) == len(ended.json["findings"])


@pytest.mark.requirement("M1")
def test_bad_settings_are_named_with_their_cure(manage, shop):
    shop.credentials = {"consumer_key": ADMIN.key, "consumer_secret": "cs_wrong"}
    shop.save()
    ended = manage("shop_check", "lipa")
    assert ended.code == 2
    assert "✗ " in ended.out
    assert "What to do: " in ended.out
    assert "cs_wrong" not in ended.out


def test_a_key_that_may_only_read_is_no_clean_result(manage, shop):
    shop.credentials = {"consumer_key": READER.key, "consumer_secret": READER.secret}
    shop.save()
    assert manage("shop_check", "lipa").code in (1, 2)


def test_an_unknown_shop_ends_with_3_and_the_codes_there_are(manage, shop):
    for name in ("shop_check", "shop_rules", "sync"):
        ended = manage(name, "lips")
        assert ended.code == 3
        assert "There is no shop with the code “lips”. Shops here: lipa." in ended.err


@pytest.mark.requirement("D4", "M3", "M4")
def test_a_preset_with_a_cell_changed(manage, shop):
    ended = manage("shop_rules", "lipa", "--preset", KONTOR_LEADS, "--json")
    assert ended.code == 0
    choices = {rule.kind: Values.of(rule) for rule in Rule.objects.all()}
    assert matching_preset(platform_class("woocommerce"), choices) == KONTOR_LEADS
    assert ended.json["needs_confirmation"] is True

    ended = manage(
        "shop_rules", "lipa", "--set", "article.linked=here", "--set", "article.export=off", "--json"
    )
    assert ended.json["changed"] == ["article"]
    assert ended.json["rules"]["article"] | {"locked": {}} == {
        "linked": "here",
        "import": False,
        "export": False,
        "delete": False,
        "locked": {},
    }
    rule = Rule.objects.get(kind="article")
    assert (rule.linked, rule.export_there) == ("here", False)


@pytest.mark.requirement("M6", "M11")
def test_a_locked_cell_is_refused_with_its_reason_and_nothing_is_saved(manage, shop):
    reason = str(platform_class("woocommerce").can("vat_rate").reason("create"))
    assert reason
    ended = manage("shop_rules", "lipa", "--set", "category.export=on", "--set", "vat_rate.export=on")
    assert ended.code == 2
    assert reason in ended.err
    assert not Rule.objects.filter(export_there=True).exists()


@pytest.mark.requirement("M4")
def test_import_with_delete_is_refused(manage, shop):
    ended = manage("shop_rules", "lipa", "--set", "article.import=on", "--set", "article.delete=on", "--json")
    assert ended.code == 2
    assert "Import and Delete contradict each other" in ended.json["error"]
    assert not Rule.objects.filter(import_here=True).exists()


@pytest.mark.parametrize("text", ["article", "article.linked=up", "article.export=1", "article.colour=on"])
def test_unclear_cells_end_with_3(manage, shop, text):
    ended = manage("shop_rules", "lipa", "--set", text)
    assert ended.code == 3
    assert "Write article.linked=nothing, here or shop" in ended.err


def test_unknown_types_and_presets_end_with_3(manage, shop):
    ended = manage("shop_rules", "lipa", "--set", "colour.linked=shop")
    assert (ended.code, "Types: " in ended.err) == (3, True)
    ended = manage("shop_rules", "lipa", "--preset", "chaos")
    assert (ended.code, "Presets: kontor_leads" in ended.err) == (3, True)


def test_the_matrix_is_shown(manage, shop):
    manage("shop_rules", "lipa", "--set", "article.linked=shop")
    ended = manage("shop_rules", "lipa")
    lines = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines() if line and line[0] != " "}
    assert lines["article"] == ["shop", "off", "off", "off"]
    assert lines["vat_rate"][2] == "-"
    assert lines["stock"][1:] == ["-", "-", "-"]


@pytest.mark.requirement("P3")
def test_overwriting_is_confirmed(manage, shop):
    manage("shop_rules", "lipa", "--set", "article.linked=shop")
    ended = manage("shop_rules", "lipa", "--confirm-overwrite", "--json")
    assert (ended.code, ended.json["needs_confirmation"]) == (0, False)
    shop.refresh_from_db()
    assert shop.overwrite_confirmed_at is not None


def test_json_is_one_line_for_errors_too(manage):
    ended = manage("shop_check", "lips", "--json")
    assert (ended.code, ended.err) == (3, "")
    assert json.loads(ended.out) == {
        "ok": False,
        "exit": 3,
        "error": "There is no shop with the code “lips”.",
        "cure": "Shops here: none yet.",
    }
