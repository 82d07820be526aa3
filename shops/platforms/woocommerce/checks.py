""" "Test settings": one question after the other, in the order in which the answers can be told apart.

Several causes share one code of the shop's, and its messages are in the shop's language (woocommerce.md, 2): so each
step rules something out. All steps are without effect in the shop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.answers import Answer
from backoffice.lib.errors import (
    BadCredentials,
    KontorError,
    MissingPermission,
    RemoteError,
)
from shops.elements import Text
from shops.platforms.base import Connection, Finding
from shops.platforms.findings import failed, in_turn, ok, problem, remark
from shops.platforms.woocommerce import shop_checks
from shops.platforms.woocommerce.client import Client, SignIn, complaint_of, parsed
from shops.platforms.woocommerce.setup import Setup

# Statuses that say something here and would be raised as an error elsewhere.
_TELLING = frozenset({500, 503})
# The shop accepts signatures within a quarter of an hour (woocommerce.md, 2).
CLOCK_LIMIT: Final = timedelta(minutes=15)
_KEY = re.compile(r"ck_[0-9a-f]{40}")
_SECRET = re.compile(r"cs_[0-9a-f]{40}")

STEPS: Final[tuple[tuple[str, Text], ...]] = (
    ("address", gettext_lazy("The shop can be reached")),
    ("plugin", gettext_lazy("WooCommerce answers")),
    ("home", gettext_lazy("The address is the shop's own")),
    ("clock", gettext_lazy("The clocks agree")),
    ("key", gettext_lazy("The key is accepted")),
    ("write", gettext_lazy("The key may write")),
    ("customers", gettext_lazy("The key may handle customers")),
    ("version", gettext_lazy("Version of WooCommerce")),
    ("currency", gettext_lazy("Currency")),
    ("prices", gettext_lazy("Prices net or gross")),
    ("vat", gettext_lazy("VAT rates")),
    ("stock", gettext_lazy("The shop counts its stock")),
    ("brands", gettext_lazy("Producers")),
    ("limits", gettext_lazy("Limits of the shop's host")),
    ("cron", gettext_lazy("The shop's own background work")),
)
_STOPPING: Final = frozenset({"address", "plugin", "key"})


@dataclass
class Checks:
    connection: Connection

    def run(self) -> Iterator[Finding]:
        return in_turn(STEPS, lambda key: self._step(key)(), _STOPPING)

    def _step(self, key: str) -> Callable[[], Finding]:
        own = {
            "address": self.address,
            "plugin": self.plugin,
            "home": self.home,
            "clock": self.clock,
            "key": self.key,
            "write": self.write,
            "customers": self.customers,
        }
        return own.get(key) or (lambda: shop_checks.CHECKS[key](self.setup))

    @cached_property
    def client(self) -> Client:
        return Client(self.connection)

    @cached_property
    def setup(self) -> Setup:
        return Setup(self.client)

    @cached_property
    def index(self) -> Answer:
        return self.client.ask_index(accept=_TELLING)

    # Is there a shop

    def address(self) -> Finding:
        answer = self.index
        if answer.status == 503:
            return problem(
                _("The shop is closed for maintenance at the moment."),
                why=_("WordPress is updating itself, or a maintenance plug-in is on."),
                cure=_("Wait a few minutes and test again; else switch maintenance off in the shop's panel."),
                detail=_seen(answer),
            )
        if answer.status == 500:
            return problem(
                _("The shop has broken down: it shows an error page."),
                why=_("Often its database does not answer, or a plug-in of it is broken."),
                cure=_("Open the shop in your browser, then tell its provider."),
                detail=_seen(answer),
            )
        if answer.status in (401, 403, 406):
            return self._kept_out(answer)
        if _index_of(answer) is not None:
            return ok(_("%(address)s answers.") % {"address": self.client.address})
        return self._no_index(answer)

    def _kept_out(self, answer: Answer) -> Finding:
        if complaint_of(answer):
            return problem(
                _("The shop's interface (REST API) is closed to the public."),
                why=_("A security plug-in of the shop forbids it."),
                cure=_(
                    "Allow the REST API, or at least addresses with /wp-json/wc/, in the security plug-in's settings."
                ),
                detail=_seen(answer),
            )
        return problem(
            _("Something in front of the shop turns Kontor away."),
            why=_("A firewall or the password of a test site answers before WordPress does."),
            cure=_(
                "Ask the shop's provider to let this server reach the addresses that begin with /wp-json/."
            ),
            detail=_seen(answer),
        )

    def _no_index(self, answer: Answer) -> Finding:
        """A page came where the interface should be: plain permalinks, or no WordPress."""
        other = self.client.ask_index("index.php/", accept=_TELLING)
        if _index_of(other) is not None:
            address = f"{self.client.address}/index.php"
            return replace(
                problem(
                    _("The shop's interface answers at another address."),
                    why=_("Its permalinks go through index.php."),
                    cure=_("Use this address: %(address)s") % {"address": address},
                    detail=_seen(answer),
                ),
                new_address=address,
            )
        if "api.w.org" in answer.headers.get("Link", ""):
            return problem(
                _("The shop's interface cannot be reached: it answers with a web page."),
                why=_("WordPress uses “plain” permalinks."),
                cure=_(
                    "Choose “Post name” in the shop's panel under Settings > Permalinks, save, and test again."
                ),
                detail=_seen(answer),
            )
        return problem(
            _("There is no WordPress at this address."),
            why=_("A web page answered where the shop's interface should be."),
            cure=_(
                "Check the address; if the shop lies in a folder, write it too, e.g. https://shop.example/shop"
            ),
            detail=_seen(answer),
        )

    def plugin(self) -> Finding:
        namespaces = (_index_of(self.index) or {}).get("namespaces") or []
        if "wc/v3" in namespaces:
            return ok(_("WooCommerce is switched on."))
        old = any(str(name).startswith("wc/") for name in namespaces)
        return problem(
            _("WooCommerce is too old for Kontor.")
            if old
            else _("WordPress answers, but WooCommerce does not."),
            why=_("It offers no wc/v3.") if old else _("The plug-in WooCommerce is missing or switched off."),
            cure=_("Update WooCommerce in the shop's panel.")
            if old
            else _("Switch WooCommerce on in the shop's panel under Plugins, then test again."),
            detail=", ".join(map(str, namespaces)),
        )

    def home(self) -> Finding:
        home = str((_index_of(self.index) or {}).get("home") or "").rstrip("/")
        if not home or home == self.client.address.removesuffix("/index.php"):
            return ok(_("The shop calls itself by this address too."))
        if not self.client.secure:
            self.client.home = home
        return replace(
            remark(
                _("The shop calls itself %(home)s.") % {"home": home},
                effect=_("Each run spends requests on finding that out, and signatures may be refused."),
                why=_(
                    "The address entered differs from the one in the shop's panel under Settings > General."
                ),
                cure=_("Use the shop's own address."),
            ),
            new_address=home,
        )

    def clock(self) -> Finding:
        try:
            there = parsedate_to_datetime(self.index.headers.get("Date", ""))
        except ValueError:
            return ok(_("The shop does not tell the time."))
        there = there.replace(tzinfo=UTC) if there.tzinfo is None else there
        gap = abs(datetime.now(UTC) - there)
        minutes = round(gap.total_seconds() / 60)
        if gap < timedelta(minutes=2):
            return ok(_("This server and the shop show the same time."))
        text = _("The clocks of this server and of the shop differ by %(minutes)d minutes.") % {
            "minutes": minutes
        }
        cure = _(
            "Have the clock of this server set by the network (NTP); if it is right, tell the shop's provider."
        )
        effect = _("What changed in the shop meanwhile may be read late.")
        if gap < CLOCK_LIMIT or self.client.secure:
            return remark(text, effect=effect, cure=cure)
        return problem(text, effect=_("The shop refuses every signature."), cure=cure)

    # Is the key good

    def key(self) -> Finding:
        try:
            self._read_something()
        except BadCredentials as error:
            return self._bad_key(error)
        if self.client.sign_in == "query" and self.connection.options.get("sign_in") != "query":
            return remark(
                _("The key is accepted, but only as part of the address."),
                effect=_(
                    "Every run spends a request on finding that out, and the key is written into the shop's logs."
                ),
                why=_("The shop's host removes the header that should carry it."),
                cure=_(
                    "Ask the provider to pass the header “Authorization” on; or choose “In the address” "
                    "under “Signing in over https”."
                ),
            )
        return ok(_("The shop accepts the key for reading."))

    def _read_something(self) -> None:
        self.client.get("products", per_page=1, _fields="id")

    def _bad_key(self, error: BadCredentials) -> Finding:
        spelling = self._spelling()
        if spelling:
            return problem(*spelling, detail=error.detail)
        if self._may_write():
            return problem(
                _("The key may write, but not read."),
                cure=_(
                    "Change its permissions to “Read/Write” under WooCommerce > Settings > Advanced > REST API."
                ),
                detail=error.detail,
            )
        if self.client.secure and error.key == "unknown_key":
            return self._proxy_or_unknown(error)
        if self.client.secure:
            return problem(
                _("The shop knows the consumer key, but the secret is another one."),
                cure=_("Copy the secret again; if it was not kept, make a new key: it is shown only once."),
                detail=error.detail,
            )
        return problem(
            _("The shop refuses the key: the consumer key or its secret does not fit."),
            why=_("Over http the shop does not say which of the two it is."),
            cure=_("Copy both again; if the secret was not kept, make a new key: it is shown only once."),
            detail=error.detail,
        )

    def _spelling(self) -> tuple[str, str, str, str] | None:
        """(text, effect, why, cure) for a key that cannot be one, as made by WooCommerce itself."""
        key, secret = self.client.key, self.client.secret
        if key.startswith("cs_") and secret.startswith("ck_"):
            return (
                _("Key and secret are swapped."),
                "",
                "",
                _("Enter the one with ck_ as the key, cs_ as the secret."),
            )
        wrong = [
            name
            for name, value, form in (
                (_("consumer key"), key, _KEY),
                (_("consumer secret"), secret, _SECRET),
            )
            if not form.fullmatch(value)
        ]
        if not wrong:
            return None
        return (
            _("The %(name)s is not complete.") % {"name": wrong[0]},
            "",
            _("It has three letters and 40 digits or letters from a to f: ck_… or cs_…"),
            _("Copy it again from where it was made."),
        )

    def _may_write(self) -> bool:
        try:
            self.client.post("products/batch", {})
        except KontorError:
            return False
        return True

    def _proxy_or_unknown(self, error: BadCredentials) -> Finding:
        """Over https an unknown key, and a shop that takes https for http, look alike. A signature tells them apart."""
        before: SignIn = self.client.sign_in
        self.client.sign_in = "oauth_proxy"
        try:
            self._read_something()
        except KontorError:
            self.client.sign_in = before
            return problem(
                _("The shop does not know this consumer key."),
                why=_("It was deleted in the shop, or belongs to another shop."),
                cure=_(
                    "Make a new key under WooCommerce > Settings > Advanced > REST API and enter it here."
                ),
                detail=error.detail,
            )
        if self.connection.options.get("sign_in") == "oauth":
            return ok(_("The shop accepts the key for reading."))
        return problem(
            _("The shop accepts the key only with a signature."),
            effect=_("Nothing can be read or written with the present setting."),
            why=_("A proxy in front of the shop speaks https and hides it from WordPress."),
            cure=_(
                "Choose “By signature” under “Signing in over https”; or have the provider set HTTPS for WordPress."
            ),
            detail=error.detail,
        )

    def write(self) -> Finding:
        """An empty batch proves the right and changes nothing (woocommerce.md, 2)."""
        for path in ("products", "products/categories", "orders"):
            try:
                self.client.post(f"{path}/batch", {})
            except MissingPermission as error:
                effect = _("Nothing can be sent to the shop: no articles, stock, prices or order statuses.")
                return replace(failed(error), effect=effect)
        return ok(_("The key may write articles, categories and orders."))

    def customers(self) -> Finding:
        try:
            self.client.post("customers/batch", {})
        except MissingPermission as error:
            if error.key != "weak_role":
                return Finding("", "", "skipped", text=_("Not tried, because the key may not write."))
            return remark(
                _("The key may not change customers."),
                effect=_("Customers can be read, but not exported or updated. All else works."),
                why=_("Its user is a shop manager; WordPress leaves accounts to administrators."),
                cure=_("If customers shall go into the shop, make a key for an administrator."),
                detail=error.detail,
            )
        return ok(_("The key may change customers too."))


def _index_of(answer: Answer) -> dict[str, Any] | None:
    """The REST API's index; None when the answer is something else."""
    if not answer.ok:
        return None
    try:
        data = parsed(answer)
    except RemoteError:
        return None
    return data if isinstance(data, dict) and isinstance(data.get("namespaces"), list) else None


def _seen(answer: Answer) -> str:
    kind = answer.headers.get("Content-Type", "")
    return f"{answer.method} {answer.url} -> {answer.status} {kind}"
