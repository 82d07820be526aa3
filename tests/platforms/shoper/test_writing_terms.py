"""Writing units, producers, customers and order statuses; doubtful answers."""

from __future__ import annotations

import pytest

from backoffice.lib.errors import Refused, Retriable, Unsupported
from shops.records import (
    AddressRecord,
    CustomerRecord,
    OrderStatusChange,
    ProducerRecord,
    StockRecord,
    UnitRecord,
)
from tests.platforms.driving import errors, records
from tests.platforms.shoper.connecting import add_products, category, connect
from tests.platforms.shoper.goods import new

# Doubtful answers


def test_a_create_that_was_done_without_an_answer_is_found_by_its_code(shoper):
    place = category(shoper)
    platform = connect(shoper)
    wanted = new(3, place)
    shoper.fault("half_bulk", method="POST", resource="products")
    with pytest.raises(Retriable):
        platform.create("article", wanted)
    assert [[one.sku for one in hits] for hits in platform.lookup("article", wanted)] == [["N-0"], [], []]


# Units, producers, customers, order statuses


def test_units_and_producers_from_making_to_deleting(shoper):
    platform = connect(shoper)
    [unit, other] = platform.create("unit", [UnitRecord(name="para"), UnitRecord(name="m")])
    assert errors(platform.update("unit", [UnitRecord(remote_id=unit.remote_id, name="komplet")])) == [""]
    assert "komplet" in [one.name for one in records(platform, "unit")]
    assert errors(platform.delete("unit", [UnitRecord(remote_id=other.remote_id)])) == [""]
    [maker] = platform.create("producer", [ProducerRecord(name="Lipa")])
    platform.update("producer", [ProducerRecord(remote_id=maker.remote_id, name="Lipa sp. z o.o.")])
    assert [one.name for one in records(platform, "producer")] == ["Lipa sp. z o.o."]
    add_products(shoper, 1, unit_id=1)
    assert errors(platform.delete("unit", [UnitRecord(remote_id="1")])) == ["invalid_request"]


HOME = AddressRecord(
    first_name="Anna", last_name="Nowak", street="Prosta 1", city="Łódź", postcode="90-001", country="PL", phone="600"
)  # fmt: skip


def test_customers_with_their_addresses(shoper):
    platform = connect(shoper)
    wanted = [
        CustomerRecord(email="a@example.test", first_name="Anna", vat_id="PL1", company="Lipa", billing=HOME),
        CustomerRecord(email="bad"),
    ]
    made, refused = platform.create("customer", wanted)
    assert (made.error, refused.error.key) == (None, "invalid_request:email")
    [found] = records(platform, "customer")
    assert (found.vat_id, found.company, found.billing.city, found.phone) == ("PL1", "Lipa", "Łódź", "600")
    assert all(len(asked.body[0]["body"]["password"]) >= 12 for asked in shoper.asked if asked.path.endswith("bulk") and asked.parts[0] == ("POST", "users"))  # fmt: skip
    [taken] = platform.create("customer", [CustomerRecord(email="A@example.test")])
    assert taken.error.data["holder"] == made.remote_id
    moved = CustomerRecord(remote_id=made.remote_id, last_name="Lis", phone="601", shipping=HOME)
    assert errors(platform.update("customer", [moved])) == [""]
    [found] = records(platform, "customer")
    assert (found.last_name, found.phone, found.shipping.city) == ("Lis", "601", "Łódź")
    assert errors(platform.delete("customer", [CustomerRecord(remote_id=made.remote_id)])) == [""]


def test_an_account_whose_address_is_refused_is_named_so_that_it_is_linked(shoper):
    nowhere = AddressRecord(city="Łódź")
    [result] = connect(shoper).create("customer", [CustomerRecord(email="a@example.test", billing=nowhere)])
    assert result.error.data["holder"] == result.remote_id
    assert isinstance(result.error, Refused)


@pytest.mark.requirement("E3", "O8")
def test_order_statuses(shoper):
    add_products(shoper, 1)
    first, second = (shoper.store.place_order([("SKU-0001", 1)]) for _n in range(2))
    wanted = [
        OrderStatusChange(remote_id=str(first["order_id"]), status_id="11"),
        OrderStatusChange(remote_id=str(second["order_id"]), status_id="done"),
        OrderStatusChange(remote_id="999", status_id="11"),
        OrderStatusChange(remote_id=str(second["order_id"]), status_id="77"),
    ]
    results = connect(shoper).update("order", wanted)
    assert errors(results) == ["", "order_status:done", "gone", "invalid_request:status_id"]
    assert (first["status_id"], second["status_id"]) == (11, 1)


@pytest.mark.requirement("M5", "M6", "M11")
def test_what_the_matrix_locks_is_refused(shoper):
    platform = connect(shoper)
    for verb, kind in (
        ("create", "category"),
        ("update", "vat_rate"),
        ("delete", "order"),
        ("create", "stock"),
    ):
        with pytest.raises(Unsupported):
            getattr(platform, verb)(kind, [StockRecord(remote_id="1")])
    with pytest.raises(Unsupported):
        platform.update("image", [StockRecord(remote_id="1")])
    assert shoper.asked == []
