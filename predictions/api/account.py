"""`/v1/account` and `/v1/hardware`: who asks, and on what versions run."""

from django.http import HttpRequest
from ninja import Router

from .schemas.catalogue import HardwareObject
from .schemas.deployments import AccountObject, account_object

router = Router(tags=["Account"])


@router.get("/account", response=AccountObject)
def get_account(request: HttpRequest):
    return account_object(request.auth)


@router.get("/hardware", response=list[HardwareObject])
def list_hardware(request: HttpRequest):
    """One kind: whatever the upstream of a version has."""
    return [{"sku": "upstream", "name": "Whatever the upstream runs on"}]
