"""count(), sum() and average() over a query's results."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.firestore.errors import InvalidArgument
from emulator.firestore.fields import get_field, parse_field_path
from emulator.firestore.messages import (
    Aggregation,
    Document,
    StructuredAggregationQuery,
    StructuredQuery,
    Value,
)
from emulator.firestore.values import is_number, number_of

MAX_AGGREGATIONS = 5


def checked(request: StructuredAggregationQuery) -> list[Aggregation]:
    """The aggregations asked for. Raises InvalidArgument naming what is wrong with them."""
    aggregations = list(request.aggregations)
    if not aggregations:
        raise InvalidArgument("Aggregations can not be empty.")
    if len(aggregations) > MAX_AGGREGATIONS:
        raise InvalidArgument(
            f"The maximum number of aggregations allowed in an aggregation query is {MAX_AGGREGATIONS}. "
            f"Received: {len(aggregations)}"
        )
    aliases = [alias_of(aggregation, place) for place, aggregation in enumerate(aggregations)]
    if len(set(aliases)) < len(aliases):
        raise InvalidArgument("Aggregation aliases contain duplicate alias.")
    for aggregation in aggregations:
        if aggregation.WhichOneof("operator") is None:
            raise InvalidArgument("An aggregation must be count, sum or avg.")
    return aggregations


def alias_of(aggregation: Aggregation, place: int) -> str:
    return aggregation.alias or f"field_{place + 1}"


def field_of(aggregation: Aggregation) -> str | None:
    """The field that a sum or an average is over, None for a count."""
    kind = aggregation.WhichOneof("operator")
    return None if kind == "count" else str(getattr(aggregation, kind).field.field_path)


def with_implied_orders(query: StructuredQuery, aggregations: Iterable[Aggregation]) -> StructuredQuery:
    """The query, ordered by the fields summed: documents without them don't count for any aggregation."""
    ordered = StructuredQuery()
    ordered.CopyFrom(query)
    named = {order.field.field_path for order in query.order_by}
    for field in sorted({field for field in map(field_of, aggregations) if field} - named):
        ordered.order_by.add(direction=StructuredQuery.Direction.ASCENDING).field.field_path = field
    return ordered


def count_value(aggregation: Aggregation, found: int) -> Value:
    """The result of count(), no more than `up_to`."""
    if aggregation.count.HasField("up_to"):
        if aggregation.count.up_to.value <= 0:
            raise InvalidArgument(f"count.up_to must be positive, not {aggregation.count.up_to.value}.")
        found = min(found, aggregation.count.up_to.value)
    return Value(integer_value=found)


def number_value(aggregation: Aggregation, documents: Iterable[Document]) -> Value:
    """The result of sum() or average(): over the numbers, whatever else the field holds left aside."""
    path = parse_field_path(field_of(aggregation) or "")
    values = (get_field(document, path) for document in documents)
    numbers = [number_of(value) for value in values if is_number(value)]
    if aggregation.WhichOneof("operator") == "avg":
        return Value(double_value=sum(numbers) / len(numbers)) if numbers else Value(null_value=0)
    total = sum(numbers)
    if isinstance(total, int) and -(2**63) <= total < 2**63:
        return Value(integer_value=total)
    return Value(double_value=float(total))
