"""Tables as files, through the pages of import and export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

D = Decimal
CSV, XLSX = "0", "1"


def as_csv(*rows: Sequence[Any], delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*rows: Iterable[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def preview(client: Client, name: str, content: bytes, form: str = CSV) -> Any:
    file = SimpleUploadedFile("table.csv" if form == CSV else "table.xlsx", content)
    data = {"resource": "0", "import_file": file, "format": form}
    response = client.post(reverse(f"admin:inventory_{name}_import"), data)
    assert response.status_code == 200
    return response


def run_import(client: Client, name: str, content: bytes, form: str = CSV) -> str:
    """Preview, confirm, and the messages of the list one lands on."""
    page = preview(client, name, content, form)
    assert "confirm_form" in page.context_data, problems(page)
    data = page.context_data["confirm_form"].initial
    response = client.post(reverse(f"admin:inventory_{name}_process_import"), data, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def problems(page: Any) -> list[str]:
    result = page.context_data.get("result")
    if result is None:
        return [str(error) for error in page.context_data["form"].errors.get("import_file", [])]
    base = [str(error.error) for error in result.base_errors]
    listed = [str(problem) for problem in result.shown_problems]
    text = page.content.decode()
    assert all(problem.message.split("“")[0][:20] in text for problem in result.shown_problems)
    return base + listed


def exported(client: Client, name: str, form: str = CSV) -> bytes:
    url = reverse(f"admin:inventory_{name}_export")
    fields = {key: "on" for key in client.get(url).context_data["form"].fields if "resource_" in key}
    response = client.post(url, {"format": form, "resource": "0"} | fields)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content)
