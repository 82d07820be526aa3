"""What can go wrong with orders. Every one carries message, cure, detail and key (backoffice.lib.errors).

KontorError
  Parked               an order cannot be taken into the list yet; it waits, and nothing of it is lost
    UnknownArticles    key "article_unknown:SKU"
    UnknownCustomer    key "customer_unknown:E-MAIL"
    TotalDiffers       key "total_differs:NUMBER": the lines do not add up to the shop's total
    IncompleteOrder    key "order_incomplete:WHAT": the shop left out what no one may guess
  OrderRefused         a person asked for a step that this order does not allow
"""

from backoffice.lib.errors import KontorError


class Parked(KontorError):
    code = "order_parked"


class UnknownArticles(Parked):
    code = "article_unknown"


class UnknownCustomer(Parked):
    code = "customer_unknown"


class TotalDiffers(Parked):
    code = "total_differs"


class IncompleteOrder(Parked):
    code = "order_incomplete"


class OrderRefused(KontorError):
    code = "order_refused"
