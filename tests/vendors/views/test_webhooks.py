"""The pages on which an organisation has its programs told of events."""

import re

from django.test import Client
from pytest_django.fixtures import Settings

from tests.cast import Cast
from vendors.models import Delivery, Event, Webhook
from vendors.services.webhooks import event_tell


def test_an_address_is_added_watched_and_ended(people: Cast, client: Client, settings: Settings) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    client.force_login(people.luna)
    refused = client.post("/webhooks/", {"url": "https://10.0.0.1/", "events": ["order.issued"]})
    assert refused.status_code == 422 and "url" in refused.context["form"].errors
    made = client.post("/webhooks/", {"url": "http://127.0.0.1:1/", "events": ["order.issued"]})
    secret = re.search(r'value="(whsec_[^"]+)"', made.content.decode())[1]  # type: ignore[index]
    assert secret not in client.get("/webhooks/").content.decode()
    event_tell(Event.ORDER_ISSUED, vendor=people.kaede)
    webhook, delivery = Webhook.objects.get(), Delivery.objects.get()
    log, resend = f"/webhooks/{webhook.public_id}/", f"/webhooks/deliveries/{delivery.public_id}/resend/"
    assert "On its way" in client.get(log).content.decode()
    Delivery.objects.update(last_status=500, attempts=2)
    page = client.get(log).content.decode()
    assert "Waits to be sent again" in page and "On its way" not in page
    Delivery.objects.update(next_at=None, last_status=500, attempts=9)
    page = client.get(log).content.decode()
    assert "Given up" in page and "Answered 500" in page
    assert client.post(resend)["Location"] == log
    delivery.refresh_from_db()
    assert delivery.next_at is not None and delivery.attempts == 0
    for other, status in ((people.riku, 404), (people.minato, 404), (people.wataru, 403), (people.emi, 403)):
        client.force_login(other)
        assert client.get(log).status_code == client.post(resend).status_code == status
        assert client.post(f"{log}end/").status_code == status
    client.force_login(people.luna)
    client.post(f"{log}end/")
    assert client.get(log).status_code == 404
