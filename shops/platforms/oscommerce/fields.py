"""What the Connection page asks for, by the way that was chosen."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from shops.platforms.base import Download, Field

WAY: Final = "way"
BRIDGE: Final = "bridge"
DATABASE: Final = "database"
_BY_DATABASE: Final = (WAY, DATABASE)
_BY_BRIDGE: Final = (WAY, BRIDGE)
SECRET: Final = "bridge_secret"  # noqa: S105 (the name of the field)

CREDENTIALS: Final[tuple[Field, ...]] = (
    Field(
        "host",
        _("Host of the database"),
        _("As the panel of the shop's host names it for access from outside (“Remote MySQL”)."),
        when=_BY_DATABASE,
    ),
    Field("port", _("Port"), _("3306 is usual."), required=False, default="3306", when=_BY_DATABASE),
    Field(
        "database", _("Database"), _("DB_DATABASE in includes/configure.php of the shop."), when=_BY_DATABASE
    ),
    Field(
        "user",
        _("User"),
        _("Best one of its own, with SELECT, INSERT, UPDATE and DELETE."),
        when=_BY_DATABASE,
    ),
    Field("password", _("Password"), secret=True, when=_BY_DATABASE),
    Field(
        "tls",
        _("Encryption"),
        _("Without it, passwords and customers' data travel in the open."),
        required=False,
        choices=(
            ("", _("If offered")),
            ("required", _("Encrypted, not checked")),
            ("ca", _("Encrypted, issuer of the certificate checked")),
            ("verify", _("Encrypted, certificate and host name checked")),
        ),
        when=_BY_DATABASE,
    ),
    Field(
        "ca",
        _("CA certificate"),
        _("In PEM form, from the shop's host. Empty = the ones this server trusts."),
        required=False,
        lines=True,
        when=_BY_DATABASE,
    ),
    Field(
        SECRET,
        _("Secret of the bridge file"),
        _("Made when the file is downloaded for the first time; nothing needs to be entered."),
        secret=True,
        required=False,
        when=_BY_BRIDGE,
    ),
)

OPTIONS: Final[tuple[Field, ...]] = (
    Field(
        WAY,
        _("Way into the shop"),
        _(
            "The bridge file works on every host and brings pictures too. The database must be open to this server."
        ),
        required=False,
        choices=((BRIDGE, _("Bridge file on the shop's host")), (DATABASE, _("Straight on its database"))),
        default=BRIDGE,
    ),
    Field(
        "table_prefix",
        _("Prefix of the tables"),
        _("Empty for nearly all shops. After a change, the bridge file must be downloaded anew."),
        required=False,
    ),
    Field(
        "charset",
        _("Letters of the shop"),
        _("“Test settings” finds out and shows names for you to judge."),
        required=False,
        choices=(
            ("", _("Find out")),
            ("utf8", _("UTF-8 (2.3.3.3 and newer)")),
            ("utf8mb4", _("UTF-8 with four bytes (Phoenix)")),
            ("latin1", _("UTF-8 over a Latin-1 connection (2.3 to 2.3.3.2)")),
            ("cp1252", _("Western European (before 2.3)")),
            ("cp1250", _("Central European, Windows (before 2.3)")),
            ("latin2", _("Central European, ISO (before 2.3)")),
        ),
    ),
    Field(
        "time_zone",
        _("Time zone of the database"),
        _(
            "E.g. Europe/Ljubljana. Empty = as far from UTC as it is today, which is wrong by an hour across the change of the clocks."
        ),
        required=False,
    ),
    Field(
        "weight_unit",
        _("Unit of weights"),
        _("The shop does not say. Empty = weights are left alone."),
        required=False,
        choices=(("", _("Leave weights alone")), ("kg", "kg"), ("g", "g"), ("lb", "lb")),
    ),
    Field(
        "vat_id_field",
        _("VAT id of customers"),
        _("osCommerce has no field for it; many shops have customers enter it as the suburb."),
        required=False,
        choices=(("", _("The shop does not ask for it")), ("suburb", _("In the field “Suburb”"))),
    ),
    Field(
        "shipping_vat",
        _("VAT of delivery, in percent"),
        _(
            "Only for orders that do not say it themselves. Empty = by the tax class of the shop's shipping modules."
        ),
        required=False,
    ),
    Field(
        "sold_out",
        _("Sold out articles"),
        _("Where “Allow Checkout” is off, the shop switches an article off with its last piece."),
        required=False,
        choices=(("", _("Switch on again when there is stock")), ("leave", _("Leave switched off"))),
    ),
    Field(
        "admin_folder",
        _("Folder of the shop's panel"),
        _("Usually “admin”; for the links from Kontor into the panel."),
        required=False,
        default="admin",
    ),
)

DOWNLOADS: Final[tuple[Download, ...]] = (
    Download(
        "bridge",
        _("Bridge file"),
        _(
            "Put it into the shop's own folder by FTP, where index.php and the folder “includes” are, then test the settings. "
            "It holds the secret of this shop: do not pass it on. Deleting it in the shop locks Kontor out."
        ),
        when=_BY_BRIDGE,
    ),
)
