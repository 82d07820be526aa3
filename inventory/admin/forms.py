"""Forms of the admin: what a plain model form cannot say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from stdnum import ean as ean_number
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from inventory.admin.chosen import ChosenForm
from inventory.admin.displays import quantity_text
from inventory.errors import BadImage, BadSet
from inventory.models import Article, ArticleImage, Category, SetComponent, StockLevel, Warehouse
from inventory.services import images
from inventory.services.sets import refuse_as_part

_GTIN_LENGTHS = (8, 12, 13, 14)


class TextListField(forms.CharField):
    """A list of texts as one line, parted by |."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return " | ".join(str(part) for part in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        text = super().to_python(value)
        return [part.strip() for part in text.split("|")] if text else []

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])


class ArticleForm(forms.ModelForm):  # type: ignore[type-arg]
    option_names = TextListField(
        label=_("options"),
        required=False,
        help_text=_(
            "For a parent article: by what its variants differ, parted by |, for example Size | Colour."
        ),
    )
    option_values = TextListField(
        label=_("option values"),
        required=False,
        help_text=_(
            "For a variant: its value for each option of the parent, parted by |, for example L | Green."
        ),
    )

    class Meta:
        model = Article
        fields = (
            "sku",
            "ean",
            "name",
            "kind",
            "active",
            "short_description",
            "description",
            "unit",
            "vat_rate",
            "producer",
            "categories",
            "weight_g",
            "length_mm",
            "width_mm",
            "height_mm",
            "parent",
            "option_names",
            "option_values",
        )
        widgets = {"short_description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_ean(self) -> str:
        """The check digit of what is typed now; what stands there from earlier is left in peace."""
        ean = str(self.cleaned_data["ean"]).replace(" ", "")
        is_gtin = ean.isdigit() and len(ean) in _GTIN_LENGTHS
        if is_gtin and "ean" in self.changed_data and not ean_number.is_valid(ean):
            raise ValidationError(
                _(
                    "The last digit does not fit the others, so one of them is wrong. Compare with the package."
                )
            )
        return ean


class ArticleImageForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ArticleImage
        fields = ("file", "alt", "position")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        upload = data.get("file")
        if upload and "file" in self.changed_data:
            try:
                images.check_bytes(upload.size)
                content = upload.read()
                upload.seek(0)
                images.check_image(content)
            except BadImage as error:
                self.add_error("file", str(error))
                return data
            checksum = images.checksum_of(content)
            article = self.instance.article_id
            twin = ArticleImage.objects.filter(article=article, checksum=checksum).exclude(
                pk=self.instance.pk
            )
            if article and twin.exists():
                self.add_error("file", _("This article already has this picture."))
            self._content = content
        return data

    def save(self, commit: bool = True) -> ArticleImage:
        image: ArticleImage = super().save(commit=False)
        if "file" in self.changed_data:
            images.store_file(image, self._content, name=self.cleaned_data["file"].name)
        if commit:
            image.save()
        return image


class SetPartForm(ChosenForm):
    class Meta:
        model = SetComponent
        fields = ("component", "quantity")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["quantity"] = Decimal(f"{self.instance.quantity.normalize():f}")  # 2, not 2.000

    def clean_component(self) -> Article:
        component: Article = self.cleaned_data["component"]
        try:
            refuse_as_part(self.instance.whole, component)
        except BadSet as error:
            raise ValidationError(str(error)) from None
        return component


class StockLevelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A level as staff change it: a new quantity and why. It is booked as a correction, never written itself.

    What the form showed comes back with it, so that a sale between looking and saving is noticed.
    """

    on_hand = forms.DecimalField(
        label=_("New quantity"),
        max_digits=14,
        decimal_places=3,
        min_value=0,
        localize=True,
        show_hidden_initial=True,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("What lies in the warehouse now. The difference is booked as a correction."),
    )
    cause = forms.CharField(
        label=_("Reason"),
        max_length=200,
        initial=_("Stock count"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Stands in the list of movements."),
    )

    class Meta:
        model = StockLevel
        fields = ("article", "warehouse", "on_hand", "cause", "minimum")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("on_hand", "minimum"):
                if self.initial.get(name) is not None:  # 12 instead of 12.000
                    self.initial[name] = Decimal(f"{self.initial[name].normalize():f}")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.instance.pk and "on_hand" in self.changed_data and "on_hand" in data:
            shown = self._shown()
            now = StockLevel.objects.values_list("on_hand", flat=True).get(pk=self.instance.pk)
            if shown != now:
                self.add_error(
                    "on_hand",
                    _(
                        "The stock was changed meanwhile: it is %(now)s now. Load the page anew and enter it again."
                    )
                    % {"now": f"{now.normalize():f}"},
                )
        return data

    def clean_article(self) -> Article:
        article: Article = self.cleaned_data["article"]
        if not article.counted:
            raise ValidationError(
                _(
                    "This article has no stock of its own. Choose one of its variants, or a part of the set; services are "
                    "not counted."
                )
            )
        return article

    def _shown(self) -> Any:
        field = self.fields["on_hand"]
        hidden = field.hidden_widget().value_from_datadict(
            self.data, self.files, self.add_initial_prefix("on_hand")
        )
        try:
            return field.to_python(hidden)
        except ValidationError:
            return None


class StockLevelRowForm(StockLevelForm):
    """The same in a row of the list, where there is no room for a reason."""

    cause = None  # type: ignore[assignment]

    class Meta:
        model = StockLevel
        fields = ("on_hand",)


class ParentForm(BaseDialogForm):
    option_names = TextListField(
        label=_("Options"),
        help_text=_("By what the variants will differ, parted by |, for example Size | Colour."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        article = Article.objects.filter(pk=self.object_id).only("option_names").first()
        if article:
            self.fields["option_names"].initial = article.option_names


class CategoryField(forms.ModelChoiceField):
    """A category out of the tree, each below its parent."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{'– ' * obj.tree_depth}{obj}"


class FillForm(BaseDialogForm):
    """What a count is filled with."""

    category = CategoryField(
        Category.objects.with_tree_fields(),
        label=_("Category"),
        required=False,
        empty_label=_("All articles of the warehouse"),
        help_text=_("Only the articles of this category and of those below it."),
        widget=UnfoldAdminSelectWidget,
    )


class TransferForm(BaseDialogForm):
    target = forms.ModelChoiceField(
        Warehouse.objects.filter(active=True), label=_("To warehouse"), widget=UnfoldAdminSelectWidget
    )
    quantity = forms.DecimalField(
        label=_("Quantity"),
        max_digits=14,
        decimal_places=3,
        min_value=0,
        localize=True,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    cause = forms.CharField(
        label=_("Reason"), max_length=200, initial=_("Transfer"), widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level = StockLevel.objects.filter(pk=self.object_id).first()
        field: Any = self.fields["target"]
        targets: QuerySet[Warehouse] = field.queryset
        if level:
            field.queryset = targets.exclude(pk=level.warehouse_id)
            free = level.on_hand - level.reserved
            self.fields["quantity"].help_text = _("Free here: %(quantity)s") % {
                "quantity": quantity_text(free)
            }
