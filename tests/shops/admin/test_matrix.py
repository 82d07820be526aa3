"""The page What to sync."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from shops.models import Rule
from shops.services import rules
from shops.services.rules import NOTHING, RuleValues
from tests.factories import make_shop
from tests.shops import fakes

pytestmark = pytest.mark.django_db


def url(shop):
    return reverse("admin:shops_shop_matrix", args=[shop.pk])


def values(shop, kind):
    return RuleValues.of(Rule.objects.get(shop=shop, kind=kind))


def tag(html: str, name: str, value: str = "on") -> str:
    """The one input of that name and value."""
    found = re.findall(rf'<input[^>]*name="{name}" value="{value}"[^>]*>', html)
    assert len(found) == 1, (name, found)
    return found[0]


@pytest.mark.requirement("D4", "M11")
def test_locked_cells_are_switched_off_and_described_by_their_visible_reason(admin, shop):
    html = admin.get(url(shop)).content.decode()
    export = tag(html, "vat_rate-export_there")
    assert "disabled" in export
    assert 'aria-describedby="why-vat_rate"' in export
    why = re.search(r'id="why-vat_rate">(.*?)</td>', html, re.S)[1]
    assert fakes.PANEL in why
    assert "disabled" not in tag(html, "article-export_there")


def test_radio_groups_are_named_by_their_row(admin, shop):
    Rule.objects.filter(shop=shop, kind="article").update(linked_count=1204)
    html = admin.get(url(shop)).content.decode()
    assert 'aria-label="Articles, 1,204 linked"' in html
    assert 'aria-label="Articles: export ? to Lipa PL"' in html


def test_before_the_first_read_numbers_are_unknown_and_reading_is_offered(admin, shop):
    html = admin.get(url(shop)).content.decode()
    assert "We do not know yet what Lipa PL has" in html
    assert reverse("admin:shops_shop_start", args=[shop.pk, "read", "web"]) in html
    Rule.objects.filter(shop=shop).update(
        linked_count=3, only_here_count=0, only_shop_count=0, counted_at=timezone.now()
    )
    assert "We do not know yet" not in admin.get(url(shop)).content.decode()


@pytest.mark.requirement("M3", "M4")
def test_saving_changes_the_rules_and_says_which(admin, shop):
    answer = admin.post(
        url(shop),
        {"article-linked": "shop", "article-export_there": "on", "stock-linked": "shop"},
        follow=True,
    )
    assert values(shop, "article") == RuleValues("shop", export_there=True)
    assert values(shop, "stock") == RuleValues("shop")
    assert values(shop, "producer") == NOTHING
    assert "Saved. 2 rows changed: Articles, Stock" in answer.content.decode()
    assert "Articles, Stock changed" in LogEntry.objects.get().get_change_message()


@pytest.mark.requirement("M4")
def test_import_with_delete_is_refused_at_the_cell_and_nothing_is_saved(admin, shop):
    Rule.objects.filter(shop=shop).update(only_shop_count=12, linked_count=0, only_here_count=0)
    answer = admin.post(
        url(shop),
        {"image-import_here": "on", "image-delete_there": "on", "stock-linked": "shop"},
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "This table cannot be saved yet: 1 row needs a decision" in html
    assert 'href="#row-image"' in html
    assert "The same 12 would come here and vanish there." in html
    row = html[html.index('id="row-image"') :]
    assert "sh-contradiction" in row[: row.index("</tr>")]
    assert "checked" in tag(html, "image-import_here")
    assert values(shop, "stock") == NOTHING


@pytest.mark.requirement("M6", "M11")
def test_a_forged_choice_of_a_locked_cell_is_refused_with_the_reason(admin, shop):
    answer = admin.post(url(shop), {"vat_rate-export_there": "on"})
    assert answer.status_code == 200
    assert f"VAT rates: {fakes.PANEL}" in answer.content.decode()
    assert values(shop, "vat_rate") == NOTHING


def test_deleting_for_the_first_time_asks_with_the_number(admin, shop):
    Rule.objects.filter(shop=shop, kind="article").update(only_shop_count=18)
    question = "Articles: 18 that exist only in Lipa PL are deleted there with the next sync."
    answer = admin.post(url(shop), {"article-delete_there": "on"})
    assert answer.status_code == 200
    assert question in answer.content.decode()
    assert values(shop, "article") == NOTHING
    admin.post(url(shop), {"article-delete_there": "on", "article-confirm_delete": "on"})
    assert values(shop, "article") == RuleValues(delete_there=True)
    admin.post(url(shop), {"article-delete_there": "on", "article-linked": "shop"})
    assert values(shop, "article") == RuleValues("shop", delete_there=True)


def test_a_preset_fills_the_table_and_saves_nothing(admin, shop):
    html = admin.get(url(shop), {"preset": "kontor_leads"}).content.decode()
    assert "checked" in tag(html, "article-linked", "shop")
    assert "checked" in tag(html, "article-export_there")
    assert 'sh-matrix-row sh-changed" id="row-article"' in html
    assert 'sh-matrix-row" id="row-payment_method"' in html
    assert not Rule.objects.filter(shop=shop).exclude(linked="nothing").exists()
    assert admin.get(url(shop), {"preset": "nonsense"}).status_code == 200


@pytest.mark.requirement("M5")
def test_a_fixed_row_is_one_tick_by_name(admin, shop):
    html = admin.get(url(shop)).content.decode()
    assert "Fetch all categories anew" in html
    assert "category-linked" not in html
    assert fakes.TREE in html
    admin.post(url(shop), {"category-fixed": "on"})
    assert values(shop, "category") == rules.FIXED
    admin.post(url(shop), {})
    assert values(shop, "category") == NOTHING


@pytest.mark.requirement("M7")
def test_limited_fields_name_the_choice_and_the_reason(admin, shop):
    html = admin.get(url(shop)).content.decode()
    row = html[html.index('id="row-image"') : html.index('id="row-stock"')]
    assert "Name and order" in row
    assert "Of linked images only the name and the order can be changed." in row


@pytest.mark.requirement("O8")
def test_what_is_linked_by_hand_shows_the_count_and_the_way(admin, shop):
    Rule.objects.filter(shop=shop, kind="payment_method").update(linked_count=6, only_shop_count=1)
    html = admin.get(url(shop)).content.decode()
    row = html[html.index('id="row-payment_method"') : html.index('id="row-shipping_method"')]
    assert "6 of 7 linked" in row
    assert reverse("admin:shops_shop_mappings_kind", args=[shop.pk, "payment_method"]) in row
    assert "payment_method-linked" not in row
    assert 'name="order_status-linked"' in html


@pytest.mark.requirement("P3")
def test_the_warning_is_confirmed_once_with_name_and_time(admin, shop):
    assert "I know that it overwrites" not in admin.get(url(shop)).content.decode()
    rules.apply_preset(shop, rules.KONTOR_LEADS)
    assert "I know that it overwrites" in admin.get(url(shop)).content.decode()
    confirm = reverse("admin:shops_shop_matrix_confirm", args=[shop.pk])
    assert admin.get(confirm).status_code == 405
    admin.post(confirm)
    shop.refresh_from_db()
    assert shop.overwrite_confirmed_by.username == "petra"
    assert shop.overwrite_confirmed_at is not None
    assert "I know that it overwrites" not in admin.get(url(shop)).content.decode()


def test_who_may_only_look_gets_everything_switched_off_and_cannot_save(staff, shop):
    client = staff("view_shop")
    html = client.get(url(shop)).content.decode()
    assert "You may look at this table, but not change it." in html
    assert "disabled" in tag(html, "article-export_there")
    assert client.post(url(shop), {"article-linked": "shop"}).status_code == 403
    assert values(shop, "article") == NOTHING


def test_who_may_not_see_shops_gets_nothing(staff, shop):
    assert staff("view_run").get(url(shop)).status_code == 403


def test_a_shop_that_is_gone_is_a_404(admin, shop):
    assert admin.get(reverse("admin:shops_shop_matrix", args=[999])).status_code == 404
    assert admin.get("/shops/shop/nonsense/what-to-sync/").status_code == 404


def test_all_other_methods_are_refused(admin, shop):
    assert admin.put(url(shop)).status_code == 405


def test_a_note_is_no_lock_and_stands_where_it_matters(admin, shop):
    woo = make_shop("woo", name="Lipa SI", platform="woocommerce")
    html = admin.get(url(woo)).content.decode()
    statuses = html[html.index('id="row-order_status"') : html.index('id="row-order"')]
    assert "It makes the shop send its e-mails" in statuses
    assert statuses.index(">info<") < statuses.index("It makes the shop send its e-mails")
    units = html[html.index('id="row-unit"') : html.index('id="row-category"')]
    assert "WooCommerce has no units of measure." in units
    assert "Nothing changes" in units


def test_what_the_last_run_did_is_said_in_the_readers_language(admin, shop):
    done = {"read": 3, "linked": 0, "here": 0, "shop": 2, "held": 0, "failed": 0}
    Rule.objects.filter(shop=shop, kind="article").update(
        last_state="done", last_counts=done, last_at=timezone.now()
    )
    Rule.objects.filter(shop=shop, kind="category").update(
        last_state="failed", last_text="The shop is closed.", last_at=timezone.now()
    )
    html = admin.get(url(shop)).content.decode()
    assert "3 read, 2 changed in the shop" in html
    assert "The shop is closed." in html
    admin.cookies["django_language"] = "cs"
    assert "2 changed in the shop" not in admin.get(url(shop)).content.decode()
