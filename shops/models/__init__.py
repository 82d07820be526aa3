from shops.models.changes import Change, Hold, Problem
from shops.models.elements import RemoteElement
from shops.models.exports import ExportFile
from shops.models.logs import CallLog, Pace
from shops.models.orders import IncomingOrder
from shops.models.runs import Run, RunMessage, Step
from shops.models.shops import Rule, Shop, Watermark

__all__ = [
    "CallLog",
    "Change",
    "ExportFile",
    "Hold",
    "IncomingOrder",
    "Pace",
    "Problem",
    "RemoteElement",
    "Rule",
    "Run",
    "RunMessage",
    "Shop",
    "Step",
    "Watermark",
]
