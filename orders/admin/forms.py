"""Forms with the addresses in them: an address belongs to one order or one customer, nobody should pick it from a list."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.lib.money import minor_units, parse_decimal, round_cent
from inventory.admin.chosen import ChosenForm
from orders.models import Address, Customer, Order, OrderLine
from orders.services.vat_ids import check_vat_id

ADDRESS_FIELDS = [
    "first_name", "last_name", "company", "street", "street2", "postcode", "city", "state", "country", "phone",
    "email",
]  # fmt: skip


def address_fields(part: str) -> dict[str, forms.Field]:
    """{"billing_street": field, ...}: unfold's widgets on the model's own fields."""
    fields = fields_for_model(Address, ADDRESS_FIELDS)
    for name, field in fields.items():
        field.widget = UnfoldAdminEmailInputWidget() if name == "email" else UnfoldAdminTextInputWidget()
        if field.max_length:
            field.widget.attrs["maxlength"] = str(field.max_length)
    return {f"{part}_{name}": field for name, field in fields.items()}


class _AddressesForm(forms.ModelForm):  # type: ignore[type-arg]
    """save() writes the addresses too; one whose fields are all empty is taken away."""

    PARTS = ("billing", "delivery")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("note", "customer_note"):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 3
        if "vat_id" in self.fields and self.instance.vat_id:
            billing = self.instance.billing
            check = check_vat_id(self.instance.vat_id, billing.country if billing else "")
            self.fields["vat_id"].help_text = check.message or _("The VAT id is well formed.")
        for part in self.PARTS:
            address = getattr(self.instance, part)
            for name in ADDRESS_FIELDS:
                self.initial.setdefault(f"{part}_{name}", getattr(address, name) if address else "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for part in self.PARTS:
            country = cleaned.get(f"{part}_country")
            if country:
                cleaned[f"{part}_country"] = country.upper()
        return cleaned

    def save_addresses(self) -> None:
        """Before the instance itself is saved: it needs their ids."""
        self._obsolete = []
        for part in self.PARTS:
            keys = [f"{part}_{name}" for name in ADDRESS_FIELDS]
            if not any(key in self.changed_data for key in keys):
                continue
            address = getattr(self.instance, part)
            values = {name: self.cleaned_data.get(f"{part}_{name}", "") for name in ADDRESS_FIELDS}
            if not any(values.values()):
                if address is not None:
                    self._obsolete.append(address)
                    setattr(self.instance, part, None)
                continue
            address = address or Address()
            for name, value in values.items():
                setattr(address, name, value)
            address.save()
            setattr(self.instance, part, address)

    def delete_obsolete_addresses(self) -> None:
        """After the instance was saved: now nothing points to them."""
        for address in self._obsolete:
            address.delete()

    def vat_country(self) -> str:
        return (self.cleaned_data.get("billing_country") or "").upper()


AddressesForm = type(_AddressesForm)(
    "AddressesForm",
    (_AddressesForm,),
    {"__module__": __name__} | address_fields("billing") | address_fields("delivery"),
)


class OrderForm(AddressesForm):  # type: ignore[valid-type,misc]
    class Meta:
        model = Order
        fields = ["status", "payment_method", "shipping_method", "email", "vat_id", "customer_note", "note"]

    def clean_vat_id(self) -> str:
        return check_vat_id(self.cleaned_data["vat_id"]).number


class CustomerForm(AddressesForm):  # type: ignore[valid-type,misc]
    """The VAT id may be wrong (the customer's own mistake, to be asked for): that is said, not refused."""

    class Meta:
        model = Customer
        fields = [
            "kind",
            "first_name",
            "last_name",
            "company",
            "vat_id",
            "email",
            "phone",
            "language",
            "note",
        ]

    def clean_email(self) -> str:
        return (self.cleaned_data["email"] or "").lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        check = check_vat_id(cleaned.get("vat_id") or "", self.vat_country())
        cleaned["vat_id"] = check.number
        self.instance.vat_id_checked = bool(check.well_formed)
        self.vat_id_message = check.message
        if not any(cleaned.get(name) for name in ("first_name", "last_name", "company", "email")):
            raise ValidationError(
                _("A customer needs a name, a company or an e-mail address. Enter one of them.")
            )
        return cleaned


class LineForm(ChosenForm):
    """A line of an order. A new quantity keeps the price of one piece; VAT follows net and percentage."""

    class Meta:
        model = OrderLine
        fields = ["kind", "article", "name", "quantity", "net", "vat_percent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("quantity", "net", "vat_percent"):
            value = self.initial.get(name)
            if isinstance(value, Decimal):  # 1, not 1.000
                self.initial[name] = Decimal(f"{value.normalize():f}")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        amounts_change = {"quantity", "net", "vat_percent"} & set(self.changed_data)
        if amounts_change and cleaned.get("vat_percent") is None and self.instance.vat:
            self.add_error(
                "vat_percent", _("The amount changes, so its VAT must be known. Enter the percentage.")
            )
        if cleaned.get("quantity") == 0:
            self.add_error("quantity", _("A line needs a quantity. Delete the line instead."))
        return cleaned

    def save(self, commit: bool = True) -> OrderLine:
        line: OrderLine = self.instance
        before = self.initial.get("quantity")
        changed = set(self.changed_data)
        if "quantity" in changed and "net" not in changed and before:
            factor = line.quantity / before
            line.net = (line.net * factor).quantize(Decimal("0.000001"))
            line.discount = (line.discount * factor).quantize(Decimal("0.000001"))
        if changed & {"quantity", "net", "vat_percent"}:
            percent = line.vat_percent or Decimal(0)
            line.vat = (line.net * percent / 100).quantize(Decimal("0.000001"))
            if line.vat_rate and line.vat_rate.percent != line.vat_percent:
                line.vat_rate = None
        if "article" in changed and line.article:
            line.note = ""
            line.sku = line.sku or line.article.sku
        return super().save(commit)


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        label=_("reason"), max_length=500, required=True, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class PaymentForm(BaseDialogForm):
    """What came in for an order, or went back: `payment()` is the amount with its sign, `moment()` when."""

    way = forms.ChoiceField(
        label=_("what happened"),
        choices=[("in", _("Money came in")), ("back", _("Money went back to the customer"))],
        widget=UnfoldAdminSelectWidget,
    )
    amount = forms.CharField(
        label=_("amount"), max_length=20, widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"})
    )
    day = forms.DateField(label=_("day"), widget=UnfoldAdminSingleDateWidget)
    note = forms.CharField(
        label=_("note"), max_length=300, required=False, widget=UnfoldAdminTextInputWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pk = str(self.object_id or "")
        self.order = Order.objects.filter(pk=int(pk) if pk.isdecimal() else 0).first()
        self.initial.setdefault("day", timezone.localdate())
        if self.order is not None and self.order.open_amount:
            decimals = minor_units(self.order.currency)
            self.initial.setdefault("amount", f"{self.order.open_amount:.{decimals}f}")
            self.fields["amount"].help_text = self.order.currency

    def clean_amount(self) -> Decimal:
        try:
            amount = parse_decimal(self.cleaned_data["amount"])
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if self.order is not None:
            amount = round_cent(amount, self.order.currency)
        if not 0 < amount < Decimal(10) ** 10:
            raise ValidationError(_("Enter an amount above zero; whether it came or went is chosen above."))
        return amount

    def payment(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        return amount if self.cleaned_data["way"] == "in" else -amount

    def moment(self) -> datetime:
        """The chosen day: now where it is today, else its noon."""
        day = self.cleaned_data["day"]
        if day == timezone.localdate():
            return timezone.now()
        return timezone.make_aware(datetime.combine(day, time(12)))


class ParcelForm(BaseDialogForm):
    """The parcel in which an order leaves; all may stay empty."""

    carrier = forms.CharField(
        label=_("carrier"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )
    tracking_number = forms.CharField(
        label=_("tracking number"), max_length=80, required=False, widget=UnfoldAdminTextInputWidget()
    )
    tracking_url = forms.URLField(
        label=_("tracking address"),
        max_length=400,
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget(),
    )
