"""Shops, their matrix, and how far each stream has been read."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib.secrets import SecretsField
from inventory.models import Category, PriceList, Warehouse
from inventory.models.dictionaries import country_code
from inventory.models.prices import currency_code
from orders.models import Customer
from shops.elements import ELEMENT_CHOICES


class ShopQuerySet(models.QuerySet["Shop"]):
    def switched_on(self) -> ShopQuerySet:
        return self.filter(active=True)


class Shop(models.Model):
    """One connection to one web shop (DESIGN.md §3). `code` names it in orders, files and on the command line.

    facts: what the shop said of itself at the last check or run (base.ShopFacts as a dict), facts_at: when.
    check_result: the findings of the last "Test settings" (base.Finding as dicts).
    brake_limits: {risk: {"share": percent, "count": n, "jump": percent}}, what differs from sync.brake.DEFAULTS.
    owners: {field group: "here" | "shop"} where the matrix's direction does not hold (sync.owners.GROUPS).
    quiet_from, quiet_until: between these times of the office's day nothing starts or goes on by itself (may span midnight).
    import_statuses: the shop's own ids of the order statuses whose orders are imported, [] = all; orders that are known
        already are followed whatever their status.
    failures: runs in a row that the shop made fail; from the third on it is paused and tried again by itself.
    """

    class LinkBy(models.TextChoices):
        SKU = "sku", _("SKU only")
        SKU_EAN = "sku_ean", _("SKU, then EAN")

    class Scope(models.TextChoices):
        CHANGED = "changed", _("New and changed articles only")
        ALL = "all", _("Everything, every time")

    class UnknownArticles(models.TextChoices):
        CREATE = "create", _("create it")
        PARK = "park", _("the order waits until somebody has chosen one")
        PLAIN = "plain", _("bill the line without an article; it moves no stock")

    class UnknownCustomers(models.TextChoices):
        CREATE = "create", _("create the customer")
        PARK = "park", _("the order waits until somebody has chosen one")
        COLLECTIVE = "collective", _("put the order on a collective customer")

    class Unmapped(models.TextChoices):
        DOCUMENTS = "documents", _("the order waits where documents are issued by themselves")
        PARK = "park", _("the order always waits")
        TAKE = "take", _("take the order, with the shop's words")

    name = models.CharField(_("name"), max_length=100, unique=True, help_text=_("How staff call this shop."))
    code = models.SlugField(
        _("code"),
        max_length=50,
        unique=True,
        help_text=_(
            "Short name for order numbers, file names and the command line. Cannot be changed later."
        ),
    )
    platform = models.CharField(
        _("platform"),
        max_length=40,
        help_text=_(
            "Cannot be changed later: the links belong to it. For another platform add another shop."
        ),
    )
    address = models.CharField(
        _("shop address"), max_length=300, help_text=_("As in the browser's address line.")
    )
    credentials = SecretsField(_("credentials"))
    credentials_saved_at = models.DateTimeField(_("credentials saved"), null=True, blank=True, editable=False)
    credentials_saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    options = models.JSONField(_("platform options"), default=dict, blank=True)
    active = models.BooleanField(
        _("switched on"),
        default=True,
        help_text=_("Off = nothing is read or written; links and history stay."),
    )
    language = models.CharField(
        _("language of the texts"),
        max_length=5,
        blank=True,
        help_text=_("Two-letter code. Empty = the company's language."),
    )
    country = models.CharField(
        _("home country"),
        max_length=2,
        blank=True,
        validators=[country_code],
        help_text=_("Whose VAT rates the articles carry. Empty = the shop's own country."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[currency_code],
        help_text=_(
            "Filled by the first test. If the shop's currency changes later, prices stop until you confirm."
        ),
    )
    facts = models.JSONField(default=dict, blank=True, editable=False)
    facts_at = models.DateTimeField(null=True, blank=True, editable=False)
    check_result = models.JSONField(default=list, blank=True, editable=False)
    checked_at = models.DateTimeField(_("last tested"), null=True, blank=True, editable=False)

    # Stock and prices (P1, P2, P4, P5)
    warehouses = models.ManyToManyField(
        Warehouse,
        blank=True,
        related_name="shops",
        verbose_name=_("warehouses"),
        help_text=_("The sum of these warehouses is what the shop shows as its stock."),
    )
    safety_buffer = models.DecimalField(
        _("safety buffer"),
        max_digits=10,
        decimal_places=3,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=_("So many pieces of each article are kept back and not offered in the shop."),
    )
    download_warehouse = models.ForeignKey(
        Warehouse,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse for stock from the shop"),
        help_text=_("Stock that is taken over from the shop goes into this warehouse."),
    )
    price_list = models.ForeignKey(
        PriceList,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price list for the shop"),
    )
    sale_price_list = models.ForeignKey(
        PriceList,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sale price list for the shop"),
    )
    download_price_list = models.ForeignKey(
        PriceList,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price list for prices from the shop"),
    )
    excluded_categories = models.ManyToManyField(
        Category,
        blank=True,
        related_name="+",
        verbose_name=_("article groups left out"),
        help_text=_("Articles of these categories are not sent to the shop."),
    )
    scope = models.CharField(_("what is sent"), max_length=10, choices=Scope.choices, default=Scope.CHANGED)
    link_by = models.CharField(
        _("articles are matched by"), max_length=10, choices=LinkBy.choices, default=LinkBy.SKU
    )
    transfer_files = models.BooleanField(
        _("transfer files by FTP"),
        default=False,
        help_text=_("If ticked, “Export all” takes the images along."),
    )
    overwrite_confirmed_at = models.DateTimeField(
        _("overwriting confirmed"), null=True, blank=True, editable=False
    )
    overwrite_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    # Brake, owners, breaker
    brake_limits = models.JSONField(_("brake"), default=dict, blank=True)
    owners = models.JSONField(_("who decides"), default=dict, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True, editable=False)
    pause_reason = models.CharField(_("why paused"), max_length=500, blank=True, editable=False)

    # Schedule (E1, O10); the times of the jobs stand in ShopSchedule
    quiet_from = models.TimeField(_("quiet hours from"), null=True, blank=True)
    quiet_until = models.TimeField(_("until"), null=True, blank=True)

    # Orders (O2, O3, O8, O11, O12); what becomes of them stands in orders.models.SalesChannel of the same code
    orders_from = models.DateTimeField(
        _("orders from"), null=True, blank=True, help_text=_("Older orders are not imported.")
    )
    import_statuses = models.JSONField(_("order statuses that are imported"), default=list, blank=True)
    unknown_articles = models.CharField(
        _("an article that is not known here"),
        max_length=10,
        choices=UnknownArticles.choices,
        default=UnknownArticles.CREATE,
    )
    unknown_customers = models.CharField(
        _("a customer who is not known here"),
        max_length=10,
        choices=UnknownCustomers.choices,
        default=UnknownCustomers.CREATE,
    )
    collective_customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("collective customer"),
        help_text=_("Names and addresses stay on each order."),
    )
    accept_orders = models.BooleanField(
        _("accept orders by themselves"),
        default=False,
        help_text=_("Off = a person looks at each new order before it goes on."),
    )
    rounding_tolerance = models.DecimalField(
        _("tolerance of the rounding line"),
        max_digits=6,
        decimal_places=2,
        default=Decimal("0.05"),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_(
            "The largest difference between the lines and the shop's total that becomes a line of its own. Above it"
            " the order waits. In currencies with other decimals as many smallest units."
        ),
    )
    unmapped = models.CharField(
        _("a payment method, shipping method, status or VAT rate that is not mapped yet"),
        max_length=10,
        choices=Unmapped.choices,
        default=Unmapped.DOCUMENTS,
    )
    update_known_status = models.BooleanField(
        _("take over its status"),
        default=False,
        help_text=_("On by itself while the shop calls for changed orders."),
    )
    rewrite_known = models.BooleanField(
        _("take over its content while nobody has worked on it here"),
        default=True,
        help_text=_(
            "Somebody has, once it was accepted or edited by hand, or a document, parcel or payment was made of it."
            " Then the difference is shown on the order."
        ),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ShopQuerySet.as_manager()

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (
                    Q(quiet_from__isnull=False, quiet_until__isnull=False)
                    & ~Q(quiet_from=models.F("quiet_until"))
                ),
                name="shop_quiet_hours_are_whole",
                violation_error_message=_("Quiet hours need a beginning and another time as their end."),
            )
        ]
        permissions = [
            ("run_shop", _("Can start and stop runs")),
            ("see_credentials", _("Can enter credentials")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return self.quiet_from, self.quiet_until


class Rule(models.Model):
    """One row of a shop's matrix (M3, M4), with the numbers of the last read and the last result.

    linked_count, only_here_count, only_shop_count: None = not read yet.
    last_counts: what the last run's step did (sync.step.COUNTED), from which each reader is told in a language of their
    own. last_text: why it did nothing, where it failed or was skipped.
    """

    class Linked(models.TextChoices):
        NOTHING = "nothing", _("Leave alone")
        HERE = "here", _("Update here")
        SHOP = "shop", _("Update in shop")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="rules", verbose_name=_("shop"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    linked = models.CharField(_("linked"), max_length=10, choices=Linked.choices, default=Linked.NOTHING)
    import_here = models.BooleanField(_("import"), default=False)
    export_there = models.BooleanField(_("export"), default=False)
    delete_there = models.BooleanField(_("delete in shop"), default=False)
    linked_count = models.PositiveIntegerField(null=True, editable=False)
    only_here_count = models.PositiveIntegerField(null=True, editable=False)
    only_shop_count = models.PositiveIntegerField(null=True, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    last_state = models.CharField(max_length=12, blank=True, editable=False)
    last_counts = models.JSONField(default=dict, blank=True, editable=False)
    last_text = models.CharField(max_length=200, blank=True, editable=False)
    last_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("what to sync")
        ordering = ["shop", "id"]
        constraints = [
            models.UniqueConstraint(fields=["shop", "kind"], name="rule_once_per_type"),
            models.CheckConstraint(
                condition=~Q(import_here=True, delete_there=True),
                name="rule_not_import_and_delete",
                violation_error_message=_(
                    "Import and Delete contradict each other: the same elements would come here and vanish there. "
                    "Untick one."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.kind}"


class Watermark(models.Model):
    """How far a stream of a shop has been read: the next incremental read begins here, less the overlap.

    Taken before the read began, UTC. Staff may set it back ("read again since").
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="watermarks", verbose_name=_("shop"))
    kind = models.CharField(_("element type"), max_length=20, choices=ELEMENT_CHOICES)
    at = models.DateTimeField(_("read up to"))

    class Meta:
        verbose_name = _("watermark")
        verbose_name_plural = _("watermarks")
        constraints = [models.UniqueConstraint(fields=["shop", "kind"], name="watermark_once_per_stream")]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.kind}: {self.at:%Y-%m-%d %H:%M:%S}"
