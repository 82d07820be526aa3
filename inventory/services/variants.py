"""Articles with variants: how an article becomes a parent, and who is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from inventory.errors import BadVariant
from inventory.models import Article


def make_parent(article: Article, option_names: Sequence[str]) -> None:
    """Turn an article into a parent whose variants differ by `option_names`, for example ["Size", "Colour"].

    Raises BadVariant when it is a variant, a service, or still has stock (a parent has none of its own).
    """
    names = [name.strip() for name in option_names if name.strip()]
    if not names or len({name.casefold() for name in names}) < len(names):
        raise BadVariant(
            _("The options of the variants are missing or one is named twice."),
            cure=_("Name by what the variants differ, for example Size | Colour."),
        )
    with transaction.atomic():
        locked = Article.objects.select_for_update().get(pk=article.pk)
        _refuse_as_parent(locked)
        if locked.has_variants and len(locked.option_names) != len(names) and locked.variants.exists():
            raise BadVariant(
                _("%(sku)s has variants with another number of option values.") % {"sku": locked.sku},
                cure=_("Change the variants first, or keep as many options."),
            )
        locked.has_variants = True
        locked.option_names = names
        locked.save(update_fields=["has_variants", "option_names", "changed_at"])
    article.refresh_from_db()


def refresh_parents(article_ids: Iterable[int | None]) -> None:
    """Set has_variants of these articles by whether they have variants: call it when variants come or go."""
    ids = {article_id for article_id in article_ids if article_id}
    if not ids:
        return
    variants = Exists(Article.objects.filter(parent=OuterRef("pk")))
    articles = Article.objects.filter(pk__in=ids, parent=None).annotate(found=variants)
    for value in (True, False):
        for article in articles.filter(found=value, has_variants=not value):
            article.has_variants = value
            article.save(update_fields=["has_variants", "changed_at"])


def _refuse_as_parent(article: Article) -> None:
    if article.parent_id:
        raise BadVariant(
            _("%(sku)s is a variant, so it cannot have variants of its own.") % {"sku": article.sku},
            cure=_("Add the variants to its parent article."),
        )
    if article.kind == Article.Kind.SERVICE:
        raise BadVariant(
            _("%(sku)s is a service; only goods have variants.") % {"sku": article.sku},
            cure=_("Make a separate article for each kind of the service."),
        )
    if article.kind == Article.Kind.SET:
        raise BadVariant(
            _("%(sku)s is a set; only goods have variants.") % {"sku": article.sku},
            cure=_("Make a set for each variant."),
        )
    if whole := article.part_of.select_related("whole").first():
        raise BadVariant(
            _("%(sku)s is a part of the set %(set)s; a parent has no stock of its own.")
            % {"sku": article.sku, "set": whole.whole.sku},
            cure=_("Take it out of the set first."),
        )
    if not article.has_variants and article.stock_levels.filter(~Q(on_hand=0) | ~Q(reserved=0)).exists():
        raise BadVariant(
            _("%(sku)s still has stock; a parent has none of its own.") % {"sku": article.sku},
            cure=_("Set its stock to zero; count it again on the variants."),
        )
