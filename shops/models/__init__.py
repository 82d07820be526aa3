from shops.models.alarms import Alarm
from shops.models.calls import Listener, ListenerTopic, ShopCall
from shops.models.changes import Change, Hold, Problem
from shops.models.elements import RemoteElement
from shops.models.exports import ExportFile
from shops.models.files import Feed, MirrorFile
from shops.models.logs import CallLog, Pace, Traffic
from shops.models.marks import ChangeMark
from shops.models.orders import IncomingOrder, Meaning
from shops.models.runs import Run, RunMessage, Step
from shops.models.sales import TakenStock
from shops.models.schedules import ShopSchedule
from shops.models.shops import Rule, Shop, Watermark
from shops.models.tokens import AccessToken

__all__ = [
    "AccessToken",
    "Alarm",
    "CallLog",
    "Change",
    "ChangeMark",
    "ExportFile",
    "Feed",
    "Hold",
    "IncomingOrder",
    "Listener",
    "ListenerTopic",
    "Meaning",
    "MirrorFile",
    "Pace",
    "Problem",
    "RemoteElement",
    "Rule",
    "Run",
    "RunMessage",
    "Shop",
    "ShopCall",
    "ShopSchedule",
    "Step",
    "TakenStock",
    "Traffic",
    "Watermark",
]
