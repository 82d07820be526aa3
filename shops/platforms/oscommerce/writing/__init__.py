"""Writes groups of records. The tables may know no transactions, so the order of the writes is what keeps a shop whole.

Wherever a write is cut off, what is there is either not shown by the shop, or right; and sending the same again ends it:

    articles    row, categories, sale, pictures and state first, the texts last: without a text no page shows an article,
                and a new creation with this SKU takes up what lies there
    categories  the row first, its name last: one without a name is in no menu, and is used for the next creation
    customers   the account, its address, then the note of when it was made
    orders      the status, then its row of history; a status that came without its row gets it the next time
    deletions   the row itself first, what hangs on it after it
"""
