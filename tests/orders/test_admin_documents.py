"""Documents in the admin: the list, a draft's form, the page of an issued one, taking back, e-mails, files."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from inventory.models import StockLevel
from orders.admin.document_forms import DocumentForm
from orders.models import Document, DocumentMail, MailTemplate, NumberSeries, Order
from orders.services.documents import close_document, credit_note, draft_for_order
from orders.services.issuing import issue_order
from orders.services.mails import queue_mail
from orders.services.payments import book_payment
from tests.orders.drafts import line

pytestmark = pytest.mark.django_db
D = Decimal
LIST = "/orders/document/"
ALL = (
    "view_document", "change_document", "add_document", "delete_document", "close_document", "correct_document",
    "add_documentmail", "view_order", "change_order",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def staff(*permissions: str, username: str = "petra") -> Client:
    user = User.objects.create_user(username, is_staff=True, password="x")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def petra(db) -> Client:
    return staff(*ALL)


@pytest.fixture
def reader(db) -> Client:
    return staff("view_document", "view_order", username="reader")


@pytest.fixture
def draft(make_accepted, clerk) -> Document:
    return draft_for_order(make_accepted(email="maja@example.org").pk, "invoice", by=clerk)


@pytest.fixture
def invoice(draft, clerk) -> Document:
    return close_document(draft.pk, by=clerk)


def url(document: Document, name: str = "change") -> str:
    return reverse(f"admin:orders_document_{name}", args=[document.pk])


def form_of(client: Client, document: Document, **changes: str) -> dict[str, str]:
    """The form of the page as a browser would send it back, with changes."""
    context = client.get(url(document)).context
    data = {}
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.initial_forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is True:
                value = "on"
            if value is not False:
                data[bound.html_name] = "" if value is None else str(value)
    return data | changes


def press(client: Client, document: Document, name: str, **data: str) -> list[str]:
    """The button's dialog, submitted; what was said."""
    answer = client.post(url(document, name), {"_form_submitted": "on", **data})
    assert answer.status_code == 200, answer
    assert "HX-Redirect" in answer.headers, answer.content.decode()[:2000]
    return [str(message) for message in client.get(answer.headers["HX-Redirect"]).context["messages"]]


# The list


def test_the_list_shows_what_is_needed(petra, invoice, make_accepted, clerk):
    draft_for_order(make_accepted(number="2").pk, "delivery_note", by=clerk)
    queue_mail(invoice.pk, by=clerk)
    page = petra.get(LIST).content.decode()
    for text in (
        invoice.number,
        "LIPA-1",
        "Maja Zupan",
        "Ljubljana, SI",
        "17.20\N{NO-BREAK SPACE}EUR",
        "due on",
    ):
        assert text in page
    assert "no number yet" in page
    assert "waiting" in page


def rows(client: Client, **query: str) -> list[str]:
    return [one.number or one.kind for one in client.get(LIST, query).context["cl"].result_list]


def test_pills_filters_and_search(petra, invoice, make_accepted, clerk):
    other = make_accepted(number="77", email="x@example.org", paid_at=timezone.now())
    paid = close_document(draft_for_order(other.pk, "invoice", by=clerk).pk, by=clerk)
    draft_for_order(other.pk, "delivery_note", by=clerk)
    assert rows(petra, paid="open") == [invoice.number]
    assert rows(petra, paid="yes") == [paid.number]
    assert rows(petra, paid="overdue") == []
    assert rows(petra, state__exact="draft") == ["delivery_note"]
    assert rows(petra, kind__exact="invoice") == [paid.number, invoice.number]
    assert rows(petra, mail="never") == [paid.number, invoice.number]
    assert rows(petra, q="LIPA-77") == ["delivery_note", paid.number]
    assert rows(petra, q="zupan x@example") == ["delivery_note", paid.number]
    assert rows(petra, q=invoice.number) == [invoice.number]
    assert rows(petra, source="lipa") == ["delivery_note", paid.number, invoice.number]
    queues = {queue.key: queue.count for queue in petra.get(LIST).context["queues"]}
    assert queues == {"drafts": 1, "open": 1, "overdue": 0, "mail": 0, "all": 3}


