"""The page of the firm itself: one row, so its list is its form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from inventory.models import Company


@admin.register(Company)
class CompanyAdmin(ModelAdmin):
    fieldsets = [
        (None, {"fields": ["name", "logo"]}),
        (_("Address"), {"classes": ["tab"], "fields": ["street", ("postcode", "city"), "country"]}),
        (
            _("Contact and numbers"),
            {
                "classes": ["tab"],
                "fields": [
                    ("email", "phone"),
                    ("vat_id", "registration_number"),
                    ("bank_account", "bank_bic"),
                ],
            },
        ),
        (_("Presets"), {"classes": ["tab"], "fields": ["currency", "language"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Company.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)  # says that it may not be seen
        company = Company.objects.first()
        if company is None:
            if self.has_add_permission(request):
                return redirect("admin:inventory_company_add")
            return super().changelist_view(request, extra_context)
        return redirect("admin:inventory_company_change", company.pk)
