"""What the contract suite (tests/platforms/contract.py) asks of a platform's stand-in.

A platform's test class gives the suite a Bench: the stand-in, started for one test, and a few verbs to look into its
store and to let things go wrong in it. A bench never uses the connector: it does what the shop's own panel, its
customers and its bad days would do. Ids are the shop's, as text; money and quantities are Decimal.

    class TestContract(ContractSuite):
        bench_class = AcmeBench

Elements are dicts of plain values. `add` takes what the scenarios give (all but the first are optional), `shown` gives
every key of the row, plus "id":

    unit, producer   name
    category         name, parent ("" = a root)
    vat_rate         percent
    article          sku, name, stock, price, sale (Decimal, or None = no sale), active, category (one id), parent (id of
                     its parent article, "" = none), options ({"Size": ["S", "M"]} of a parent), variant
                     ({"Size": "S"} of a variant). A variant's stock and price are those that its buyer sees.
    image            article (id), name (file name), alt, position (0 1 2), content (PNG; not shown)
    customer         email, first_name, last_name, city
    order            sku, quantity, email, shipping (gross cost) -> shown: status (id), total (what the customer pays)
    payment_method, shipping_method, order_status   shown only: name
    parcel           shown only: order (id), text (what the shop was told of it, with the tracking number)

Things go wrong by `breaks(fault, kind)`, from now on until `heals()` unless said otherwise:

    unanswered   the next write of `kind` is done, then the connection breaks. Once
    down         the next two requests are answered by a failing server; nothing is done
    limit        the next two requests are refused because there were too many
    nonsense     reads of `kind` are answered by something that is no data
    empty        reads of `kind` show nothing, with an answer that looks right
    poison       the shop refuses every write of the article with the SKU "POISON"
    moves        after the next page of a read of `kind` one element that was on it is deleted, another is created. Once

A fault that cannot happen on this platform stands in `cannot_break` with its reason, which the contract table shows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar


class Bench(ABC):
    """One stand-in, for one test. `start` before anything else, `stop` at the end whatever happened.

    country, percent: the shop's home country and a VAT rate that it has. gross: whether its prices are.
    statuses: ids of two order statuses; new orders are in the first.
    page: how many articles one page of a read holds.
    changes: what of a linked image the platform can change; "alt", "position".
    """

    platform: ClassVar[str]
    country: ClassVar[str]
    percent: ClassVar[str]
    currency: ClassVar[str] = "EUR"
    gross: ClassVar[bool]
    statuses: ClassVar[tuple[str, str]]
    page: ClassVar[int]
    changes: ClassVar[frozenset[str]] = frozenset({"alt", "position"})
    cannot_break: ClassVar[Mapping[str, str]] = {}

    address: str
    credentials: dict[str, str]
    wrong_credentials: dict[str, str]
    options: Mapping[str, str] = {}

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """Also asserts that the stand-in itself did not crash."""

    @abstractmethod
    def add(self, kind: str, **values: Any) -> str:
        """Create an element as the shop's own people would; its id."""

    @abstractmethod
    def change(self, kind: str, remote_id: str, **values: Any) -> None:
        """Change these values; the shop notes the change as it does for its panel (modified dates)."""

    @abstractmethod
    def remove(self, kind: str, remote_id: str) -> None: ...

    @abstractmethod
    def shown(self, kind: str) -> list[dict[str, Any]]:
        """What the store has of this type, straight from its rows, oldest first."""

    @abstractmethod
    def breaks(self, fault: str, kind: str = "article") -> None: ...

    @abstractmethod
    def heals(self) -> None: ...

    @property
    @abstractmethod
    def requests(self) -> int:
        """Everything that was asked since `forgets`: HTTP requests, SQL statements."""

    @property
    @abstractmethod
    def writes(self) -> int:
        """Those of them that wrote or tried to; signing in is none."""

    @abstractmethod
    def forgets(self) -> None:
        """Begin to count from zero."""

    # For the scenarios

    def find(self, kind: str, **values: Any) -> dict[str, Any]:
        """The one element that has these values."""
        found = [row for row in self.shown(kind) if all(row[name] == value for name, value in values.items())]
        assert len(found) == 1, f"{len(found)} of {kind} with {values} in the shop: {self.shown(kind)}"
        return found[0]

    def all_of(self, kind: str, name: str) -> list[Any]:
        """One value of every element, sorted."""
        return sorted(row[name] for row in self.shown(kind))
