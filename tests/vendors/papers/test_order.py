"""The printed order."""

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from config.errors import BadInput
from tests.cast import Cast
from tests.factories.vendors import make_active_order, make_work_order
from vendors.lots import Lots
from vendors.models import WorkOrder
from vendors.papers.order_sheet import order_pdf
from vendors.services import amendment_propose


@pytest.mark.usefixtures("supply")
def test_an_order_is_read_by_both_sides_and_nobody_else(people: Cast, client: Client) -> None:
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, note="初回は5件から。")
    version = order.versions.get()
    base = f"/orders/{order.public_id}/versions/{version.public_id}/"
    found = {}
    for person in (people.minato, people.fumi, people.luna, people.riku, people.wataru):
        client.force_login(person)
        found[person.name] = [client.get(page).status_code for page in (base, f"{base}pdf/")]
    assert found == {
        "Minato": [200, 200], "Fumi": [200, 200], "Luna": [200, 200], "Riku": [404, 404], "Wataru": [403, 403],
    }  # fmt: skip
    said = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(order_pdf(version.document)))
    wanted = ("Kaede Writing", order.number, "¥480", "60日目", "著作者人格権", "初回は5件から。", "1 / 1")
    assert [words for words in wanted if words not in said] == []


@pytest.mark.usefixtures("supply")
def test_the_day_of_payment_is_a_day_and_not_a_limit(people: Cast) -> None:
    """The authorities take no 「まで」 for a day of payment."""
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede)
    rows = dict(order.versions.get().document["rows"])
    assert "まで" not in rows["支払期日・方法"] and "以内" not in rows["支払期日・方法"]
    assert "まで" not in rows["納期"]
    assert rows["支払期日・方法"].startswith("毎月末日締め、翌月末日払い")


@pytest.mark.usefixtures("supply")
def test_an_order_by_lot_says_how_its_lots_are_judged(people: Cast) -> None:
    lots = Lots(level="II", aql="1.0", size=200, days=3)
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede, lots=lots)
    rows = dict(order.versions.get().document["rows"])
    for words in (
        "JIS Z 9015-1",
        "検査水準II",
        "AQL 1.0％",
        "サンプル50件",
        "1件以下",
        "差し戻し",
        "受領日から7日以内",
    ):
        assert words in rows["検収"], words
    with pytest.raises(BadInput):
        amendment_propose(order=order, changes={"inspection_days": 3}, why="Faster.", by=people.minato)
    with pytest.raises(BadInput):
        make_work_order(by=people.minato, vendor=people.kaede, lots=Lots(days=7))
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkOrder.objects.filter(pk=order.pk).update(lot_aql="10")


@pytest.mark.usefixtures("supply")
def test_an_amendment_goes_from_form_to_force(people: Cast, client: Client) -> None:
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede)
    client.force_login(people.minato)
    form = {
        "quantity": 10, "unit_price": 555, "due_on": order.due_on.isoformat(), "rework_rounds": 2, "inspection_days": 7,
        "note": "", "why": "円安のため",
    }  # fmt: skip
    page = f"/orders/{order.public_id}/amend/"
    assert client.get(page).status_code == 200
    assert client.post(page, {**form, "why": ""}).status_code == 422
    assert client.post(page, {**form, "unit_price": 480}).status_code == 400
    where = client.post(page, form)["Location"]
    assert client.post(f"{where}accept/").status_code == 403
    client.force_login(people.riku)
    assert client.post(f"{where}accept/").status_code == 404
    client.force_login(people.luna)
    assert "円安のため" in client.get(where).content.decode()
    assert client.post(f"{where}accept/").status_code == 302
    order.refresh_from_db()
    assert order.unit_price == 555
