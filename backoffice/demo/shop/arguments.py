"""The arguments of the routes, as a running WooCommerce 10.5.2 lists them in its public index."""

from backoffice.demo.shop.schema import Argument, arguments

_PAGE = "context:string(view,edit)=view page:integer=1@1.. per_page:integer=10@1..100"
_SINCE = (
    "after:string~date-time before:string~date-time modified_after:string~date-time "
    "modified_before:string~date-time dates_are_gmt:boolean=false"
)
_PICK = "exclude:array<integer>=[] include:array<integer>=[] offset:integer"
_PARENTS = "parent:array<integer>=[] parent_exclude:array<integer>=[]"
_META = "include_meta:array<string>=[] exclude_meta:array<string>=[]"
_POSTS = f"{_PAGE} search:string {_SINCE} {_PICK} order:string(asc,desc)=desc"
_STATUS = "any,future,trash,draft,pending,private,publish"
_STATUSES = f"include_status:array<string>({_STATUS}) exclude_status:array<string>(future,trash,draft,pending,private,publish)"
_TYPES = "simple,grouped,external,variable"

CONTEXT = arguments("context:string(view,edit)=view")
VIEW = arguments("context:string(view)=view")
ITEM = arguments("id:integer context:string(view,edit)=view")
DELETE = arguments("id:integer force:boolean=false")
ATTRIBUTE_DELETE = arguments("id:integer force:boolean=true")

PRODUCT_LIST = arguments(f"""{_POSTS}
    orderby:string(date,id,include,title,slug,modified,popularity,rating,post__in,price,sales,menu_order,random)=date
    {_PARENTS} brand:string slug:string status:string({_STATUS})=any type:string({_TYPES}) sku:string featured:boolean
    category:string tag:string shipping_class:string attribute:string attribute_term:string
    tax_class:string($tax_classes) on_sale:boolean min_price:string max_price:string {_META}
    stock_status:string(instock,outofstock,onbackorder) search_sku:string search_name_or_sku:string
    search_fields:array<string>(name,global_unique_id,description,short_description,sku)=[] {_STATUSES}
    include_types:array<string>({_TYPES}) exclude_types:array<string>({_TYPES}) downloadable:boolean virtual:boolean
    pos_products_only:boolean""")

_PRICES = """regular_price:string sale_price:string date_on_sale_from:null|string date_on_sale_from_gmt:null|string
    date_on_sale_to:null|string date_on_sale_to_gmt:null|string"""
_DOWNLOADS = "virtual:boolean=false downloadable:boolean=false downloads:array<{download}>"
_LIMITS = "download_limit:integer=-1 download_expiry:integer=-1"
_TAX = "tax_status:string(taxable,shipping,none)=taxable tax_class:string"
_STOCK = """stock_quantity:integer stock_status:string(instock,outofstock,onbackorder)=instock
    backorders:string(no,notify,yes)=no low_stock_amount:integer|null"""
_PARCEL = "weight:string dimensions:object{size} shipping_class:string"

PRODUCT_WRITE = arguments(f"""name:string slug:string date_created:null|string date_created_gmt:null|string
    type:string({_TYPES})=simple status:string(draft,pending,private,publish,future,auto-draft,trash)=publish
    featured:boolean=false catalog_visibility:string(visible,catalog,search,hidden)=visible description:string
    short_description:string sku:string global_unique_id:string {_PRICES} {_DOWNLOADS} {_LIMITS}
    external_url:string~uri button_text:string {_TAX} manage_stock:boolean=false {_STOCK}
    sold_individually:boolean=false {_PARCEL} reviews_allowed:boolean=true post_password:string
    upsell_ids:array<integer> cross_sell_ids:array<integer> parent_id:integer purchase_note:string
    categories:array<{{term}}> brands:array<{{term}}> tags:array<{{term}}> images:array<{{image}}>
    attributes:array<{{attribute}}> default_attributes:array<{{option}}> menu_order:integer
    meta_data:array<{{meta}}>""")

_VARIATIONS = f"""{_POSTS} orderby:string(date,id,include,title,slug,modified,menu_order)=date {_PARENTS} slug:string
    status:string({_STATUS})=any sku:string tax_class:string($tax_classes) on_sale:boolean min_price:string
    max_price:string {_META} stock_status:string(instock,outofstock,onbackorder) has_price:boolean
    attributes:array virtual:boolean downloadable:boolean {_STATUSES} pos_products_only:boolean"""
ALL_VARIATIONS_LIST = arguments(_VARIATIONS)
VARIATION_LIST = arguments(f"product_id:integer {_VARIATIONS}")
VARIATION_WRITE = arguments(f"""product_id:integer description:string sku:string global_unique_id:string {_PRICES}
    status:string(draft,pending,private,publish)=publish {_DOWNLOADS} {_LIMITS} {_TAX} manage_stock:boolean|string=false
    {_STOCK} {_PARCEL} image:object{{image}} attributes:array<{{option}}> menu_order:integer
    meta_data:array<{{meta}}>""")

_TERMS = f"""{_PAGE} search:string {_PICK} order:string(asc,desc)=asc
    orderby:string(id,include,name,slug,term_group,description,count)=name hide_empty:boolean=false parent:integer
    product:integer=null slug:string"""
TERM_LIST = arguments(_TERMS)
ATTRIBUTE_TERM_LIST = arguments(f"attribute_id:integer {_TERMS}")
CATEGORY_WRITE = arguments("""name:string! slug:string parent:integer description:string
    display:string(default,products,subcategories,both)=default image:object{image} menu_order:integer""")
