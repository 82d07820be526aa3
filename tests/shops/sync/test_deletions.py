"""What the shop will not delete is asked for once; what it has lost meanwhile stands in nobody's way."""

from __future__ import annotations

import pytest

from backoffice.lib import points
from inventory.models import Article
from shops.models import Problem, RemoteElement
from shops.services.plans import try_again
from shops.services.rules import RuleValues, save_rules
from tests.shops.sync.conftest import kontor_leads, set_rules

pytestmark = pytest.mark.django_db(transaction=True)


def refused(run) -> list[tuple[str, str]]:
    return list(run.changes.filter(verb="delete_shop", state="refused").values_list("kind", "name"))


@pytest.fixture
def kept(shop, woo):
    """A brand that only the shop has, and does not give away."""
    set_rules(shop, producer={"delete_there": True})
    woo.state.add_term("brand", "Kept")
    woo.refuses("", code="in_use", message="It is in use.", operations=("delete",))
    return next(iter(woo.state.terms_of("brand")))


@pytest.mark.requirement("M4")
def test_a_refused_deletion_is_not_asked_for_again(shop, woo, sync, kept):
    run = sync()
    assert (run.state, refused(run)) == ("partly", [("producer", "Kept")])
    assert [term["name"] for term in woo.state.terms_of("brand")] == ["Kept"]
    woo.reset_counts()
    run = sync()
    assert (run.state, run.changes.count(), woo.writes) == ("done", 0, [])
    problem = Problem.objects.get(kind="producer")
    assert (problem.state, problem.count) == ("open", 1)


@pytest.mark.requirement("M4")
def test_it_is_asked_for_again_when_the_element_changes_or_a_person_says_so(shop, woo, sync, kept):
    sync()
    kept["name"] = "Kept on"
    assert refused(sync()) == [("producer", "Kept on")]
    assert refused(sync()) == []
    woo.heal()
    assert try_again(Problem.objects.get(kind="producer")) == 1
    run = sync()
    assert (run.state, list(woo.state.terms_of("brand"))) == ("done", [])
    assert Problem.objects.get(kind="producer").state == "cured"


def test_its_cause_is_over_when_nobody_wants_the_deletion_or_the_shop_has_done_it(shop, woo, sync, kept):
    sync()
    save_rules(shop, {"producer": RuleValues()})
    assert Problem.objects.get(kind="producer").state == "cured"
    save_rules(shop, {"producer": RuleValues(delete_there=True)})
    sync()
    assert Problem.objects.get(kind="producer").state == "open"
    del woo.state.terms[kept["id"]]
    sync()
    assert Problem.objects.get(kind="producer").state == "cured"


@pytest.mark.requirement("M4")
def test_an_article_that_the_shop_loses_while_it_is_written_is_made_anew_in_the_same_run(
    shop, woo, catalogue, sync
):
    """Stock and price of the lost one make room for those of the new one."""
    kontor_leads(shop)
    sync()
    Article.objects.filter(sku="ART-001").update(name="Renamed")
    lost = next(product for product in woo.state.products.values() if product.sku == "ART-001")

    def lose(point: str) -> None:
        if point == "write.reserved" and lost.id in woo.state.products:
            woo.api.rules.delete(lost)

    points.listen(lose)
    try:
        run = sync()
    finally:
        points.listen(None)
    changes = run.changes.filter(key="ART-001", kind="article")
    assert set(changes.values_list("verb", "state")) == {("update_shop", "refused"), ("create_shop", "done")}
    there = [product for product in woo.state.products.values() if product.sku == "ART-001"]
    assert [(product.name, product.regular_price != "") for product in there] == [("Renamed", True)]
    links = RemoteElement.objects.filter(shop=shop, local_id=Article.objects.get(sku="ART-001").pk)
    ours = links.filter(kind__in=("article", "stock", "price")).values_list("kind", "remote_id")
    assert set(ours) == {(kind, str(there[0].id)) for kind in ("article", "stock", "price")}
    sync()
    woo.reset_counts()
    assert (sync().changes.count(), woo.writes) == (0, [])
