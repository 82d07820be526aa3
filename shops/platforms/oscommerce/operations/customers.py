"""Customer accounts: names and addresses. The password's column is named nowhere, not even to write an empty one."""

from __future__ import annotations

from typing import Final

from shops.platforms.oscommerce.statements import Operation, reading, writing

_COLUMNS: Final = """c.customers_id AS id, c.customers_email_address AS email, c.customers_firstname AS first_name,
    c.customers_lastname AS last_name, c.customers_telephone AS phone,
    i.customers_info_date_account_created AS created, i.customers_info_date_account_last_modified AS modified,
    a.address_book_id AS address, a.entry_company AS company, a.entry_firstname AS entry_first_name,
    a.entry_lastname AS entry_last_name, a.entry_street_address AS street, a.entry_suburb AS suburb,
    a.entry_postcode AS postcode, a.entry_city AS city, a.entry_state AS state,
    a.entry_zone_id AS zone, a.entry_country_id AS country
    FROM [customers] c LEFT JOIN [customers_info] i ON i.customers_info_id=c.customers_id
    LEFT JOIN [address_book] a ON a.address_book_id=c.customers_default_address_id
    AND a.customers_id=c.customers_id"""

OPERATIONS: Final[dict[str, Operation]] = {
    "customers.page": reading(
        f"""SELECT {_COLUMNS} WHERE c.customers_id > {{after:int}} ORDER BY c.customers_id
        LIMIT {{limit:int}}"""
    ),
    "customers.of": reading(f"SELECT {_COLUMNS} WHERE c.customers_id IN ({{ids:ints}})"),
    "customers.with_email": reading(
        f"SELECT {_COLUMNS} WHERE c.customers_email_address IN ({{emails:texts}}) ORDER BY c.customers_id"
    ),
    "customers.insert": writing(
        """INSERT INTO [customers] (customers_firstname, customers_lastname, customers_email_address,
        customers_telephone, customers_fax, customers_newsletter, customers_gender)
        VALUES {rows:rows(text,text,text,text,text,text,text)}""",
        again=False,
    ),
    "customers.update": writing(
        """UPDATE [customers] SET
        customers_firstname=CASE customers_id{first_names:cases(int,text)} ELSE customers_firstname END,
        customers_lastname=CASE customers_id{last_names:cases(int,text)} ELSE customers_lastname END,
        customers_email_address=CASE customers_id{emails:cases(int,text)} ELSE customers_email_address END,
        customers_telephone=CASE customers_id{phones:cases(int,text)} ELSE customers_telephone END
        WHERE customers_id IN ({ids:ints})"""
    ),
    "customers.add_address": writing(
        """INSERT INTO [address_book] (customers_id, entry_firstname, entry_lastname, entry_street_address,
        entry_postcode, entry_city, entry_country_id, entry_zone_id, entry_company, entry_suburb, entry_state)
        VALUES {rows:rows(int,text,text,text,text,text,int,int,text,text,text?)}""",
        again=False,
    ),
    "customers.first_address": writing(
        """UPDATE [customers] c SET c.customers_default_address_id=
        (SELECT MIN(a.address_book_id) FROM [address_book] a WHERE a.customers_id=c.customers_id)
        WHERE c.customers_id IN ({ids:ints})
        AND (c.customers_default_address_id IS NULL OR c.customers_default_address_id=0)"""
    ),
    "customers.write_address": writing(
        """UPDATE [address_book] SET entry_firstname={first_name:text}, entry_lastname={last_name:text},
        entry_street_address={street:text}, entry_postcode={postcode:text}, entry_city={city:text},
        entry_country_id={country:int}, entry_zone_id={zone:int}, entry_company={company:text},
        entry_suburb={suburb:text}, entry_state={state:text?}
        WHERE address_book_id={id:int} AND customers_id={customer:int}"""
    ),
    "customers.with_address": reading(
        "SELECT DISTINCT customers_id AS id FROM [address_book] WHERE customers_id IN ({ids:ints})"
    ),
    "customers.note_created": writing(
        """INSERT IGNORE INTO [customers_info] (customers_info_id, customers_info_number_of_logons,
        customers_info_date_account_created) VALUES {rows:rows(int,int,now)}"""
    ),
    "customers.note_changed": writing(
        """UPDATE [customers_info] SET customers_info_date_account_last_modified=NOW()
        WHERE customers_info_id IN ({ids:ints})"""
    ),
}