TAG_WRITE = arguments("name:string! slug:string description:string")
ATTRIBUTE_TERM_WRITE = arguments(
    "attribute_id:integer name:string! slug:string description:string menu_order:integer"
)
ATTRIBUTE_WRITE = arguments("""name:string! slug:string type:string(select)=select
    order_by:string(menu_order,name,name_num,id)=menu_order has_archives:boolean=false""")

TAX_LIST = arguments(f"""{_PAGE} offset:integer order:string(asc,desc)=asc orderby:string(id,order,priority)=order
    class:string($tax_classes)""")
TAX_WRITE = arguments("""country:string state:string postcode:string city:string rate:string name:string
    priority:integer=1 compound:boolean=false shipping:boolean=true order:integer class:string($tax_classes)=standard
    postcodes:array<string> cities:array<string>""")
TAX_CLASS_WRITE = arguments("name:string!")
TAX_CLASS_ITEM = arguments("slug:string")
TAX_CLASS_DELETE = arguments("slug:string force:boolean=false")

CUSTOMER_LIST = arguments(f"""{_PAGE} search:string {_PICK} order:string(asc,desc)=asc
    orderby:string(id,include,name,registered_date)=name email:string~email
    role:string(all,administrator,editor,author,contributor,subscriber,customer,shop_manager)=customer""")
CUSTOMER_WRITE = arguments("""email:string!~email first_name:string last_name:string username:string password:string
    billing:object{customer_billing} shipping:object{customer_shipping} meta_data:array<{meta}>""")
CUSTOMER_DELETE = arguments("id:integer force:boolean=false reassign:integer=0")

_ORDER_FIELDS = "orderby:string(date,id,include,title,slug,modified)=date"
ORDER_LIST = arguments(f"""{_POSTS} {_ORDER_FIELDS} {_PARENTS}
    status:array<string>(any,trash,auto-draft,$order_statuses)=any customer:integer product:integer dp:integer=2
    order_item_display_meta:boolean=false {_META} created_via:array<string>""")
ORDER_WRITE = arguments("""parent_id:integer created_via:string status:string(auto-draft,$order_statuses)=pending
    currency:string($currencies)=EUR customer_id:integer=0 customer_note:string billing:object{billing}
    shipping:object{shipping} payment_method:string payment_method_title:string transaction_id:string
    meta_data:array<{meta}> line_items:array<{line}> shipping_lines:array<{shipping_line}>
    fee_lines:array<{fee_line}> coupon_lines:array<{coupon_line}> set_paid:boolean=false
    manual_update:boolean=false""")
NOTE_LIST = arguments(
    "order_id:integer context:string(view,edit)=view type:string(any,customer,internal)=any"
)
NOTE_WRITE = arguments(
    "order_id:integer note:string! customer_note:boolean=false added_by_user:boolean=false"
)
NOTE_ITEM = arguments("id:integer order_id:integer context:string(view,edit)=view")
REFUND_DELETE = arguments("id:integer order_id:integer force:boolean=true")
CHILD_DELETE = arguments("id:integer order_id:integer force:boolean=false")
_REFUNDS = (
    f"""{_POSTS} {_ORDER_FIELDS} {_PARENTS} dp:integer=2 order_item_display_meta:boolean=false {_META}"""
)
ALL_REFUNDS_LIST = arguments(_REFUNDS)
REFUND_LIST = arguments(f"order_id:integer {_REFUNDS}")
REFUND_WRITE = arguments("""order_id:integer amount:string reason:string refunded_by:integer meta_data:array<{meta}>
    shipping_lines:array<{shipping_line}> fee_lines:array<{fee_line}> api_refund:boolean=true
    api_restock:boolean=true""")

WEBHOOK_LIST = arguments(f"""{_PAGE} search:string after:string~date-time before:string~date-time {_PICK}
    order:string(asc,desc)=desc orderby:string(date,id,title)=date status:string(all,active,paused,disabled)=all""")
WEBHOOK_WRITE = arguments("""name:string status:string(active,paused,disabled)=active topic:string! secret:string
    delivery_url:string!""")
SETTING_WRITE = arguments("group:string id:string value:null|object|string|number|boolean|integer|array")

GATEWAY_WRITE = arguments(
    "id:string title:string description:string order:integer enabled:boolean settings:object{setting}"
)
NOTHING = arguments("")
ZONE_ITEM = arguments("id:integer")
ZONE_WRITE = arguments("name:string! order:integer")
ZONE_LOCATIONS = arguments("id:integer code:string type:string(postcode,state,country,continent)")
METHOD_LIST = arguments("zone_id:integer")
METHOD_ITEM = arguments("zone_id:integer instance_id:integer")
METHOD_CHANGE = arguments(
    "zone_id:integer instance_id:integer order:integer enabled:boolean settings:object{setting}"
)
METHOD_WRITE = arguments(
    "zone_id:integer order:integer enabled:boolean settings:object{setting} method_id:string!"
)
METHOD_DELETE = arguments("zone_id:integer instance_id:integer force:boolean=false")


def for_update(schema: dict[str, Argument]) -> dict[str, Argument]:
    """An update takes the same arguments without defaults, and none is required; the id comes first."""
    parts = {"id": Argument("id", ("integer",))} | {
        name: Argument(
            name=arg.name,
            types=arg.types,
            words=arg.words,
            format=arg.format,
            minimum=arg.minimum,
            maximum=arg.maximum,
            item=arg.item,
            item_words=arg.item_words,
            shape=arg.shape,
        )
        for name, arg in schema.items()
    }
    return parts


def without(schema: dict[str, Argument], *names: str) -> dict[str, Argument]:
    return {name: argument for name, argument in schema.items() if name not in names}
