"""Documents: invoices, pro forma invoices, delivery notes, credit notes. A closed one never changes (triggers)."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Article, Warehouse
from inventory.models.dictionaries import country_code
from inventory.models.prices import currency_code
from orders.models.customers import Customer
from orders.models.orders import Order, OrderLine
from orders.models.series import DocumentKind, NumberSeries


class DocumentQuerySet(models.QuerySet["Document"]):
    def closed(self) -> DocumentQuerySet:
        return self.filter(state=Document.State.CLOSED)

    def drafts(self) -> DocumentQuerySet:
        return self.filter(state=Document.State.DRAFT)


class Document(models.Model):
    """One document. A draft has no number; closing takes the next one of its series and freezes everything.

    seller, buyer, delivery: copies of the addresses as they were (orders.documents_view.Party as a dict); {} = none.
    bank: {"iban", "bic", "bank_country"}. total_net, total_vat, total: sums of the lines, rounded to the currency.
    vat_rows: the recapitulation, [{"percent", "net", "vat", "gross", "country", "legal"}], amounts as text.
    corrects: of a credit note the document it takes back; its amounts are negative.
    moves_stock: closing it moves the goods of its lines, out (or in, for a credit note with return); moved_at tells that.
    stock_note: what was short when the goods left (the warehouse allows it, with a warning); never printed.
    pdf, pdf_sha256: the file as it was issued, made once after closing: the only columns that may still be set then.
    automatic: made by the sales channel's rule; one of each kind an order (constraint). edited_at: by staff, as a draft.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CLOSED = "closed", _("Closed")

    Kind = DocumentKind

    kind = models.CharField(_("kind"), max_length=15, choices=DocumentKind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    number = models.CharField(_("number"), max_length=40, blank=True)
    series = models.ForeignKey(
        NumberSeries, models.PROTECT, related_name="documents", verbose_name=_("number series")
    )
    series_year = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    series_number = models.PositiveIntegerField(null=True, blank=True, editable=False)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("order")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("customer")
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects")
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    issue_date = models.DateField(_("date of issue"))
    supply_date = models.DateField(_("date of supply"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=5)
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    prices_gross = models.BooleanField(_("prices include VAT"), default=False)
    vat_exempt = models.BooleanField(_("without VAT (reverse charge)"), default=False)
    seller = models.JSONField(default=dict, blank=True, editable=False)
    buyer = models.JSONField(default=dict, blank=True, editable=False)
    delivery = models.JSONField(default=dict, blank=True, editable=False)
    bank = models.JSONField(default=dict, blank=True, editable=False)
    vat_rows = models.JSONField(default=list, blank=True, editable=False)
    total_net = models.DecimalField(_("net"), max_digits=16, decimal_places=4, default=Decimal(0))
    total_vat = models.DecimalField(_("VAT"), max_digits=16, decimal_places=4, default=Decimal(0))
    total = models.DecimalField(_("total"), max_digits=16, decimal_places=4, default=Decimal(0))
    paid = models.DecimalField(_("paid already"), max_digits=16, decimal_places=4, default=Decimal(0))
    payment_method = models.CharField(_("payment method"), max_length=100, blank=True)
    payment_reference = models.CharField(_("payment reference"), max_length=35, blank=True)
    note = models.TextField(_("text on the document"), blank=True)
    legal_notes = models.JSONField(default=list, blank=True, editable=False)
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("warehouse")
    )
    moves_stock = models.BooleanField(_("moves stock"), default=False)
    moved_at = models.DateTimeField(_("stock moved"), null=True, blank=True, editable=False)
    stock_note = models.CharField(_("remark of the warehouse"), max_length=500, blank=True, editable=False)
    send_mail = models.BooleanField(_("send by e-mail"), default=False)
    automatic = models.BooleanField(_("made automatically"), default=False, editable=False)
    edited_at = models.DateTimeField(_("edited by staff"), null=True, blank=True, editable=False)
    pdf = models.FileField(_("PDF"), upload_to="documents/%Y/%m", blank=True, editable=False)
    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        permissions = [
            ("close_document", _("Can issue documents")),  # of every kind
            ("issue_invoice", _("Can issue invoices and pro forma invoices")),
            ("issue_delivery_note", _("Can issue delivery notes")),
            ("issue_credit_note", _("Can issue credit notes")),
            ("correct_document", _("Can correct documents with credit notes")),
        ]
        indexes = [models.Index(fields=["kind", "-issue_date"], name="document_kind_date")]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "series_year", "series_number"], name="document_number_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "number"], condition=~Q(number=""), name="document_number_once_per_kind"
            ),
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(automatic=True),
                name="document_automatic_once_per_order",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", number="", series_number__isnull=True, closed_at__isnull=True)
                | (Q(state="closed", series_number__isnull=False, closed_at__isnull=False) & ~Q(number="")),
                name="document_number_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | Q(kind="credit_note"),
                name="document_only_credit_corrects",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_kind_display()} ({self.get_state_display().lower()})"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def label(self) -> str:
        """ "Invoice 2026-00012", "Invoice (draft)": what messages call it."""
        return f"{self.get_kind_display()} {self.number}" if self.number else str(self)


class DocumentLine(models.Model):
    """net, vat, gross are for the whole line after discount; of a credit note they and the quantity are negative.

    vat_country: whose VAT it is where that is not the seller's (ISO 3166 alpha-2; the buyer's under OSS).
    returns: of a credit note, the goods of this line come back into the warehouse.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="lines", verbose_name=_("document"))
    position = models.PositiveIntegerField(_("position"))
    kind = models.CharField(
        _("kind"), max_length=10, choices=OrderLine.Kind.choices, default=OrderLine.Kind.ITEM
    )
    order_line = models.ForeignKey(
        OrderLine, models.SET_NULL, null=True, blank=True, related_name="document_lines", editable=False
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", editable=False
    )
    article = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("article")
    )
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=500)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=Decimal(1))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    net_price = models.DecimalField(_("price, net"), max_digits=18, decimal_places=6, default=Decimal(0))
    discount = models.DecimalField(_("discount, net"), max_digits=18, decimal_places=6, default=Decimal(0))
    vat_percent = models.DecimalField(_("VAT %"), max_digits=6, decimal_places=3, null=True, blank=True)
    vat_country = models.CharField(
        _("country of the VAT"), max_length=2, blank=True, validators=[country_code]
    )
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=6, default=Decimal(0))
    vat = models.DecimalField(_("VAT"), max_digits=18, decimal_places=6, default=Decimal(0))
    returns = models.BooleanField(_("goods come back"), default=False)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="document_line_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} x {self.name}"

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat
