"""What can be wrong with a use of the stock, the pictures or the articles; the tree is backoffice.lib.errors'."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.lib.errors import KontorError


class StockError(KontorError):
    """article_ids: the articles that are in the way, so that a caller can leave them out and go on."""

    code = "stock"

    def __init__(self, message: str = "", *, article_ids: Sequence[int] = (), **kwargs: str) -> None:
        super().__init__(message, **kwargs)
        self.article_ids = tuple(article_ids)


class NoStock(StockError):
    """Parents of variants and services have no stock of their own."""

    code = "no_stock"


class NotEnough(StockError):
    """More is asked for than is free."""

    code = "not_enough"


class BadQuantity(StockError):
    """Not a quantity that the ledger can hold: more than three decimals, not positive where it must be, too large."""

    code = "bad_quantity"


class BadStockDocument(KontorError):
    """An inventory count or a transfer that cannot be filled or closed as it is."""

    code = "bad_stock_document"


class BadImage(KontorError):
    """The file is no picture, a damaged one, or one that would fill the memory."""

    code = "bad_image"


class BadSet(KontorError):
    """The article cannot be a part of this set."""

    code = "bad_set"


class BadVariant(KontorError):
    """The article cannot become a parent or a variant."""

    code = "bad_variant"