def test_what_is_credited_in_full_is_not_unpaid(petra, invoice, clerk):
    close_document(credit_note(invoice.pk, None, with_return=False, reason="", by=clerk).pk, by=clerk)
    assert rows(petra, paid="open") == []
    assert "credited in full" in petra.get(LIST).content.decode()


def test_overdue(petra, make_accepted, clerk):
    draft = draft_for_order(make_accepted().pk, "invoice", by=clerk)
    close_document(draft.pk, by=clerk, issue_date=timezone.localdate() - timedelta(30))
    assert len(rows(petra, paid="overdue")) == 1
    assert "was due on" in petra.get(LIST).content.decode()


def test_e_mails_to_look_at(petra, invoice, clerk):
    mail = queue_mail(invoice.pk, by=clerk)
    assert rows(petra, mail="way") == [invoice.number]
    DocumentMail.objects.filter(pk=mail.pk).update(state="doubtful")
    assert rows(petra, mail="person") == [invoice.number]


@pytest.mark.parametrize("size", [2, 12])
def test_the_list_needs_the_same_queries_for_any_number_of_rows(petra, make_accepted, clerk, size):
    for number in range(size):
        invoice = close_document(
            draft_for_order(make_accepted(number=str(number)).pk, "invoice", by=clerk).pk, by=clerk
        )
        queue_mail(invoice.pk, by=clerk, to="a@example.org")
    petra.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        petra.get(LIST)
    assert len(queries) <= 16


@pytest.mark.parametrize("size", [2, 40])
def test_the_page_needs_the_same_queries_for_any_number_of_lines(petra, make_accepted, clerk, size):
    order = make_accepted(*[line("MUG", source_id=str(n)) for n in range(size)])
    closed = close_document(draft_for_order(order.pk, "invoice", by=clerk).pk, by=clerk)
    petra.get(url(closed))
    with CaptureQueriesContext(connection) as queries:
        assert petra.get(url(closed)).status_code == 200
    assert len(queries) <= 22


# Drafts


@pytest.mark.requirement("O4")
def test_a_draft_is_edited_and_adds_up_anew(petra, draft):
    data = form_of(petra, draft, buyer_name="Zupan d.o.o.", note="Thank you", delivery_city="Maribor")
    mug = next(
        key.removesuffix("-name") for key, value in data.items() if value == "MUG" and key.endswith("-name")
    )
    answer = petra.post(url(draft), data | {f"{mug}-quantity": "3", f"{mug}-net_price": "9"})
    assert answer.status_code == 302, answer.context["errors"]
    draft.refresh_from_db()
    assert (draft.buyer["name"], draft.note, draft.delivery["city"]) == (
        "Zupan d.o.o.",
        "Thank you",
        "Maribor",
    )
    assert [(one.quantity, one.net, one.vat) for one in draft.lines.all()] == [
        (3, 27, D("5.94")),
        (1, D("4.1"), D("0.902")),
    ]
    assert draft.total == D("37.94")
    assert draft.vat_rows[0]["gross"] == "37.94"
    assert draft.edited_at is not None


def test_lines_are_added_and_taken_away(petra, draft):
    data = form_of(petra, draft)
    data |= {
        "lines-TOTAL_FORMS": "3", "lines-0-DELETE": "on", "lines-2-name": "Extra", "lines-2-quantity": "2",
        "lines-2-net_price": "5", "lines-2-discount": "1", "lines-2-vat_percent": "22", "lines-2-unit": "h",
        "lines-2-article": "", "lines-2-id": "", "lines-2-document": str(draft.pk),
    }  # fmt: skip
    assert petra.post(url(draft), data).status_code == 302
    draft.refresh_from_db()
    assert [(one.position, one.name, one.net) for one in draft.lines.all()] == [
        (2, "CUP", D("4.1")),
        (3, "Extra", 9),
    ]
    assert draft.total == D("15.98")


def test_an_unchanged_draft_keeps_its_amounts_to_the_last_digit(petra, make_accepted, clerk):
    order = make_accepted(line("MUG", "3.333333", "0.733334", quantity=D(7), source_id="1"))
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    assert petra.post(url(draft), form_of(petra, draft)).status_code == 302
    one = draft.lines.get()
    assert (one.net, one.vat) == (D("3.333333"), D("0.733334"))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("due_date", "2020-01-01", "cannot be due before it is issued"),
        ("buyer_email", "nobody", "No mail server would take"),
        ("buyer_country", "Slovenia", "two-letter country code"),
    ],
)
def test_what_is_wrong_in_a_draft_is_said(petra, draft, field, value, message):
    answer = petra.post(url(draft), form_of(petra, draft, **{field: value}))
    assert answer.status_code == 200
    assert message in answer.content.decode()


def test_a_draft_that_was_issued_meanwhile_is_not_saved(petra, draft, clerk):
    data = form_of(petra, draft, buyer_name="Late")
    close_document(draft.pk, by=clerk)
    answer = petra.post(url(draft), data, follow=True)
    assert "It was issued meanwhile" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.buyer["name"] == "Maja Zupan"


def test_nor_is_one_that_is_issued_in_the_same_moment(petra, draft, clerk, monkeypatch):
    """After the form was found right, and before it is saved."""
    data = form_of(petra, draft, buyer_name="Late")
    real = DocumentForm.save_parties

    def issued_first(form) -> None:
        close_document(draft.pk, by=clerk)
        real(form)

    monkeypatch.setattr(DocumentForm, "clean", lambda form: (issued_first(form), form.cleaned_data)[1])
    answer = petra.post(url(draft), data, follow=True)
    assert "is closed already" in answer.content.decode()
    draft.refresh_from_db()
    assert (draft.buyer["name"], draft.state) == (
        "Maja Zupan",
        "draft",
    )  # all of it was rolled back, here even both


def test_a_draft_credit_note_takes_less_and_is_added_up(petra, invoice, clerk):
    note = credit_note(invoice.pk, None, with_return=True, reason="x", by=clerk)
    data = form_of(petra, note)
    del data["lines-1-returns"]
    data["lines-1-DELETE"] = "on"
    answer = petra.post(url(note), data)
    assert answer.status_code == 302
    note.refresh_from_db()
    assert (note.total, note.moves_stock) == (D("-12.20"), True)
    answer = petra.post(url(note), form_of(petra, note, **{"lines-0-quantity": "2"}))
    assert "Only 1 can still be credited" in answer.content.decode()


def test_a_draft_is_issued_by_a_button(petra, draft):
    assert petra.get(url(draft, "close")).status_code == 200
    draft.refresh_from_db()
    assert draft.is_draft
    said = press(petra, draft, "close")
    draft.refresh_from_db()
    assert said == [f"Invoice {draft.number} was issued."]
    assert press(petra, draft, "close")[0].endswith("A closed document is corrected with a credit note.")


def test_an_old_draft_asks_for_the_day(petra, draft):
    Document.objects.filter(pk=draft.pk).update(issue_date=timezone.localdate() - timedelta(3))
    assert "The draft says" in petra.get(url(draft, "close")).content.decode()
    press(petra, draft, "close", today="on")
    draft.refresh_from_db()
    assert draft.issue_date == timezone.localdate()


def test_a_draft_is_deleted_by_a_button(petra, draft):
    assert press(petra, draft, "discard") == ["The draft was deleted."]
    assert not Document.objects.exists()
    assert "deleted meanwhile" in press(petra, draft, "discard")[0]


# Issued ones


@pytest.mark.requirement("O4")
def test_an_issued_one_is_only_read(petra, invoice):
    page = petra.get(url(invoice)).content.decode()
    assert "Issued documents stay as they are" in page
    assert 'name="_save"' not in page
    assert "buyer_name" not in page
    assert petra.post(url(invoice), {"buyer_name": "Other"}).status_code == 302
    invoice.refresh_from_db()
    assert invoice.buyer["name"] == "Maja Zupan"


def test_stock_movements_and_corrections_stand_on_the_page(petra, invoice, clerk):
    note = close_document(credit_note(invoice.pk, None, with_return=True, reason="", by=clerk).pk, by=clerk)
    page = petra.get(url(invoice)).content.decode()
    assert "Stock movements" in page
    assert note.number in page
    assert "+1" in petra.get(url(note)).content.decode()


