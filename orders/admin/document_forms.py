"""Forms of documents: a draft with its parties and its lines, and what the buttons ask."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from inventory.admin.chosen import ChosenForm
from inventory.models.dictionaries import country_code
from orders.models import Document, DocumentLine, NumberSeries, OrderLine
from orders.services.credit_amounts import Left
from orders.services.mails import usable_address

PARTY = {
    "name": gettext_lazy("Name or company"),
    "person": gettext_lazy("Person"),
    "street": gettext_lazy("Street"),
    "street2": gettext_lazy("Street, second line"),
    "postcode": gettext_lazy("Postcode"),
    "city": gettext_lazy("City"),
    "country": gettext_lazy("Country"),
    "vat_id": gettext_lazy("VAT id"),
    "email": gettext_lazy("E-mail"),
}
# Languages that documents can speak besides those of the screens (orders.pdf.words).
LANGUAGES = [
    *settings.LANGUAGES,
    ("de", "Deutsch"),
    ("sk", "Slovenčina"),
    ("hr", "Hrvatski"),
    ("it", "Italiano"),
]
_STEP = Decimal("0.000001")


def party_fields(part: str) -> dict[str, forms.Field]:
    """{"buyer_name": field, ...}"""
    fields: dict[str, forms.Field] = {}
    for name, label in PARTY.items():
        if part == "delivery" and name in ("vat_id", "email"):
            continue
        widget = UnfoldAdminEmailInputWidget() if name == "email" else UnfoldAdminTextInputWidget()
        validators = [country_code] if name == "country" else []
        fields[f"{part}_{name}"] = forms.CharField(
            label=label, required=False, max_length=200, widget=widget, validators=validators
        )
    return fields


class _DocumentForm(forms.ModelForm):  # type: ignore[type-arg]
    """The parties are texts in the document itself; nobody's address changes with them."""

    class Meta:
        model = Document
        fields = [
            "series", "issue_date", "supply_date", "due_date", "language", "payment_method", "payment_reference",
            "vat_exempt", "warehouse", "send_mail", "reason", "note",
        ]  # fmt: skip
        widgets = {"language": UnfoldAdminSelectWidget(choices=LANGUAGES)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "series" in self.fields:
            of_kind = NumberSeries.objects.filter(kind=self.instance.kind, active=True)
            self.fields["series"].queryset = of_kind  # type: ignore[attr-defined]
        for name in ("note", "reason"):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 2
        for part in ("buyer", "delivery"):
            for name in PARTY:
                if f"{part}_{name}" in self.fields:
                    self.initial.setdefault(f"{part}_{name}", getattr(self.instance, part).get(name, ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        issued, due = cleaned.get("issue_date"), cleaned.get("due_date")
        if issued and due and due < issued:
            self.add_error("due_date", _("It cannot be due before it is issued. Enter a later day."))
        if cleaned.get("buyer_email") and not usable_address(cleaned["buyer_email"]):
            self.add_error(
                "buyer_email", _("No mail server would take this address. Correct it, or leave it empty.")
            )
        return cleaned

    def save_parties(self) -> None:
        for part in ("buyer", "delivery"):
            given = {
                name: self.cleaned_data[f"{part}_{name}"].strip()
                for name in PARTY
                if f"{part}_{name}" in self.cleaned_data
            }
            before = getattr(self.instance, part)
            if part == "delivery" and not any(given.values()):
                self.instance.delivery = {}
            elif given:
                every = before or dict.fromkeys(self.instance.buyer, "")
                setattr(self.instance, part, {**every, **given})


DocumentForm = type(_DocumentForm)(
    "DocumentForm",
    (_DocumentForm,),
    {"__module__": __name__} | party_fields("buyer") | party_fields("delivery"),
)


class DocumentLineForm(ChosenForm):
    """A line of a draft: what it comes to follows from quantity, price, discount and percentage."""

    class Meta:
        model = DocumentLine
        fields = ["article", "name", "quantity", "unit", "net_price", "discount", "vat_percent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("quantity", "net_price", "discount", "vat_percent"):
            value = self.initial.get(name)
            if isinstance(value, Decimal):  # 1, not 1.000
                self.initial[name] = Decimal(f"{value.normalize():f}")

    def clean_quantity(self) -> Decimal:
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity <= 0 and "quantity" in self.changed_data:
            raise ValidationError(_("Enter how many pieces, above zero. Delete a line that is not wanted."))
        return quantity

    def save(self, commit: bool = True) -> DocumentLine:
        line: DocumentLine = self.instance
        if set(self.changed_data) & {"quantity", "net_price", "discount", "vat_percent"}:
            line.net = (line.quantity * line.net_price - line.discount).quantize(_STEP)
            line.vat = (line.net * (line.vat_percent or Decimal(0)) / 100).quantize(_STEP)
        if "article" in self.changed_data:
            line.sku = line.article.sku if line.article else ""
        return super().save(commit)


class CreditLineForm(forms.ModelForm):  # type: ignore[type-arg]
    """A line of a draft credit note: how much of it, and do the goods come back. Shown positive, stored negative.

    left: of the corrected line, without this credit note; set by the admin.
    """

    left: Left | None = None

    class Meta:
        model = DocumentLine
        fields = ["quantity", "returns"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["quantity"] = Decimal(f"{-self.instance.quantity.normalize():f}")
        if self.instance.kind != OrderLine.Kind.ITEM or self.instance.article_id is None:
            self.fields["returns"].disabled = True

    def clean_quantity(self) -> Decimal:
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity <= 0:
            raise ValidationError(_("Enter how many pieces, above zero. Delete a line that is not wanted."))
        if self.left is not None and quantity > self.left.quantity:
            raise ValidationError(
                _("Only %(left)s can still be credited.") % {"left": f"{self.left.quantity.normalize():f}"}
            )
        return -quantity

    def save(self, commit: bool = True) -> DocumentLine:
        line: DocumentLine = self.instance
        if self.left is not None and "quantity" in self.changed_data and line.net:
            net, vat, discount = self.left.amounts(-line.quantity)
            line.net, line.vat, line.discount = -net, -vat, -discount
        return super().save(commit)


# What the buttons ask


def _document(object_id: int | str | None) -> Document | None:
    """None = deleted meanwhile; the service says so when it is called."""
    return Document.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None


class CloseForm(BaseDialogForm):
    """Asks for the day only where the draft has another one than today."""

    today = forms.BooleanField(
        label=gettext_lazy("With today's date of issue"), required=False, widget=UnfoldBooleanSwitchWidget()
    )

    def __init__(self, request: HttpRequest, object_id: int | str | None = None, **kwargs: Any) -> None:
        super().__init__(request, object_id, **kwargs)
        document = _document(object_id)
        if document is None or document.issue_date == timezone.localdate():
            del self.fields["today"]
        else:
            self.fields["today"].initial = True
            said = formats.date_format(document.issue_date)
            self.fields["today"].help_text = _("The draft says %(day)s.") % {"day": said}


class SendForm(BaseDialogForm):
    to = forms.CharField(label=gettext_lazy("To"), max_length=254, widget=UnfoldAdminEmailInputWidget())

    def __init__(self, request: HttpRequest, object_id: int | str | None = None, **kwargs: Any) -> None:
        super().__init__(request, object_id, **kwargs)
        document = _document(object_id)
        self.fields["to"].initial = document.buyer.get("email", "") if document else ""

    def clean_to(self) -> str:
        address = usable_address(self.cleaned_data["to"])
        if not address:
            raise ValidationError(_("No mail server would take this address. Correct it."))
        return address


class CreditForm(forms.Form):
    """The head of the page that takes a document back; its lines are read by orders.admin.credit_page."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("It is printed on the credit note."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
