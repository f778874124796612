"""The front door: each app brings its own addresses, and none of them knows another's."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config.design import design
from config.probes import health, measurements, ready

# Asked in this order: streams and the writers' requests, which come by the second, before the vendors' pages.
OWN = ["collection.urls", "annotation.urls", "vendors.urls"]

# The administration signs in like everybody else, second step included.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    *(path("", include(module)) for module in OWN),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("language/", include("django.conf.urls.i18n")),
    path("healthz", health, name="health"),
    path("readyz", ready, name="ready"),
    path("metrics", measurements, name="metrics"),
]
if settings.DEMONSTRATION:
    urlpatterns.append(path("design/", design, name="design"))

handler400 = "config.views.bad_request"
handler403 = "config.views.permission_denied"
handler404 = "config.views.page_not_found"
handler500 = "config.views.server_error"
