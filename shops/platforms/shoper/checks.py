""" "Test settings": one question after the other, without effect in the shop (shoper.md, 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import KontorError
from backoffice.lib.text import extract
from shops.elements import Text
from shops.platforms.base import Connection, Finding
from shops.platforms.findings import in_turn, ok, problem, remark
from shops.platforms.shoper import complaints
from shops.platforms.shoper.client import Client, listing
from shops.platforms.shoper.mapping import terms, values
from shops.platforms.shoper.setup import Setup

STEPS: Final[tuple[tuple[str, Text], ...]] = (
    ("address", gettext_lazy("The shop can be reached")),
    ("login", gettext_lazy("The login is accepted")),
    ("rights", gettext_lazy("The login may do what is needed")),
    ("version", gettext_lazy("Version of Shoper")),
    ("home", gettext_lazy("The address is the shop's own")),
    ("open", gettext_lazy("The shop is open")),
    ("currency", gettext_lazy("Currency")),
    ("language", gettext_lazy("Language of the texts")),
    ("vat", gettext_lazy("VAT rates")),
    ("stock", gettext_lazy("Stock")),
    ("category", gettext_lazy("Default category")),
)
_STOPPING: Final = frozenset({"address", "login"})
# What is read of each area to see whether the login may, and what staff call it.
AREAS: Final[tuple[tuple[str, Text], ...]] = (
    ("products", gettext_lazy("Products")),
    ("product-stocks", gettext_lazy("Product variants (stock)")),
    ("categories", gettext_lazy("Categories")),
    ("taxes", gettext_lazy("VAT rates")),
    ("units", gettext_lazy("Units")),
    ("producers", gettext_lazy("Producers")),
    ("users", gettext_lazy("Customers")),
    ("orders", gettext_lazy("Orders")),
    ("parcels", gettext_lazy("Parcels")),
    ("statuses", gettext_lazy("Order statuses")),
    ("shippings", gettext_lazy("Deliveries")),
    ("payments", gettext_lazy("Payments")),
    ("webhooks", gettext_lazy("Webhooks")),
)


@dataclass
class Checks:
    connection: Connection
    default_category: str

    def run(self) -> Iterator[Finding]:
        return in_turn(STEPS, lambda key: self._step(key)(), _STOPPING)

    def _step(self, key: str) -> Callable[[], Finding]:
        steps: dict[str, Callable[[], Finding]] = {
            "address": self.address,
            "login": self.login,
            "rights": self.rights,
            "version": self.version,
            "home": self.home,
            "open": self.open,
            "currency": self.currency,
            "language": self.language,
            "vat": self.vat,
            "stock": self.stock,
            "category": self.category,
        }
        return steps[key]

    @cached_property
    def client(self) -> Client:
        return Client(self.connection)

    @cached_property
    def setup(self) -> Setup:
        return Setup(self.client)

    def address(self) -> Finding:
        """Asked without a login, a Shoper shop refuses in its own words; anything else does not."""
        answer = self.client.session.request("GET", "webapi/rest/application-version", accept=(503,))
        try:
            body = answer.json()
        except KontorError:
            body = None
        own_words = bool(complaints.read(body)[0]) and answer.status in (400, 401, 402, 403)
        if own_words or (isinstance(body, Mapping) and body.get("version")):
            return ok(_("%(address)s answers.") % {"address": self.client.address})
        if answer.status == 503:
            return problem(
                _("The shop is locked at the moment."),
                why=_("An application, or an administrator, has locked it for its own work."),
                cure=_("Wait some minutes, then test again."),
            )
        return problem(
            _("There is no Shoper shop at %(address)s.") % {"address": self.client.address},
            why=_("Something answers there (status %(status)d), but not Shoper's interface.")
            % {"status": answer.status},
            cure=_("Enter the shop's own address, without a path behind it, e.g. https://name.shoparena.pl"),
            detail=extract(answer.text, 300),
        )

    def login(self) -> Finding:
        if self.client.given_token:
            self.client.get("application-version")
            return ok(_("The shop accepts the token."))
        if not (self.client.login and self.client.password):
            return problem(
                _("There is neither a token nor a login with its password."),
                cure=_("Enter one of them; a token is made in Shoper's panel under “Dodaj integrację”."),
            )
        self.client.sign_in()
        self.client.get("application-version")
        return ok(_("The shop accepts the login of the administrator."))

    def rights(self) -> Finding:
        """One request for all areas. Whether more than reading is allowed cannot be seen without writing."""
        answers = self.client.bulk([listing(path, limit=1) for path, _label in AREAS])
        missing = [
            str(label)
            for (_path, label), answer in zip(AREAS, answers, strict=True)
            if isinstance(answer, KontorError) and getattr(answer, "status", None) == 403
        ]
        if not missing:
            return ok(_("Everything that Kontor reads is open to this login."))
        return problem(
            _("The login may not read: %(areas)s.") % {"areas": ", ".join(missing)},
            effect=_("These parts cannot be synchronised; the others can."),
            cure=_("Give the integration, or the administrator's group, these rights in Shoper's panel."),
        )

    def version(self) -> Finding:
        data = self.client.get("application-version")
        return ok(values.text(data, "version") or "?")

    def home(self) -> Finding:
        own = values.text(self.setup.config, "technical_url").rstrip("/")
        if not own or own == self.client.address:
            return ok(self.client.address)
        return remark(
            _("The shop calls its own address %(address)s.") % {"address": own},
            why=_("Another one of its addresses works too, as long as it does not lead on to this one."),
        )

    def open(self) -> Finding:
        if not values.flag(self.setup.config, "shop_off"):
            return ok(_("Customers can order."))
        return remark(
            _("The shop is switched off for customers."),
            effect=_("It can be synchronised, but no orders come."),
            cure=_("Switch it on in Shoper's panel when it is ready."),
        )

    def currency(self) -> Finding:
        theirs = values.text(self.setup.config, "default_currency_name")
        ours = self.connection.currency
        if not ours or ours == theirs:
            return ok(theirs)
        return problem(
            _("The shop sells in %(theirs)s, the chosen price list is in %(ours)s.")
            % {"theirs": theirs, "ours": ours},
            effect=_("No prices are sent."),
            cure=_("Choose a price list in the shop's currency on the page Stock and prices."),
        )

    def language(self) -> Finding:
        locale, wanted = self.setup.locale, self.connection.language
        if not wanted or locale.lower().startswith(wanted.lower()):
            return ok(locale)
        return remark(
            _("The shop has no texts in “%(wanted)s”; those in %(locale)s are read and written instead.")
            % {"wanted": wanted, "locale": locale},
            cure=_("Choose another language of the texts, or add the language in Shoper's panel."),
        )

    def vat(self) -> Finding:
        rates = [terms.vat_rate(row, self.setup.home_country) for row in self.client.rows(listing("taxes"))]
        percents = sorted({rate.percent for rate in rates if rate.percent is not None}, reverse=True)
        if not percents:
            return problem(
                _("The shop has no VAT rates."),
                effect=_("No article can be sent."),
                cure=_("Add the rates in Shoper's panel, under VAT rates."),
            )
        return ok(", ".join(f"{percent.normalize():f} %" for percent in percents))

    def stock(self) -> Finding:
        if self.setup.many_warehouses:
            return problem(
                _("The shop keeps several warehouses itself (Premium)."),
                effect=_("Its stock is neither read nor written; everything else works."),
                cure=_("Switch the shop's warehouses off in its panel if Kontor is to keep the stock."),
            )
        if values.flag(self.setup.config, "shopping_update_stock_on_buy"):
            return ok(_("One stock; an order lowers it at once."))
        return remark(
            _("An order does not lower the shop's stock."),
            effect=_("The shop may sell more than there is until the next stock is sent."),
            cure=_("Switch the lowering of stock on in Shoper's panel, under orders."),
        )

    def category(self) -> Finding:
        if not self.default_category:
            return remark(
                _("None is named."),
                effect=_("Articles that are in no category of the shop are not sent."),
            )
        row = self.client.find(f"categories/{int(self.default_category)}")
        if row is None:
            return problem(
                _("The shop has no category with the number %(number)s.") % {"number": self.default_category},
                cure=_("Copy the number from the address of the category's page in Shoper's panel."),
            )
        return ok(values.name(values.words(row, self.setup.locale)))
