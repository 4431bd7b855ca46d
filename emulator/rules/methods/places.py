"""Paths and points on the globe. https://firebase.google.com/docs/reference/rules/rules.Path and .LatLng"""

from __future__ import annotations

import math
from typing import Final

from emulator.rules.errors import EvaluationError, unsupported
from emulator.rules.methods.signature import Signature, Table
from emulator.rules.values import LatLng, Path, Value, type_name

_NUMBER: Final = ("number",)
_EARTH_RADIUS_M: Final = 6_371_010.0


def bind(path: Path, values: dict[str, Value]) -> Path:
    """Segments written `{name}` take the value of that name; others stay as they are."""
    return Path(tuple(_bound(segment, values) for segment in path.segments))


def _bound(segment: Value, values: dict[str, Value]) -> Value:
    if type(segment) is str and segment.startswith("{") and segment.endswith("}") and segment[1:-1] in values:
        value = values[segment[1:-1]]
        if type(value) is not str:
            raise unsupported(f"path.bind of a {type_name(value)}", "strings")
        return value
    return segment


def path_of(text: str) -> Path:
    """`path('users/alice')`; slashes at the ends don't count."""
    return Path(tuple(segment for segment in text.split("/") if segment))


def _point(latitude: float, longitude: float) -> LatLng:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise EvaluationError(
            "Latitude should be in [-90,90] range and longitude should be in [-180,180] range. "
            f"latitude: {latitude}, longitude: {longitude}."
        )
    return LatLng(float(latitude), float(longitude))


def distance(start: LatLng, end: LatLng) -> float:
    """Metres along the great circle, by the haversine formula."""
    low, high = math.radians(start.latitude), math.radians(end.latitude)
    across = math.radians(end.longitude - start.longitude)
    chord = math.sin((high - low) / 2) ** 2 + math.cos(low) * math.cos(high) * math.sin(across / 2) ** 2
    return 2 * _EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


PATH: Final[Table] = {"bind": Signature(bind, (("map",),))}

LATLNG: Final[Table] = {
    "distance": Signature(distance, (("latlng",),)),
    "latitude": Signature(lambda point: point.latitude),
    "longitude": Signature(lambda point: point.longitude),
}

NAMESPACES: Final[dict[str, Table]] = {"latlng": {"value": Signature(_point, (_NUMBER, _NUMBER))}}
