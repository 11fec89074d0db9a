"""Deployments and the accounts that own them."""

from typing import Literal

from ninja import Schema
from pydantic import Field, JsonValue

from predictions.models import Deployment
from predictions.objects import timestamp

from .base import Body, PageObject, Timestamp


class AccountObject(Schema):
    type: Literal["user"]
    username: str
    name: str


class DeploymentChange(Body):
    """`input` is ours: the default input, from which requests take what they leave out."""

    version: str = None
    hardware: str = Field(None, max_length=64)
    min_instances: int = Field(None, ge=0, le=1000)
    max_instances: int = Field(None, ge=1, le=1000)
    input: dict[str, JsonValue] = None


class DeploymentRequest(DeploymentChange):
    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9._\-]*[a-z0-9])?$", max_length=128)
    model: str
    version: str


class Configuration(Schema):
    hardware: str
    min_instances: int
    max_instances: int


class Release(Schema):
    number: int
    model: str
    version: str
    created_at: Timestamp
    created_by: AccountObject
    configuration: Configuration


class DeploymentObject(Schema):
    owner: str
    name: str
    input: dict[str, JsonValue]
    current_release: Release


class DeploymentPage(PageObject):
    results: list[DeploymentObject]


def account_object(user) -> dict:
    name = user.get_full_name() or user.get_username()
    return {"type": "user", "username": user.get_username(), "name": name}


def deployment_object(deployment: Deployment) -> dict:
    return {
        "owner": deployment.owner.get_username(),
        "name": deployment.name,
        "input": deployment.input,
        "current_release": {
            "number": deployment.release,
            "model": str(deployment.version.model),
            "version": deployment.version_id,
            "created_at": timestamp(deployment.released_at),
            "created_by": account_object(deployment.owner),
            "configuration": {
                "hardware": deployment.hardware,
                "min_instances": deployment.min_instances,
                "max_instances": deployment.max_instances,
            },
        },
    }