def test_the_files(petra, invoice):
    answer = petra.get(url(invoice, "pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"] == f'inline; filename="invoice-{invoice.number}.pdf"'
    assert invoice.number in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert petra.get(url(invoice, "xml"))["Content-Disposition"].startswith("attachment")
    assert petra.get("/media/" + Document.objects.get().pdf.name).status_code == 404


def test_a_draft_has_a_preview_and_no_e_invoice(petra, draft):
    assert petra.get(url(draft, "pdf")).content.startswith(b"%PDF")
    assert "no number yet" in petra.get(url(draft, "xml"), follow=True).content.decode()


@pytest.mark.requirement("O4")
def test_taking_back_by_line(petra, invoice):
    mug, cup = invoice.lines.all()
    page = petra.get(url(invoice, "take_back")).content.decode()
    assert f'name="line_{mug.pk}" value="1"' in page
    answer = petra.post(
        url(invoice, "take_back"),
        {f"line_{mug.pk}": "1", f"back_{mug.pk}": "on", f"line_{cup.pk}": "0", "reason": "Broken"},
    )
    note = Document.objects.get(kind="credit_note")
    assert answer["Location"] == url(note)
    assert (note.state, note.total, note.reason) == ("closed", D("-12.20"), "Broken")
    assert StockLevel.objects.get(article__sku="MUG").on_hand == 100
    assert StockLevel.objects.get(article__sku="CUP").on_hand == 99


@pytest.mark.parametrize(
    ("pieces", "message"), [("2", "Enter at most 1."), ("x", "is not a number"), ("-1", "Enter at most 1.")]
)
def test_taking_back_too_much_is_said_at_the_line(petra, invoice, pieces, message):
    mug = invoice.lines.first()
    answer = petra.post(url(invoice, "take_back"), {f"line_{mug.pk}": pieces, "reason": "x"})
    assert message in answer.content.decode()
    assert Document.objects.count() == 1


def test_taking_back_as_a_draft_and_without_the_right(petra, invoice):
    data = {f"line_{one.pk}": "1" for one in invoice.lines.all()} | {"reason": "x", "as_draft": "1"}
    petra.post(url(invoice, "take_back"), data)
    assert Document.objects.get(kind="credit_note").is_draft
    without = staff("view_document", username="jan")
    assert without.get(url(invoice, "take_back")).status_code == 403
    assert without.post(url(invoice, "take_back"), data).status_code == 403


def test_a_pro_forma_becomes_an_invoice(petra, make_accepted, clerk):
    proforma = close_document(draft_for_order(make_accepted().pk, "proforma", by=clerk).pk, by=clerk)
    assert press(petra, proforma, "invoice") == ["A draft of the invoice was made."]
    assert Document.objects.get(kind="invoice").is_draft


@pytest.mark.requirement("O5")
def test_sending_by_a_button(petra, invoice):
    assert 'value="maja@example.org"' in petra.get(url(invoice, "send")).content.decode()
    said = press(petra, invoice, "send", to="other@example.org")
    assert said == [f"Invoice {invoice.number} is on its way."]
    mail = DocumentMail.objects.get()
    assert (mail.to, mail.created_by.username, mail.automatic) == ("other@example.org", "petra", False)
    answer = petra.post(url(invoice, "send"), {"_form_submitted": "on", "to": "nobody"})
    assert "No mail server would take" in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [("doubtful", "arrived", "sent"), ("waiting", "stop", "failed"), ("waiting", "now", "waiting")],
)
def test_what_a_person_decides_about_an_e_mail(petra, reader, invoice, clerk, state, verb, after):
    mail = queue_mail(invoice.pk, by=clerk)
    DocumentMail.objects.filter(pk=mail.pk).update(state=state, not_before=timezone.now())
    target = reverse("admin:orders_document_mail", args=[mail.pk, verb])
    assert reader.post(target).status_code == 403
    assert petra.get(target).status_code == 405
    assert petra.post(target)["Location"] == url(invoice)
    mail.refresh_from_db()
    assert mail.state == after


# Many at once


def chosen(action: str, *documents: Document, **more: str) -> dict[str, object]:
    return {"action": action, "_selected_action": [one.pk for one in documents], **more}


