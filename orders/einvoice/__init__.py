"""Documents as data for the buyer's bookkeeping: orders.einvoice.ubl writes them."""
