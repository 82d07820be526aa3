"""Tables in and out of the admin as CSV and XLSX: formats, cells, the base resource, the admin mixin.

No models here; inventory and orders build their resources on it:

    class UnitResource(TableResource):
        name = Column("name", TextCell())
        symbol = Column("symbol", TextCell())

        class Meta(TableResource.Meta):
            model = Unit
            key_columns = ("name",)
            fields = ("name", "symbol")

    class UnitAdmin(TableAdminMixin, ModelAdmin):
        resource_classes = [UnitResource]
"""

from backoffice.tables.admin import TableAdminMixin
from backoffice.tables.cells import (
    BoolCell,
    ChoiceCell,
    Column,
    DecimalCell,
    ListCell,
    LookupCell,
    MomentCell,
    TextCell,
)
from backoffice.tables.chosen import chosen_rows, delete_selected
from backoffice.tables.formats import CsvTable, UnreadableTable, XlsxTable
from backoffice.tables.paging import LargePaginator
from backoffice.tables.resources import TableResource
from backoffice.tables.results import RowProblem, TableResult

__all__ = [
    "BoolCell",
    "ChoiceCell",
    "Column",
    "CsvTable",
    "DecimalCell",
    "LargePaginator",
    "ListCell",
    "LookupCell",
    "MomentCell",
    "RowProblem",
    "TableAdminMixin",
    "TableResource",
    "TableResult",
    "TextCell",
    "UnreadableTable",
    "XlsxTable",
    "chosen_rows",
    "delete_selected",
]
