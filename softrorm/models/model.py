"""Model: a class whose attributes map to the fields of a table, and whose instances are its records.

All reflection happens when a class is made. An instance holds a reference to the raw record as it came, which is the
snapshot and is never changed, and one to the context that its result shares; values decode into the instance's dict
when they are first read. What is dirty follows from comparing the two.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

from softrorm.client import errors
from softrorm.client.cancellation import seen_through
from softrorm.client.errors import ConfigurationError, InvalidValue
from softrorm.client.twins import Calls, Errand, twin
from softrorm.fields.base import Field
from softrorm.fields.link import LinkField
from softrorm.fields.system import SystemDate, SystemId
from softrorm.models import lazy, signals, state
from softrorm.models.binding import Binding, bind
from softrorm.models.context import DETACHED, Context
from softrorm.models.identity import Identity
from softrorm.models.options import Options, declared_options
from softrorm.models.registry import register
from softrorm.query.manager import Manager
from softrorm.query.operators import nearest
from softrorm.query.unit import current

if TYPE_CHECKING:
    from softrorm.client.client import Client


class Model(Identity):
    """A record of a table; subclass it and declare fields.

    Args:
        **values: Attributes by name, each checked at once.

    Raises:
        InvalidValue: A value that its field cannot hold.
        AttributeError: A name that is no field; the message gives the nearest.

    ``Meta`` takes ``database`` and ``table`` (ids), ``database_name`` and ``table_name`` (to be found by name),
    ``client``, ``ordering``, ``timezone``, ``natural_key`` and ``abstract``. Making an instance makes no request.
    """

    __slots__ = ("__dict__", "__weakref__", "_context", "_given", "_record")

    _meta: ClassVar[Options]
    _declared: ClassVar[dict[str, Any]] = {}
    _checks: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    """What each assignment passes through; here and not in the options, since assignment is a hot path."""
    DoesNotExist: ClassVar[type[errors.DoesNotExist]] = errors.DoesNotExist
    MultipleObjectsReturned: ClassVar[type[errors.MultipleObjectsReturned]] = errors.MultipleObjectsReturned
    objects = Manager()  # not annotated, so that type checkers let a model have a manager of its own

    id = SystemId()
    created_at = SystemDate("created_at", key="createdAt")
    updated_at = SystemDate("updated_at", key="updatedAt")

    _record: dict[str, Any] | None
    """The record as it came; ``None`` until the instance is saved; without ``"fields"`` while only a link is known."""
    _context: Any
    _given: set[str] | None
    """The attributes that were set on an instance that was never saved."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields: dict[str, Field[Any]] = {}
        for base in reversed(cls.__mro__):
            for name, value in vars(base).items():
                if isinstance(value, Field):
                    fields[name] = value
                elif name in fields:
                    del fields[name]  # a subclass took the name for something else
                elif isinstance(value, type) and issubclass(value, Field) and value.__name__ != name:
                    raise errors.ConfigurationError(
                        f"{cls.__name__}.{name} is the class {value.__name__} itself, which would be no field of the "
                        f"table; write {value.__name__}() with parentheses."
                    )
        for name, field in fields.items():
            _refuse_name(cls, name, field)
            if name not in vars(cls):
                # Each model has fields of its own, so that messages and links name the right model.
                field = copy.copy(field)  # noqa: PLW2901
                field.__set_name__(cls, name)
                setattr(cls, name, field)
                fields[name] = field
        cls._declared = declared_options(cls, vars(cls).get("Meta"))
        cls._meta = Options(cls, cls._declared, fields)
        cls._checks = {name: field.check for name, field in fields.items() if not isinstance(field, LinkField)}
        for error in (errors.DoesNotExist, errors.MultipleObjectsReturned):
            found = dict.fromkeys(getattr(base, error.__name__) for base in cls.__bases__ if issubclass(base, Model))
            own = type(error.__name__, tuple(found), {"__doc__": error.__doc__, "__module__": cls.__module__})
            own.__qualname__ = f"{cls.__qualname__}.{error.__name__}"
            setattr(cls, error.__name__, own)
        if not cls._meta.abstract:
            register(cls)

    def __init__(self, **values: Any) -> None:
        self._record = None
        self._context = DETACHED
        self._given = set()
        if self._meta.abstract:
            raise TypeError(f"{type(self).__name__} is abstract: make an instance of a model derived from it.")
        for name, value in values.items():
            setattr(self, name, value)

    # --- values ---------------------------------------------------------------------------------

    def _assign(self, name: str, value: Any) -> None:
        check = self._checks.get(name)
        if check is None:
            self._set_other(name, value)
            return
        value = check(value)
        if self._record is None:
            self._given.add(name)  # type: ignore[union-attr]
        elif (unit := self._context.unit or current.get()) is not None:
            unit.touch(self)  # which may refuse, so that nothing is set
        self.__dict__[name] = value

    def _assign_link(self, field: LinkField[Any], value: Any) -> None:
        """Assign a link; ids become records that load through the client of the record which links to them."""
        value = field.check(value)
        if isinstance(self._context, Context):
            self._context.take_in(field, value if isinstance(value, list) else [value])
        if self._record is None:
            self._given.add(field.attribute)  # type: ignore[union-attr]
        elif (unit := self._context.unit or current.get()) is not None:
            unit.touch(self)
        self.__dict__[field.attribute] = value

    if not TYPE_CHECKING:  # a checker would take it to mean that any name may be set
        __setattr__ = _assign

    def _set_other(self, name: str, value: Any) -> None:
        known = self._meta.fields
        if isinstance(field := known.get(name), LinkField):
            self._assign_link(field, value)
            return
        if name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
            return
        raise AttributeError(
            f"{type(self).__name__} has no field {name!r}.{nearest(name, known)} Its fields are {', '.join(known)}."
        )

    def __delattr__(self, name: str) -> None:
        if name in self._meta.fields:
            raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted; set it to None to empty the cell.")
        object.__delattr__(self, name)

    def _unread(self, field: Any) -> Any:
        """The value of a field where there is no raw one: on a new instance, or on a link that is not loaded yet."""
        if not self.is_loaded or (self._record is not None and field.attribute in self._record.get("expired", ())):
            lazy.allow(self, field.attribute)
            self.load()
            return getattr(self, field.attribute)
        value = field.empty()
        # What can be edited in place is kept, so that its changes are seen.
        return self.__dict__.setdefault(field.attribute, value) if field.mutable else value

    # --- links ----------------------------------------------------------------------------------

    @classmethod
    def _stub(cls, id: str, label: str | None, context: Any = DETACHED) -> Self:
        """An instance that knows its id and label, and loads when anything else is read."""
        return cls._linked({"id": id, "label": label}, context)

    @classmethod
    def _linked(cls, link: dict[str, Any], context: Any) -> Self:
        """The same over a link as it came."""
        stub: Self = object.__new__(cls)
        cls._meta._set_record(stub, link)
        cls._meta._set_context(stub, context)
        return stub

    @property
    def is_loaded(self) -> bool:
        """Whether the record's values are here; reading one of a link that is not loaded yet makes requests."""
        return self._record is None or "fields" in self._record

    @property
    def is_dangling(self) -> bool:
        """Whether a link leads here though the record is gone (wire-facts 6). Loads a link that is not loaded yet."""
        if not self.is_loaded:
            lazy.allow(self, "is_dangling")
            self.load()
        return bool(self._record and self._record.get("dangling"))

    # --- state ----------------------------------------------------------------------------------

    @property
    def dirty_fields(self) -> dict[str, Any]:
        """What a save would send: attribute to new value. Makes no request.

        On a new instance these are the attributes that were given; on a loaded one those whose value differs from
        what came, so that a change undone is no change and edits of lists in place are seen. The values are copies.
        """
        changed = state.dirty(self)
        return {name: self._meta.fields[name].detached(value) for name, value in changed.items()} if changed else {}

    @property
    def is_dirty(self) -> bool:
        """Whether a save would send anything. Makes no request."""
        return self._record is None or bool(state.dirty(self))

    def to_dict(self) -> dict[str, Any]:
        """All values by attribute, as copies. Makes no request, unless this is a link that is not loaded yet."""
        return {name: field.detached(getattr(self, name)) for name, field in self._meta.fields.items()}

    def to_wire(self) -> dict[str, Any]:
        """What a save would send: field ids to JSON values, in the dialect of the record's client. Makes no request.

        Raises:
            InvalidValue: An edit in place left a value that its field cannot hold, or a link to an unsaved record.
        """
        return self._encoded(self.dirty_fields, self._static_place())

    @property
    def _calls(self) -> Calls:
        return lazy.client_of(self)._calls

    def _place(self, using: Client | None) -> Binding:
        """Where the record is read and written: at the client given, the one it came through, or the model's own."""
        own: Binding | None = self._context.binding
        return self._meta.binding(using) if using or own is None or own.client is None else own

    def _static_place(self) -> Binding:
        return self._context.binding or self._meta.static_binding()

    def _encoded(self, values: dict[str, Any], binding: Binding) -> dict[str, Any]:
        dialect = binding.dialect
        encoded = {}
        for name, value in values.items():
            field = self._meta.writable[name]
            if field.mutable:
                value = field.check(value)  # noqa: PLW2901 - an edit in place was not checked yet
            blank = value is None and not field.many
            encoded[binding.ids[name]] = field.encode_blank() if blank else field.encode(value, dialect, binding)
        return encoded

    # --- reading and writing --------------------------------------------------------------------

    @classmethod
    def from_record(cls, record: dict[str, Any], client: Client | None = None) -> Self:
        """An instance over a record as the API answers it.

        Args:
            record: A dict with ``id``, ``fields`` by field id, ``createdAt`` and ``updatedAt``; it is kept, not copied.
            client: The client that the record came through; the model's own or the default one unless given.

        Raises:
            InvalidValue: It is no record.

        Makes no request for a model declared by ids.
        """
        if not isinstance(record, dict) or not isinstance(record.get("fields"), dict) or "id" not in record:
            raise InvalidValue(f"{cls.__name__}.from_record() takes a record with 'id' and 'fields', not {record!r}.")
        [instance] = cls._meta.instances([record], cls._meta.static_binding(client))
        return instance  # type: ignore[no-any-return]

    @classmethod
    def bind(cls, client: Client, *, database: str | None = None, table: str | None = None) -> Binding:
        """Bind the model to a table of a client by reading the table's schema.

        Args:
            client: The client.
            database: The id of the database, if it is another than ``Meta`` says.
            table: The id of the table, if it is another than ``Meta`` says.

        Returns:
            The binding: database, table and field ids. From now on the model uses it with this client, and filters on
            choices declared by label carry the ids that the schema gives.

        Raises:
            ConfigurationError: The database, the table or a field is not there.

        Makes one request, none where the schema is cached, and one more to find a database by name.
        """
        return bind(cls._meta, client, database, table)

    @classmethod
    async def abind(cls, client: Client, *, database: str | None = None, table: str | None = None) -> Binding:
        """``bind()`` for async code, with the same arguments and as many requests."""
        return await Errand().run(client._calls, partial(cls.bind, client, database=database, table=table))

    def save(
        self, *, fields: Iterable[str] | None = None, all_fields: bool = False, using: Client | None = None
    ) -> None:
        """Send what changed: POST for a new record, else PATCH with the dirty fields and nothing else.

        Args:
            fields: Send just these attributes, dirty or not.
            all_fields: Send every writable attribute.
            using: The client, if it is another than the record came through.

        Raises:
            InvalidValue: A required value is missing, or an edit in place left one that its field cannot hold; before
                any request.
            APIError: The service refused it.
            AmbiguousWrite: The answer to a create was lost, so that the record may be there.

        Makes one request, none where nothing changed. The answer becomes the new snapshot; what was changed while it
        was under way stays changed.
        """
        if self._record is not None and self._record.get("dangling"):
            raise InvalidValue(f"{self!r} cannot be saved: the record is deleted.")
        state.refuse_lost(self)
        created = self._record is None
        if signals.pre_save:
            sending = tuple(self._chosen(fields, all_fields=all_fields))
            signals.pre_save.send(type(self), instance=self, created=created, fields=sending)
        sent = self._chosen(fields, all_fields=all_fields)
        if self._record is None:
            self._refuse_missing(sent)
        elif not sent:
            return
        place = self._place(using)
        wire = self._encoded(sent, place)
        # Values are kept as they were sent: an edit in place during the request is then seen as one.
        sent = {name: self._meta.writable[name].detached(value) for name, value in sent.items()}
        with place.naming(type(self)):
            if self._record is None:
                answer = place.client.create_record(place.database, place.table, wire)
            else:
                answer = place.client.update_record(place.database, place.table, self._record["id"], wire)
        state.take(self, answer, sent, Context(place, [answer], self._context.unit))
        if created and (unit := current.get()) is not None and unit.serves(place.client):
            unit.touch(self)  # what is created in a session's block belongs to it
        if signals.post_save:
            with seen_through():
                signals.post_save.send(type(self), instance=self, created=created, fields=tuple(sent))

    asave = twin(save, writes=True)

    def _chosen(self, fields: Iterable[str] | None, *, all_fields: bool) -> dict[str, Any]:
        if fields is None and not all_fields:
            return self.dirty_fields
        writable = self._meta.writable
        names = list(writable) if fields is None else [fields] if isinstance(fields, str) else list(fields)
        for name in names:
            if name not in writable:
                known = self._meta.own_fields
                why = "is computed by the service." if name in known else f"is no field.{nearest(name, known)}"
                raise InvalidValue(f"{type(self).__name__}.save(fields=...): {name!r} {why}")
        return {name: getattr(self, name) for name in names}

    def _refuse_missing(self, sent: dict[str, Any]) -> None:
        for name, field in self._meta.writable.items():
            if field.required and field.default is None and field.is_blank(sent.get(name)):
                raise InvalidValue(f"{field.label} is required; give it a value before saving.")

    def delete(self, *, using: Client | None = None) -> None:
        """Delete the record.

        Args:
            using: The client, if it is another than the record came through.

        Raises:
            InvalidValue: The record was never saved.
            NotFound: It is not there.

        Makes one request. Links of other records keep pointing at it (wire-facts 11).
        """
        if self._record is None:
            raise InvalidValue(f"{self!r} was never saved, so there is nothing to delete.")
        place = self._place(using)
        if signals.pre_delete:
            signals.pre_delete.send(type(self), instance=self)
        place.client.delete_record(place.database, place.table, self._record["id"])
        state.bury(self)
        if signals.post_delete:
            with seen_through():
                signals.post_delete.send(type(self), instance=self)

    adelete = twin(delete, writes=True)

    def load(self) -> None:
        """Read what is not here yet: a link's record, with the same link of its siblings; or what a write made stale.

        What was changed stays changed. Reading an attribute does this by itself, but not where an event loop runs.

        Makes one request for a record with stale values; for a link as many as loading it for all records of the result
        takes; none where everything is here.
        """
        if not self.is_loaded:
            self._context.load(self)
        elif self._record is not None and self._record.get("expired"):
            state.reload(self)

    aload = twin(load)

    def refresh(self, *, using: Client | None = None) -> None:
        """Read the record anew; unsaved changes are dropped.

        Args:
            using: The client, if it is another than the record came through.

        Raises:
            InvalidValue: The record was never saved.
            Model.DoesNotExist: It is not there any more.

        Makes one request.
        """
        if self._record is None:
            raise InvalidValue(f"{self!r} was never saved, so there is nothing to read.")
        place = self._place(using)
        try:
            answer = place.client.get_record(place.database, place.table, self._record["id"], fresh=True)
        except errors.NotFound as error:
            raise self.DoesNotExist(f"{self!r} is not there any more.") from error
        for name in self._meta.fields:
            self.__dict__.pop(name, None)
        state.fill(self, answer, Context(place, [answer], self._context.unit))

    arefresh = twin(refresh)


