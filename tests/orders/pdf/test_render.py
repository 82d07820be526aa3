"""Documents as PDF, read back by another library: what is said, what is left out, what stays inside the page."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from orders.documents_view import BankAccount, Party
from orders.paycodes import payment_code
from orders.pdf.render import merge_pdfs, render_pdf, render_png
from tests.orders.documents import BUYER, SELLER, credited, make_line, make_view
from tests.orders.pdf.reading import pages_of, picture, plain, reader, text_of


def test_an_invoice_says_who_what_when_and_how_much():
    lines = (
        make_line("Cvetlični med 900 g", "2", "10.00"),
        make_line("Kostanjev med", "12", "6.5574", discount="7.87", sku="KOST-450", note="Drugi natis"),
        make_line("Dostava", "1", "4.02", sku=""),
        make_line("Knjiga", "1", "19.05", "5"),
    )
    text = text_of(
        make_view(
            *lines, language="sl", prices_gross=True, note="Hvala za nakup.", paid=Decimal(20),
            order_source_number="WC-77", legal_notes=("Velja brez podpisa.",), payment_method="Nakazilo",
        )
    )  # fmt: skip
    for said in (
        "Račun 2026-00123",
        "Prodajalec Čebelarstvo Žgajnar d.o.o. Prešernova cesta 12 4240 Radovljica ID za DDV SI15012557",
        "Kupec Anja Kovač Slovenska 5 1000 Ljubljana",
        "Datum izdaje 5. 3. 2026",
        "Datum dobave 4. 3. 2026",
        "Rok plačila 20. 3. 2026",
        "Naročilo 10472",
        "Naročilo v trgovini WC-77",
        "Način plačila Nakazilo",
        "Kostanjev med KOST-450 Drugi natis 12 kos 6,5574 -7,87 22 % 70,82 86,40",
        "5 % 19,05 0,95 20,00",
        "22 % 94,84 20,86 115,70",
        "Skupaj brez DDV 113,89 EUR DDV 21,81 EUR Skupaj 135,70 EUR Že plačano -20,00 EUR",
        "Za plačilo 115,70 EUR",
        "IBAN SI56 1910 0000 0123 438",
        "BIC LJBASI2X",
        "Sklic SI00 202600123",
        "UPN QR",
        "Velja brez podpisa.",
        "Opomba Hvala za nakup.",
        "1 / 1",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("view", "kind"),
    [
        (make_view(), "upn"),
        (make_view(buyer=replace(BUYER, country="AT")), "epc"),
        (make_view(currency="CZK", bank=BankAccount(iban="CZ6508000000192000145399")), "spayd"),
        (make_view(currency="PLN", bank=BankAccount(iban="PL61109010140000071219812874")), "pl2d"),
    ],
    ids=["SI", "EU", "CZ", "PL"],
)
def test_the_payment_code_can_be_read_off_the_page(view, kind):
    code = payment_code(view)
    assert code is not None
    assert code.kind == kind
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(render_png(view))))
    assert [one.bytes for one in found] == [code.payload]


def test_what_is_paid_asks_for_nothing():
    text = text_of(make_view(paid=Decimal("24.40")))
    assert "Paid, nothing is due 0.00 EUR" in text
    assert "IBAN" not in text
    assert "In your favour 5.60 EUR" in text_of(make_view(paid=Decimal(30)))


def test_without_a_bank_account_there_is_no_payment_block():
    text = text_of(make_view(bank=None))
    assert "Amount due 24.40 EUR" in text
    assert "Scan to pay" not in text
    assert "Payment by bank transfer" not in text


def test_forints_get_a_payment_block_without_a_code():
    view = make_view(
        make_line("Méz", "3", "3150", "27", decimals=0),
        currency="HUF",
        decimals=0,
        language="hu",
        bank=BankAccount(iban="HU42117730161111101800000000"),
    )
    text = text_of(view)
    assert "Fizetendő 12 002 HUF" in text
    assert "HU42 1177 3016 1111 1018 0000 0000" in text
    assert "Olvassa be" not in text


def test_a_draft_is_marked_and_needs_no_number():
    assert "Piszkozat" in text_of(make_view(draft=True, number="", language="hu"))
    assert "Piszkozat" not in text_of(make_view(language="hu"))
    plain_page, draft = picture(make_view()), picture(make_view(draft=True))
    empty = (200, 1180, 600, 1480)  # below the last block
    assert plain_page.crop(empty).getcolors() == [(400 * 300, (255, 255, 255))]
    assert len(draft.crop(empty).getcolors(400 * 300)) > 1  # the mark lies across the page


def test_a_pro_forma_says_that_it_is_none():
    text = text_of(make_view(kind="proforma", language="cs"))
    assert "Proforma faktura 2026-00123" in text
    assert "Tento doklad není daňovým dokladem." in text


def test_a_delivery_note_has_places_to_sign_and_no_amount():
    view = make_view(
        make_line("Med", "1234.5", "10.00", note="S/N 0815"),
        kind="delivery_note",
        show_prices=False,
        language="cs",
        delivery=Party(name="Sklad", city="Brno", country="CZ"),
    )
    text = text_of(view)
    for said in (
        "Dodací list",
        "Dodací adresa Sklad Brno Česko",
        "1 234,5 kos",
        "S/N 0815",
        "Předal",
        "Převzal",
    ):
        assert said in text
    for unsaid in ("10,00", "22 %", "EUR", "DPH", "K úhradě", "IBAN", "splatnosti"):
        assert unsaid not in text


def test_a_delivery_note_with_prices_asks_for_no_money():
    text = text_of(make_view(kind="delivery_note"))
    assert "Total 24.40 EUR" in text
    assert "Amount due" not in text
    assert "IBAN" not in text


def test_a_credit_note_names_what_it_corrects():
    text = text_of(credited(make_view(language="cs")))
    assert "Opravný daňový doklad D2026-00007" in text
    assert "Opravuje fakturu č. 2026-00123 ze dne 5. 3. 2026." in text
    assert "Celkem -24,40 EUR Ve váš prospěch 24,40 EUR" in text
    assert "IBAN" not in text
    undated = text_of(credited(make_view(language="cs"), corrects_date=None))
    assert "Opravuje fakturu č. 2026-00123." in undated


def test_what_takes_a_delivery_note_back_has_no_amounts_and_places_to_sign():
    text = text_of(credited(make_view(language="sl"), show_prices=False))
    for said in ("Povratnica D2026-00007", "Vračilo blaga po dobavnici št. 2026-00123.", "2 kos", "Prevzel"):
        assert said in text
    for unsaid in ("Dobropis", "EUR", "10,00", "V vaše dobro"):
        assert unsaid not in text


def test_reverse_charge_is_said_once_and_in_the_documents_own_words_if_it_has_any():
    line = make_line(percent="0")
    buyer = replace(BUYER, vat_id="ATU13585627", country="AT")
    view = make_view(line, vat_exempt=True, buyer=buyer, language="de")
    assert "Steuerschuldnerschaft des Leistungsempfängers." in text_of(view)
    own = replace(view, vat_rows=(replace(view.vat_rows[0], legal="Art. 196 der Richtlinie 2006/112/EG"),))
    assert "Art. 196 der Richtlinie" in text_of(own)
    assert "Steuerschuldnerschaft" not in text_of(own)
    assert "Steuerschuldnerschaft" not in text_of(replace(view, legal_notes=("Siehe Vertrag.",)))
    assert "Steuerschuldnerschaft" not in text_of(replace(view, vat_exempt=False))


def test_foreign_vat_names_its_country():
    view = make_view(make_line(percent="27"), language="de", buyer=replace(BUYER, country="HU"))
    view = replace(view, vat_rows=(replace(view.vat_rows[0], country="HU"),))
    text = text_of(view)
    assert "27 % HU 20,00 5,40 25,40" in text
    assert "Umsatzsteuer nach den Sätzen von: Ungarn." in text
    home = replace(view, vat_rows=(replace(view.vat_rows[0], country="SI"),))
    assert "Ungarn." not in text_of(home)


def test_a_firm_outside_vat_does_not_speak_of_it():
    text = text_of(make_view(make_line(percent=None), language="cs"))
    assert "Celkem 20,00 EUR K úhradě 20,00 EUR" in text
    assert "DPH" not in text


def test_rounding_and_currencies_without_cents():
    text = text_of(make_view(rounding=Decimal("-0.40"), language="en"))
    assert "Rounding -0.40 EUR Total 24.00 EUR" in text
    yen = make_view(
        make_line(quantity="3", net_price="100", percent="10", decimals=0), currency="JPY", decimals=0
    )
    assert "Total without VAT 300 JPY VAT 30 JPY Total 330 JPY" in text_of(yen)
    dinar = make_view(
        make_line(quantity="3", net_price="1.005", percent="5", decimals=3), currency="KWD", decimals=3
    )
    assert "Total without VAT 3.015 KWD VAT 0.151 KWD Total 3.166 KWD" in text_of(dinar)


def test_an_account_that_cannot_be_right_is_shown_as_entered_without_a_code():
    text = text_of(make_view(bank=BankAccount(iban="12345/0800")))
    assert "IBAN 12345/0800" in text
    assert "Scan to pay" not in text


def test_five_hundred_lines_repeat_the_head_and_count_the_pages():
    view = make_view(*[make_line(f"Article {n:03}") for n in range(500)])
    pages = pages_of(view)
    assert len(pages) > 10
    assert all("Description Quantity Net price VAT Net" in page for page in pages)
    assert all(f"{n} / {len(pages)}" in page for n, page in enumerate(pages, 1))
    assert all("Invoice 2026-00123" in page for page in pages)
    assert [n for n in range(500) if sum(f"Article {n:03} " in page for page in pages) != 1] == []
    assert "Amount due 12,200.00 EUR" in pages[-1]
    assert len(render_pdf(view)) < 150_000


def test_sums_are_not_torn_from_how_to_pay():
    for count in range(8, 16):  # somewhere among these the block no longer fits on the first page
        pages = pages_of(make_view(*[make_line(note="a\nb")] * count))
        together = [page for page in pages if "Total without VAT" in page]
        assert len(together) == 1
        assert "Scan to pay" in together[0]


def test_the_file_is_archivable_and_says_what_it_is():
    pdf = reader(render_pdf(make_view(language="cs")))
    xmp = pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Faktura 2026-00123"
    assert pdf.metadata.author == SELLER.name
    assert pdf.trailer["/Root"]["/Lang"] == "cs"
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for font in pdf.pages[0]["/Resources"]["/Font"].values()
    }
    assert fonts == {"SourceSansPro-Regular", "SourceSansPro-Semibold"}


def test_the_e_invoice_rides_in_the_file():
    xml = '<?xml version="1.0"?><Invoice>Žluťoučký & “kůň” #x</Invoice>'.encode()
    pdf = reader(render_pdf(make_view(), attach_ubl=xml))
    assert pdf.attachments == {"invoice.xml": [xml]}
    associated = [one.get_object() for one in pdf.trailer["/Root"]["/AF"]]
    assert [one["/AFRelationship"] for one in associated] == ["/Alternative"]
    assert reader(render_pdf(make_view())).attachments == {}
    credit = reader(render_pdf(credited(make_view()), attach_ubl=xml))
    assert list(credit.attachments) == ["credit-note.xml"]


def test_the_same_document_gives_the_same_bytes():
    view = make_view(logo=_png(), logo_type="image/png")
    first = render_pdf(view, attach_ubl=b"<x/>")
    render_pdf(make_view(language="pl"))
    assert render_pdf(view, attach_ubl=b"<x/>") == first
    metadata = reader(first).metadata
    assert metadata is not None
    assert metadata.creation_date == datetime(2026, 3, 5, tzinfo=UTC)


def test_a_page_as_picture():
    view = make_view(*[make_line()] * 40)
    assert picture(view).size == picture(view, 1).size == (1191, 1684)  # A4
    with pytest.raises(IndexError):
        render_png(view, 9)


def test_merged_documents_keep_their_order_and_share_their_fonts():
    views = [make_view(number=f"2026-{n:05}") for n in range(30)]
    single = [render_pdf(view) for view in views]
    merged = merge_pdfs(iter(single))
    texts = [plain(page.extract_text()) for page in reader(merged).pages]
    assert [f"Invoice {view.number}" in text for view, text in zip(views, texts, strict=True)] == [True] * 30
    assert len(merged) < sum(map(len, single)) / 2
    with pytest.raises(ValueError, match="nothing"):
        merge_pdfs([])


def test_several_threads_may_render_at_once():
    made: list[bytes] = []
    view = make_view()
    threads = [threading.Thread(target=lambda: made.append(render_pdf(view))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert made == [render_pdf(view)] * 6


def test_a_child_forked_after_rendering_says_so_instead_of_waiting_for_ever():
    # A child of a process that has only loaded the code renders, as the workers of a preloaded web server do.
    script = """
import os, signal
from orders.pdf.render import render_pdf
from tests.orders.documents import make_view

def ends_of_a_child():
    child = os.fork()
    if not child:
        signal.alarm(20)
        try:
            render_pdf(make_view())
        except RuntimeError as error:
            os._exit(7 if "forked" in str(error) else 1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

print(ends_of_a_child())
render_pdf(make_view())
print(ends_of_a_child())
"""
    home = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=home, timeout=60, check=True
    )
    assert done.stdout.split() == ["0", "7"], done.stderr


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (300, 100), (250, 170, 0, 255)).save(out, "PNG")
    return out.getvalue()
