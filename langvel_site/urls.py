"""Every address of the site; /healthz and /readyz are answered by a middleware before these."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from approvals.api.urls import root_urlpatterns

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("approvals.api.urls")),
    path(
        "api/schema/",
        SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]),
        name="schema",
    ),
    *root_urlpatterns,
    path("", include("approvals.web.urls")),
]