def _refuse_name(model: type[Model], name: str, field: Field[Any]) -> None:
    """Refuse an attribute that would break look-ups, or hide what every model has."""
    if name.startswith("_") or "__" in name:
        raise ConfigurationError(
            f"{model.__name__}.{name}: a field's attribute starts with a letter and has no double underscore."
        )
    # A table's own fields for the two dates may take the place of the record's.
    if name in vars(Model) and name not in {"created_at", "updated_at"} and not isinstance(field, SystemId):
        kind = type(field).__name__
        raise ConfigurationError(
            f"{model.__name__}.{name}: every model has {name!r} already; call the field {name}_ and give its name, "
            f"{name}_ = {kind}(name=...), or its id."
        )
    if field.attribute != name:
        raise ConfigurationError(
            f"{model.__name__}.{field.attribute} and {model.__name__}.{name} are one field object; make a field for "
            "each."
        )


@dataclass_transform(kw_only_default=True)
class TypedModel(Model):
    """A model with annotated fields, whose constructor keywords type checkers know.

    ``title: fields.SingleLineText[str] = fields.SingleLineText("E08c0", required=True)``; otherwise as :class:`Model`.
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # a checker would want every Meta to be a subclass of this one

        class Meta:
            """No table of its own."""

            abstract = True


Model._meta = Options(
    Model, {"abstract": True}, {name: vars(Model)[name] for name in ("id", "created_at", "updated_at")}
)
