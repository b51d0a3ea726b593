"""Models: classes whose attributes map to the fields of a table."""

from softrorm.models.model import Model, TypedModel

__all__ = ["Model", "TypedModel"]
