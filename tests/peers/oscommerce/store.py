"""One osCommerce shop as its database knows it, and what its panel and its storefront write there.

    with Store(OLD) as shop:
        tea = shop.add_product("TEA", "Čaj", price="4.90", quantity=7)
        order = shop.checkout(customer, [(tea, 2)])         # checkout.py
        assert shop.row("products", products_id=tea)["products_quantity"] == 5

Everything goes over a connection as the shop itself has it, so that the bytes lie in the tables as they would.
"""

from __future__ import annotations

import atexit
import itertools
import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pymysql

from tests import services
from tests.peers.oscommerce import seed
from tests.peers.oscommerce.shape import Shape

_numbers = itertools.count(1)
Row = dict[str, Any]
# Databases that were used and emptied: making one takes ten times as long as emptying it.
_pool: dict[tuple[Shape, str], list[str]] = {}


def _root(statement: str) -> None:
    server = services.mariadb()
    assert server is not None, "ask services.mariadb() before"
    with pymysql.connect(**server.login, autocommit=True) as root, root.cursor() as cursor:
        cursor.execute(statement)


@atexit.register
def _drop_all() -> None:
    for database in itertools.chain.from_iterable(_pool.values()):
        _root(f"DROP DATABASE IF EXISTS {database}")


class Store:
    """altered: a test has changed the tables themselves, so nobody else may have them."""

    def __init__(self, shape: Shape, *, prefix: str = "") -> None:
        self.shape = shape
        self.prefix = prefix
        self.database = ""
        self.altered = False
        self._sql: pymysql.connections.Connection[Any] | None = None

    def __enter__(self) -> Store:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> None:
        used = _pool.get((self.shape, self.prefix), [])
        if used:
            self.database = used.pop()
            self._connect()
        else:
            self._make()
        for table, rows in seed.rows().items():
            for row in rows:
                self.insert(table, **row)

    def stop(self) -> None:
        if self._sql is None:
            return
        if self.altered:
            _root(f"DROP DATABASE {self.database}")
        else:
            self._empty()
            _pool.setdefault((self.shape, self.prefix), []).append(self.database)
        self._sql.close()

    def _make(self) -> None:
        self.database = f"kontor_test_{os.getpid()}_{next(_numbers)}"
        _root(f"DROP DATABASE IF EXISTS {self.database}")
        charset = f"CHARACTER SET {self.shape.charset} COLLATE {self.shape.collation}"
        _root(f"CREATE DATABASE {self.database} {charset}")
        self._connect()
        self.run(f"SET default_storage_engine={self.shape.engine}")
        for statement in self.shape.statements():
            self.run(re.sub(r"^(CREATE|ALTER) TABLE ", rf"\1 TABLE {self.prefix}", statement))

    def _connect(self) -> None:
        server = services.mariadb()
        assert server is not None
        self._sql = pymysql.connect(
            **server.login, database=self.database, charset=self.shape.names, sql_mode="", autocommit=True
        )
        if self.shape.names == "latin1":
            self._sql.encoding = "latin-1"  # not cp1252: all bytes must pass

    def _empty(self) -> None:
        assert self._sql is not None
        with self._sql.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            tables = [name for (name,) in cursor.fetchall()]
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")

    # Rows

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """A statement as the shop sends it; the id of an inserted row."""
        assert self._sql is not None
        with self._sql.cursor() as cursor:
            cursor.execute(self._there(statement), tuple(map(self._there, values)) or None)
            return int(cursor.lastrowid or 0)

    def rows(self, table: str, **where: Any) -> list[Row]:
        """The rows of a table as the shop's pages would show them, in the order of their keys."""
        assert self._sql is not None
        condition = " AND ".join(f"{name}=%s" for name in where) or "1=1"
        with self._sql.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute(
                f"SELECT * FROM {self.prefix}{table} WHERE {condition}",
                tuple(map(self._there, where.values())) or None,
            )
            found = [{name: self._here(value) for name, value in row.items()} for row in cursor.fetchall()]
        return sorted(found, key=lambda row: [str(value).rjust(12) for value in list(row.values())[:2]])

    def row(self, table: str, **where: Any) -> Row:
        (found,) = self.rows(table, **where)
        return found

    def insert(self, table: str, **values: Any) -> int:
        """ "now" is the database's own time."""
        cells = ", ".join("NOW()" if value == "now" else "%s" for value in values.values())
        given = [value for value in values.values() if value != "now"]
        return self.run(f"INSERT INTO {self.prefix}{table} ({', '.join(values)}) VALUES ({cells})", given)

    def update(self, table: str, values: Mapping[str, Any], **where: Any) -> None:
        cells = ", ".join(f"{name}={'NOW()' if value == 'now' else '%s'}" for name, value in values.items())
        given = [value for value in values.values() if value != "now"]
        condition = " AND ".join(f"{name}=%s" for name in where)
        self.run(f"UPDATE {self.prefix}{table} SET {cells} WHERE {condition}", [*given, *where.values()])

    def delete(self, table: str, **where: Any) -> None:
        condition = " AND ".join(f"{name}=%s" for name in where)
        self.run(f"DELETE FROM {self.prefix}{table} WHERE {condition}", list(where.values()))

    def setting(self, name: str, value: str) -> None:
        self.update("configuration", {"configuration_value": value}, configuration_key=name)

    def _there(self, value: Any) -> Any:
        return value.encode().decode("latin-1") if isinstance(value, str) and self._is_old else value

    def _here(self, value: Any) -> Any:
        return value.encode("latin-1").decode() if isinstance(value, str) and self._is_old else value

    @property
    def _is_old(self) -> bool:
        return self.shape.names == "latin1"

    # The panel

    def add_category(self, name: str, *, parent: int = 0, position: int = 1) -> int:
        pk = self.insert("categories", sort_order=position, parent_id=parent, date_added="now")
        for language in seed.LANGUAGES.values():
            self.insert(
                "categories_description", categories_name=name, categories_id=pk, language_id=language
            )
        return pk

    def add_producer(self, name: str) -> int:
        pk = self.insert("manufacturers", manufacturers_name=name, date_added="now")
        for language in seed.LANGUAGES.values():
            self.insert(
                "manufacturers_info", manufacturers_url="", manufacturers_id=pk, languages_id=language
            )
        return pk

    def add_product(
        self,
        model: str,
        name: str = "",
        *,
        price: str | Decimal = "10.0000",
        quantity: int = 0,
        category: int = 0,
        tax_class: int = 1,
        **more: Any,
    ) -> int:
        """more: description, other columns of `products`."""
        text = more.pop("description", "")
        values = {
            "products_quantity": quantity,
            "products_model": model,
            "products_price": str(price),
            "products_weight": "0.25",
            "products_status": 1,
            "products_tax_class_id": tax_class,
            "manufacturers_id": 0,
            "products_date_added": "now",
        }
        pk = self.insert("products", **(values | more))
        self.insert("products_to_categories", products_id=pk, categories_id=category)
        for language in seed.LANGUAGES.values():
            self.insert(
                "products_description",
                products_name=name or model,
                products_description=text,
                products_url="",
                products_id=pk,
                language_id=language,
            )
        return pk

    def add_option(self, product: int, name: str, value: str, surcharge: str = "0.0000") -> int:
        """A value of an option, such as Colour: Red, that the customer may choose. The id of its line."""
        option = self._named("products_options", name)
        chosen = self._named("products_options_values", value)
        return self.insert(
            "products_attributes",
            products_id=product,
            options_id=option,
            options_values_id=chosen,
            options_values_price=surcharge.lstrip("-"),
            price_prefix="-" if surcharge.startswith("-") else "+",
        )

    def _named(self, table: str, name: str) -> int:
        """These tables count by MAX + 1, in the panel too."""
        known = self.rows(table, **{f"{table}_name": name})
        if known:
            return int(known[0][f"{table}_id"])
        pk = max((int(row[f"{table}_id"]) for row in self.rows(table)), default=0) + 1
        for language in seed.LANGUAGES.values():
            self.insert(table, **{f"{table}_id": pk, "language_id": language, f"{table}_name": name})
        return pk

    def add_special(
        self, product: int, price: str | Decimal, *, expires: str | None = None, status: int = 1
    ) -> int:
        return self.insert(
            "specials",
            products_id=product,
            specials_new_products_price=str(price),
            specials_date_added="now",
            expires_date=expires,
            status=status,
        )

    def add_picture(self, product: int, name: str, position: int = 1) -> int:
        """A picture of the gallery."""
        return self.insert(
            "products_images", products_id=product, htmlcontent="", image=name, sort_order=position
        )

    def edit_product(self, product: int, **values: Any) -> None:
        """As the panel's form: the date of the last change is set."""
        self.update("products", {**values, "products_last_modified": "now"}, products_id=product)

    def add_customer(
        self, email: str, first_name: str = "Špela", last_name: str = "Čebašek", **more: Any
    ) -> int:
        """An account as the storefront makes it. more: columns of the address, and `phone`."""
        pk = self.insert(
            "customers",
            customers_firstname=first_name,
            customers_lastname=last_name,
            customers_email_address=email,
            customers_telephone=more.pop("phone", "+386 40 123 456"),
            customers_fax="",
            customers_newsletter="",
            customers_password="$P$DnotToBeReadByAnybodyElse000000",
            customers_gender="f",
            customers_dob="1980-05-21 00:00:00",
        )
        address = {
            "entry_street_address": "Čopova ulica 5",
            "entry_postcode": "1000",
            "entry_city": "Ljubljana",
            "entry_country_id": seed.HOME,
            "entry_company": "",
            "entry_suburb": "",
        }
        address_id = self.insert(
            "address_book",
            customers_id=pk,
            entry_firstname=first_name,
            entry_lastname=last_name,
            **(address | more),
        )
        self.update("customers", {"customers_default_address_id": address_id}, customers_id=pk)
        self.insert(
            "customers_info",
            customers_info_id=pk,
            customers_info_number_of_logons=0,
            customers_info_date_account_created="now",
        )
        return pk

    def set_status(self, order: int, status: int, comment: str = "") -> None:
        """As the panel: nothing at all for the same status without a comment."""
        if int(self.row("orders", orders_id=order)["orders_status"]) == status and not comment:
            return
        self.update("orders", {"orders_status": status, "last_modified": "now"}, orders_id=order)
        self.insert(
            "orders_status_history",
            orders_id=order,
            orders_status_id=status,
            date_added="now",
            customer_notified=0,
            comments=comment,
        )
