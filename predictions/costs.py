"""What a prediction cost: its tokens at the price that held when it was created."""

from decimal import Decimal

from django.db.models import F, OuterRef, QuerySet, Subquery

from predictions.models import Prediction, Price

MILLION = 6  # as a power of ten
LIMIT = Decimal(10) ** 8  # the column holds no more: who counts so many tokens has counted wrongly


def with_price(predictions: QuerySet[Prediction]) -> QuerySet[Prediction]:
    """Each with the id of the price of its version, where there is one: no query more."""
    valid = _from_then_on(Price.objects.filter(version=OuterRef("version")), OuterRef("created_at"))
    return predictions.annotate(
        price_id=Subquery(valid.values("id")[:1]),
        expected_upstream_id=F("version__upstream_id"),
    )


def charge(prediction: Prediction) -> None:
    """Set its cost from its metrics; it came from `with_price`. Without both counts, or without a
    price, it stays unknown."""
    counts = [prediction.metrics.get(f"{name}_token_count") for name in ("input", "output")]
    if None in counts or (price := _price(prediction)) is None:
        return
    cost = (counts[0] * price.input + counts[1] * price.output).scaleb(-MILLION)
    if cost < LIMIT:
        prediction.cost, prediction.cost_currency = cost, price.currency


def _price(prediction: Prediction) -> Price | None:
    if prediction.upstream_id in {None, prediction.expected_upstream_id}:
        return Price.objects.get(id=prediction.price_id) if prediction.price_id else None
    # Another one answered in its place, which may have the model under a version of its own.
    version = prediction.version
    same = Price.objects.filter(
        version__upstream=prediction.upstream_id,
        version__upstream_model=version.fallback_model or version.upstream_model,
    )
    return _from_then_on(same, prediction.created_at).first()


def _from_then_on(prices: QuerySet[Price], at: object) -> QuerySet[Price]:
    return prices.filter(starts_at__lte=at).order_by("-starts_at")
