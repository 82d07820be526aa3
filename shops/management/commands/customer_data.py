"""`manage.py customer_data E-MAIL`: what is kept about a customer, or forgetting it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from backoffice.lib.errors import KontorError
from orders.models import Customer
from shops.services.privacy import forget_customer, personal_data


class Command(BaseCommand):
    help = "Prints as JSON all that is kept about a customer; with --forget it is removed, but for issued documents."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the customer's e-mail address, or #ID")
        parser.add_argument("--forget", action="store_true", help="remove it; there is no way back")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted: str = options["email"].strip()
        known = (
            {"pk": wanted[1:]} if wanted[:1] == "#" and wanted[1:].isdecimal() else {"email": wanted.lower()}
        )
        customer = Customer.objects.filter(**known).first()
        if customer is None:
            raise CommandError(f"There is no customer {wanted}.", returncode=3)
        if not options["forget"]:
            data = personal_data(customer)
            self.stdout.write(json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
            return
        try:
            orders = forget_customer(customer.pk, by=None)
        except KontorError as error:
            raise CommandError(f"{error.message} {error.cure}", returncode=2) from error
        self.stdout.write(f"Customer #{customer.pk} is forgotten, on {len(orders)} order(s) too.")
