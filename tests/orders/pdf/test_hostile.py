"""Texts and amounts that nobody should write on a document, and that somebody will: set as they are, inside the page."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.documents_view import Party
from orders.pdf.render import render_pdf
from tests.orders.documents import BUYER, SELLER, make_line, make_view
from tests.orders.pdf.reading import margins_are_empty, pages_of, text_of

HOSTILE = (
    '#eval("1+1") $x^2$ *bold* _it_ <script>alert(1)</script> @ref \\ // /* `raw` [x] {y} \u202eRTL\u202c 😀 王小明 '
    "שלום \x00\x07 Z̷̛̹͙a̵̛l̶͝g̷o #image(\"/etc/passwd\") {number} %(x)s"
)  # fmt: skip


def test_hostile_text_is_set_as_it_is():
    view = make_view(
        make_line(HOSTILE, note=HOSTILE, sku=HOSTILE[:90], unit=HOSTILE[:20]),
        seller=replace(SELLER, name=HOSTILE),
        buyer=Party(name=HOSTILE, person=HOSTILE, street=HOSTILE, city=HOSTILE, country="<b>", email=HOSTILE),
        number=HOSTILE[:40],
        note=HOSTILE,
        payment_reference=HOSTILE,
        legal_notes=(HOSTILE,),
        corrects_number=HOSTILE,
    )
    text = text_of(view)
    assert text.count('#eval("1+1") $x^2$ *bold* _it_ <script>alert(1)</script> @ref') >= 6
    assert '#image("/etc/passwd") {number} %(x)s' in text
    assert ":grinning: WangXiaoMing slvm" in text
    assert "\u202e" not in text
    assert all(margins_are_empty(view, page) for page in range(len(pages_of(view))))


def test_two_thousand_letters_without_a_space_stay_inside_the_page():
    wide, narrow = "W" * 2000, "i" * 2000
    view = make_view(
        make_line(wide, sku=wide[:100], unit="W" * 50, note=narrow, discount="1.00"),
        seller=replace(SELLER, name=wide[:100], vat_id=wide[:100], email=wide[:254]),
        buyer=replace(BUYER, name=wide[:300], street=narrow[:300], email=wide[:254]),
        delivery=Party(name=wide[:300]),
        number="9" * 40,
        order_number=wide[:60],
        payment_method=wide[:200],
        payment_reference=wide[:100],
        note=wide[:500],
        prices_gross=True,
    )
    pages = pages_of(view)
    assert all(margins_are_empty(view, page) for page in range(len(pages)))
    assert sum(page.replace(" ", "").count("W") for page in pages) > 3500


def test_the_largest_amounts_stay_inside_the_page():
    view = make_view(
        make_line(quantity="99999", net_price="8196721.31", discount="7.10"), language="cs", prices_gross=True
    )
    assert margins_are_empty(view, 0)
    assert "999 989 999 811,34 EUR" in text_of(view)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    texts=st.lists(st.text(max_size=120), min_size=8, max_size=8),
    language=st.sampled_from("en cs hu".split()),
)
def test_any_text_makes_an_archivable_file(texts, language):
    name, street, item, sku, note, number, legal, unit = texts
    view = make_view(
        make_line(item, sku=sku, note=note, unit=unit),
        seller=replace(SELLER, name=name),
        buyer=Party(name=street, street=name, country=unit[:2]),
        number=number,
        language=language,
        legal_notes=(legal,),
        note=legal,
    )
    assert render_pdf(view).startswith(b"%PDF")
