"""The files that other systems read: Heureka, Google Merchant, Shoptet, POHODA. Each writer streams and stands alone."""
