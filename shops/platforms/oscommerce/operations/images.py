"""Pictures: the names only, the files lie in the shop's folder."""

from __future__ import annotations

from typing import Final

from shops.platforms.oscommerce.statements import Operation, reading, writing

OPERATIONS: Final[dict[str, Operation]] = {
    "gallery.rows": reading(
        """SELECT id AS entry, products_id AS id, image AS image FROM [products_images]
        WHERE products_id IN ({ids:ints}) AND (htmlcontent IS NULL OR htmlcontent='') ORDER BY sort_order, id"""
    ),
    "gallery.add": writing(
        """INSERT INTO [products_images] (products_id, htmlcontent, image, sort_order)
        VALUES {rows:rows(int,text,text,int)}""",
        again=False,
    ),
    "gallery.place": writing(
        """UPDATE [products_images] SET sort_order=CASE id{places:cases(int,int)} ELSE sort_order END
        WHERE id IN ({rows:ints})"""
    ),
    "gallery.remove": writing("DELETE FROM [products_images] WHERE id IN ({rows:ints})"),
    "products.picture": writing(
        """UPDATE [products] SET products_image=CASE products_id{images:cases(int,text)} ELSE products_image END,
        products_last_modified=IF(products_status=0 AND products_quantity<1, products_last_modified, NOW())
        WHERE products_id IN ({ids:ints})"""
    ),
    # A file may serve several articles, a category or a producer.
    "files.used": reading(
        """SELECT products_image AS image FROM [products] WHERE products_image IN ({names:texts})
        UNION SELECT image FROM [products_images] WHERE image IN ({names:texts})
        UNION SELECT categories_image FROM [categories] WHERE categories_image IN ({names:texts})
        UNION SELECT manufacturers_image FROM [manufacturers] WHERE manufacturers_image IN ({names:texts})"""
    ),
}