def test_many_drafts_are_issued_after_a_question(petra, draft, make_accepted, clerk):
    bad = draft_for_order(make_accepted(number="2").pk, "invoice", by=clerk)
    bad.lines.all().delete()
    page = petra.post(LIST, chosen("close_selected", draft, bad))
    assert "Issue 2 documents" in page.content.decode()
    assert Document.objects.closed().count() == 0
    answer = petra.post(LIST, chosen("close_selected", draft, bad, confirmed="1", today="on"), follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said[0] == "1 document was issued."
    assert "it has no lines" in said[1]
    assert Document.objects.closed().count() == 1


def test_many_are_printed_as_one(petra, invoice, make_accepted, clerk):
    draft_for_order(make_accepted(number="2").pk, "invoice", by=clerk)
    answer = petra.post(LIST, chosen("print_selected", *Document.objects.all()))
    assert answer["Content-Type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(answer.content)).pages) == 1


def test_many_are_sent(petra, invoice, make_accepted, clerk):
    draft = draft_for_order(make_accepted(number="2").pk, "invoice", by=clerk)
    answer = petra.post(LIST, chosen("send_selected", invoice, draft), follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said[0] == "1 document is on its way."
    assert "draft is not sent" in said[1]


# Rights


@pytest.mark.parametrize("name", ["close", "discard", "send", "invoice", "credit", "take_back"])
def test_without_the_right_no_button_does_anything(reader, draft, name):
    assert reader.get(url(draft, name)).status_code == 403
    assert reader.post(url(draft, name), {"_form_submitted": "on", "to": "a@example.org"}).status_code == 403
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize("name", ["change", "pdf", "xml", "open_pdf", "open_xml", "preview"])
def test_who_may_not_see_documents_sees_none(draft, name):
    stranger = staff("view_order", username="stranger")
    assert stranger.get(url(draft, name)).status_code == 403
    assert stranger.get(LIST).status_code == 403


def test_a_reader_sees_no_form(reader, draft):
    page = reader.get(url(draft)).content.decode()
    assert "Edit this draft" not in page
    assert reader.post(url(draft), {"buyer_name": "X"}).status_code == 403


def test_hostile_names_are_escaped_everywhere(petra, make_accepted, clerk):
    name = '<script>alert("x")</script>'
    order = make_accepted(line("MUG", source_id="1", name=name))
    order.billing.company = name
    order.billing.save()
    draft = draft_for_order(order.pk, "invoice", by=clerk)
    pages = [url(draft), LIST]
    closed = close_document(draft_for_order(order.pk, "delivery_note", by=clerk).pk, by=clerk)
    pages += [url(closed), url(closed, "take_back"), reverse("admin:orders_order_change", args=[order.pk])]
    for page in pages:
        text = petra.get(page).content.decode()
        assert name not in text
        assert "&lt;script&gt;" in text


# The order's page


def card(client: Client, order: Order):
    return client.get(reverse("admin:orders_order_change", args=[order.pk])).context["page"]["documents"]


def order_action(client: Client, order: Order, name: str) -> list[str]:
    answer = client.post(reverse(f"admin:orders_order_{name}", args=[order.pk]), {"_form_submitted": "on"})
    assert answer.status_code == 200
    return [str(message) for message in client.get(answer.headers["HX-Redirect"]).context["messages"]]


@pytest.mark.requirement("O3")
def test_the_next_step_of_an_order_walks_from_issue_to_credit(petra, make_accepted, channel, clerk):
    channel.becomes = "both"
    channel.moment = "shipped"
    channel.save()
    order = make_accepted(email="maja@example.org")
    shown = card(petra, order)
    assert (shown.next_step.label, [one.label for one in shown.more]) == (
        "Issue invoice and delivery note …",
        ["Make a draft", "Pro forma"],
    )
    assert "when the order is shipped" in shown.explanation
    year = timezone.localdate().year
    assert order_action(petra, order, "issue") == [
        f"Delivery note DN{year}-00001 was issued.",
        f"Invoice {year}-00001 was issued.",
    ]
    shown = card(petra, order)
    assert [row.title for row in shown.rows] == [f"Delivery note DN{year}-00001", f"Invoice {year}-00001"]
    assert shown.next_step.label == "Send by e-mail …"
    queue_mail(Document.objects.get(kind="invoice").pk, by=clerk)
    shown = card(petra, order)
    assert shown.next_step is None
    assert "Correct with a credit note" in [one.label for one in shown.more]


def test_a_draft_is_the_next_step(petra, make_accepted):
    order = make_accepted()
    assert order_action(petra, order, "issue_draft") == ["Drafts made: Invoice, draft."]
    shown = card(petra, order)
    assert shown.next_step.label == "Issue draft …"
    assert len(order_action(petra, order, "issue")) == 1
    assert Document.objects.get().number


def test_why_nothing_was_issued_stands_on_the_order_and_in_the_lists(petra, make_accepted, channel, clerk):
    channel.becomes = "invoice"
    channel.save()
    NumberSeries.objects.filter(kind="invoice").update(active=False)
    order = make_accepted()
    assert card(petra, order).problem.startswith("There is no number series")
    found = petra.get("/orders/order/", {"look": "unissued"}).context["cl"].result_list
    assert [one.pk for one in found] == [order.pk]
    seer = staff("view_order", "view_document", "view_problem", username="seer")
    pills = seer.get("/shops/problem/", {"state__exact": "open"}).context["pills"]
    assert [(one["label"], one["count"]) for one in pills if one["key"] == "unissued"] == [
        ("Documents not issued", 1)
    ]


def test_the_card_is_absent_for_who_may_not_see_documents(make_accepted):
    assert card(staff("view_order", username="jan"), make_accepted()) is None


@pytest.mark.parametrize(
    "name", ["issue", "issue_draft", "issue_invoice", "issue_proforma", "issue_delivery_note"]
)
def test_issuing_needs_the_right(reader, make_accepted, name):
    order = make_accepted()
    target = reverse(f"admin:orders_order_{name}", args=[order.pk])
    assert reader.get(target).status_code == 403
    assert reader.post(target, {"_form_submitted": "on"}).status_code == 403
    assert not Document.objects.exists()


def test_a_paid_order_says_so_on_its_document(petra, make_accepted, clerk):
    order = make_accepted()
    issue_order(order.pk, by=clerk)
    book_payment(order, order.total, by=clerk)
    assert "paid" in petra.get(LIST).content.decode()
    assert rows(petra, paid="open") == []


# Number series and e-mail texts


@pytest.fixture
def accountant(db) -> Client:
    rights = [
        f"{verb}_{model}"
        for model in ("numberseries", "mailtemplate")
        for verb in ("view", "add", "change", "delete")
    ]
    return staff(*rights, username="accountant")


def test_a_series_shows_its_next_number_and_is_kept_once_used(accountant, invoice):
    page = accountant.get("/orders/numberseries/").content.decode()
    assert f"{timezone.localdate().year}-00002" in page
    assert accountant.get(f"/orders/numberseries/{invoice.series_id}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("FV-{N}", "Write the year as"),
        ("{YYYY}-{X}{N}", "Write the year as"),
        ("{YYYY}-{N}", "Choose another pattern"),
    ],
)
def test_a_pattern_that_would_double_numbers_is_refused(accountant, pattern, message):
    answer = accountant.post(
        "/orders/numberseries/add/",
        {"name": "Second", "kind": "invoice", "pattern": pattern, "digits": "5", "active": "on"},
    )
    assert message in answer.content.decode()


def test_a_text_is_checked_on_saving_and_previewed(accountant):
    text = MailTemplate.objects.get(kind="invoice", language="en")
    page = f"/orders/mailtemplate/{text.pk}/change/"
    assert (
        "Invoice 2026-00123".replace("2026", str(timezone.localdate().year))
        in accountant.get(page).content.decode()
    )
    data = {"kind": "invoice", "language": "en", "subject": "No. {number}", "body": "Dear {customer.pk}"}
    assert "There is no placeholder “{customer.pk}”" in accountant.post(page, data).content.decode()
    text.refresh_from_db()
    assert text.subject == "Invoice {number}"
    assert accountant.post(page, data | {"body": "Dear {customer}"}).status_code == 302
    assert "Dear Anna Nowak" in accountant.get(page).content.decode()
