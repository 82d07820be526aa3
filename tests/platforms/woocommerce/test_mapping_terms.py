"""Categories, brands, methods, statuses and customers, from recordings."""

from __future__ import annotations

from shops.platforms.woocommerce.mapping import customers, terms
from shops.platforms.woocommerce.reading import parents_first
from shops.records import AddressRecord, CategoryRecord, CustomerRecord
from tests.platforms.woocommerce import recordings

pytestmark = recordings.needed


# (own, parent): 3 under 1, 1 under 2, 2 a root; 4 and 5 under each other
PAIRS = [("3", "1"), ("1", "2"), ("2", ""), ("4", "5"), ("5", "4")]


def test_the_tree_of_categories():
    found = {record.remote_id: record for record in map(terms.category, recordings.body(46))}
    assert len(found) == 13
    assert (found["17"].name, found["17"].parent_id, found["17"].position) == ("Dom & kuhinja", "", 1)
    assert found["17"].description == "Vse za <strong>dom</strong>."
    assert (found["19"].parent_id, found["18"].parent_id) == ("18", "17")


def test_parents_stand_before_their_children_and_a_circle_does_no_harm():
    tree = [CategoryRecord(remote_id=own, parent_id=parent) for own, parent in PAIRS]
    order = [record.remote_id for record in parents_first(tree)]
    assert order.index("2") < order.index("1") < order.index("3")
    assert sorted(order) == ["1", "2", "3", "4", "5"]


def test_brands_methods_and_statuses():
    assert [(one.remote_id, one.name) for one in map(terms.producer, recordings.body(48))] == [
        ("29", "Lipa"),
        ("30", "Řeka & syn"),
    ]
    assert [(one.remote_id, one.name) for one in map(terms.payment_method, recordings.body(30))] == [
        ("bacs", "Bančno nakazilo"),
        ("cheque", "Check payments"),
        ("cod", "Plačilo po povzetju"),
    ]
    assert terms.order_status(recordings.body(32)[2]).remote_id == "on-hold"


def test_shipping_methods_have_the_id_that_orders_use_and_tell_equal_names_apart():
    methods = recordings.body(31)
    alone = terms.shipping_methods([("Slovenija", methods)])
    assert (alone[0].remote_id, alone[0].name) == ("flat_rate:1", "GLS – dostava na dom")
    twice = terms.shipping_methods([("Slovenija", methods[:1]), ("EU", [{**methods[0], "instance_id": 9}])])
    assert [one.name for one in twice] == ["GLS – dostava na dom (Slovenija)", "GLS – dostava na dom (EU)"]


def test_customers():
    found = {record.remote_id: record for record in map(customers.customer, recordings.body(51))}
    spela = found["4"]
    assert (spela.email, spela.first_name, spela.last_name) == (
        "spela@example.org",
        "Špela",
        "Čebašek Žnidaršič",
    )
    assert (spela.company, spela.vat_id, spela.phone) == ("Čebelica d.o.o.", "SI12345678", "+386 40 123 456")
    assert spela.billing is not None
    assert (spela.billing.street, spela.billing.country) == ("Čopova ulica 5", "SI")
    assert found["2"].modified_at is None
    assert found["2"].billing == AddressRecord()


def test_a_customer_survives_the_way_to_the_shop_and_back():
    record = customers.customer(recordings.rows(51)[5])
    payload = customers.customer_payload(record)
    assert "email" not in payload["shipping"]
    again = customers.customer({"id": 5, **payload})
    assert again.content() == record.content()


def test_what_is_not_known_of_a_customer_is_not_sent():
    assert customers.customer_payload(CustomerRecord(remote_id="5", phone="1")) == {"billing": {"phone": "1"}}
    sent = customers.customer_payload(CustomerRecord(vat_id="SI1"), ("_hidden", "vat_no"))
    assert sent == {"meta_data": [{"key": "vat_no", "value": "SI1"}]}
