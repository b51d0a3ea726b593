"""Types whose cells list things with an id and a text: choices, linked records, users and attachments.

All of them store a list, whether the field holds one or several, since changing a field from several to one leaves the
old lists until the next write (wire-facts 5.3).
"""

from __future__ import annotations

import mimetypes
import secrets
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, unquote, urlsplit

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes.base import CellType, Refused, Scene, display, expect
from softrorm.sandbox.ids import new_uuid
from softrorm.sandbox.problems import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.model import Field, Row

UNIT_SECONDS = {"MINUTES": 60, "HOURS": 3600, "DAYS": 86400}


class Coded(CellType):
    """A list of codes, shown as objects: one object or null for a single-valued field."""

    family: ClassVar[str] = "coded"
    may_hold_several: ClassVar[bool] = True

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: a list, or one thing alone; a single-valued field takes a list of one."""
        items = value if isinstance(value, list) else [value]
        if len(items) > 1 and not at.multiple:
            raise Refused(f"{len(items)} values for a field that holds one")
        codes: list[Any] = []
        for item in items:
            code = self.code(item, at, scene)
            if code is not None and code not in codes:
                codes.append(code)
        return codes or None

    def code(self, item: Any, at: Field, scene: Scene) -> Any:
        """What to store for one written thing; ``None`` for nothing.

        Raises:
            Refused: The field cannot take it.
        """
        raise NotImplementedError

    def shown(self, at: Field, scene: Scene) -> Callable[[Any], Any]:
        """A function from a stored code to what the API shows."""
        raise NotImplementedError

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.reader`."""
        key, shown, multiple = at.id, self.shown(at, scene), at.multiple

        def read_cell(row: Row) -> Any:
            codes = row.cells.get(key)
            if not codes:
                return [] if multiple else None
            return shown(codes[0]) if len(codes) == 1 and not multiple else [shown(code) for code in codes]

        return read_cell

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`: a tuple of hashable codes."""
        key = at.id

        def codes(row: Row) -> tuple[Any, ...] | None:
            return tuple(row.cells.get(key) or ()) or None

        return codes


class Select(Coded):
    """Choices, written by id or label and shown as ``{"id", "label"}``; what matches none stays as it came."""

    defaults: ClassVar[dict[str, Any]] = {
        "choices": [],
        "allowToAddNewChoice": False,
        "multiColorMode": False,
        "sorting": "CUSTOM",
        "enforceOrder": False,
    }

    def options(self, given: dict[str, Any], old: Field | None, scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.options`: a choice keeps the id it comes with and is given one otherwise."""
        options = super().options(given, old, scene)
        choices = []
        for choice in options["choices"] or []:
            if not isinstance(choice, dict) or not isinstance(choice.get("label"), str):
                raise Refused(f'{brief(choice)} is no choice; right would be {{"label": "Done", "color": "green"}}')
            identifier = choice.get("id")
            if identifier is not None and not isinstance(identifier, str):
                raise Refused(f"{brief(identifier)} is no id of a choice")
            new = {"id": identifier or new_uuid(), "label": choice["label"], "color": choice.get("color")}
            choices.append({**choice, **new})
        return {**options, "choices": choices}

    def code(self, item: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`Coded.code`: an object is not refused but kept as Java would print it (wire-facts 4.3)."""
        if isinstance(item, dict):
            return java_text(item)
        expect(item, str, "choice; right would be its id or its label")
        choices = [*at.options["choices"], *scene.new_choices.get(at.id, ())]
        for name in ("id", "label"):
            for choice in choices:
                if choice[name] == item:
                    return choice["id"]
        if not item:
            return None
        if not at.options.get("allowToAddNewChoice"):
            return item
        new = {"id": new_uuid(), "label": item, "color": None}
        scene.new_choices.setdefault(at.id, []).append(new)
        return new["id"]

    def shown_default(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.shown_default`: one object, even for several (wire-facts 8.1)."""
        wanted = value.get("id", value.get("label")) if isinstance(value, dict) else value
        for choice in at.options["choices"]:
            if wanted in {choice["id"], choice["label"]} if isinstance(wanted, str) else False:
                return {"id": choice["id"], "label": choice["label"]}
        raise Refused(
            f"{brief(value)} is no choice; there are {brief([choice['label'] for choice in at.options['choices']])}"
        )

    def default(self, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.default`."""
        return [at.default["id"]] if at.default else None

    def shown(self, at: Field, scene: Scene) -> Callable[[Any], Any]:
        """See :meth:`Coded.shown`."""
        labels = {choice["id"]: choice["label"] for choice in at.options["choices"]}
        return lambda code: {"id": code, "label": labels.get(code, code)}

    def words(self, at: Field, scene: Scene) -> Callable[[Any], tuple[str, ...]]:
        """See :meth:`CellType.words`."""
        labels = {choice["id"]: choice["label"] for choice in at.options["choices"]}
        return lambda code: (code, labels.get(code, code))


class LinkedRecord(Coded):
    """Links to records of one table, kept in step with a field of that table; see ``softrorm.sandbox.links``."""

    ai: ClassVar[bool] = False
    holds_several: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {
        "linkedTableId": None,
        "inverseLinkFieldId": None,
        "viewId": None,
        "sorting": None,
        "filter": None,
        "enforceOrder": False,
    }

    def options(self, given: dict[str, Any], old: Field | None, scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.options`: without ``inverseLinkFieldId`` a change breaks the pair (wire-facts 8.3)."""
        if given.get("linkedTableId") is None and old is not None:
            given = {**given, "linkedTableId": old.options.get("linkedTableId")}
        options = self.restored(given, scene)
        linked = options["linkedTableId"]
        target = scene.store.tables.get(linked) if isinstance(linked, str) else None
        if target is None or target.database_id != scene.table.database_id:
            raise Refused(f"option linkedTableId is {brief(linked)}; right would be the id of a table of this database")
        return options

    def restored(self, given: dict[str, Any], scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.restored`: the other end of a link may be gone, its field or its table."""
        options = super().options(given, None, scene)
        for option, right in (
            ("linkedTableId", "the id of a table of this database"),
            ("inverseLinkFieldId", "a field id"),
        ):
            value = options[option]
            if not isinstance(value, str) and (value is not None or option == "linkedTableId"):
                raise Refused(f"option {option} is {brief(value)}; right would be {right}")
        return options

    def code(self, item: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`Coded.code`: an id, alone or in an object (wire-facts 5.2)."""
        identifier = item.get("id") if isinstance(item, dict) else item
        expect(identifier, str, 'link; right would be a record id, or {"id": ...}')
        target = scene.store.tables.get(at.options["linkedTableId"])
        if target is not None and identifier in target.by_id:
            return identifier
        # A list that is read and written back may hold records deleted since (wire-facts 6).
        if scene.row is not None and identifier in (scene.row.cells.get(at.id) or ()):
            return identifier
        if target is None:
            raise Refused(f"the linked table {brief(at.options['linkedTableId'])} is not there")
        raise Refused(f"the linked table has no record {brief(identifier)}")

    def shown(self, at: Field, scene: Scene) -> Callable[[Any], Any]:
        """See :meth:`Coded.shown`: labels are read off the targets, or remembered."""
        words = self.words(at, scene)
        return lambda code: {"id": code, "label": words(code)[1]}

    def words(self, at: Field, scene: Scene) -> Callable[[Any], tuple[str, ...]]:
        """See :meth:`CellType.words`."""
        from softrorm.sandbox.celltypes import record_label

        departed = scene.store.departed
        target = scene.store.tables.get(at.options["linkedTableId"])
        if target is None:
            return lambda code: (code, departed.get(code, ""))
        rows, label = target.by_id, record_label(scene.of(target))

        def found(code: str) -> tuple[str, ...]:
            row = rows.get(code)
            return code, departed.get(code, "") if row is None else label(row)

        return found

    def label(self, at: Field, scene: Scene) -> Callable[[Row], str]:
        """See :meth:`CellType.label`: ids, since labels of labels could go in circles."""
        key = at.id
        return lambda row: ", ".join(row.cells.get(key) or ())


class User(Coded):
    """People, written by id, email or object. Any may be named: the sandbox has no list of members."""

    def code(self, item: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`Coded.code`."""
        known = item if isinstance(item, dict) else {"email" if "@" in str(item) else "id": item}
        email, identifier, name = known.get("email"), known.get("id"), known.get("name")
        for value in (email, identifier, name, known.get("avatarUrl")):
            expect(value, (str, type(None)), "user; right would be an id, an email, or an object with either")
        if not email and not identifier:
            raise Refused(f"{brief(item)} names no user; right would be an id, an email, or an object with either")
        if scene.user["email"] == email or scene.user["id"] == identifier:
            return scene.user
        return {
            # The same address is the same user, in every write.
            "id": identifier or str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{(email or '').casefold()}")),
            "name": name or (email or identifier or "").partition("@")[0],
            "email": email,
            "avatarUrl": known.get("avatarUrl"),
        }

    def shown(self, at: Field, scene: Scene) -> Callable[[Any], Any]:
        """See :meth:`Coded.shown`."""
        return dict

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        key = at.id

        def codes(row: Row) -> tuple[Any, ...] | None:
            found = row.cells.get(key) or ()
            return tuple((one["id"], one["email"] or "", one["name"] or "") for one in found) or None

        return codes

    def words(self, at: Field, scene: Scene) -> Callable[[Any], tuple[str, ...]]:
        """See :meth:`CellType.words`: id, email and name."""
        return lambda code: code


class CreatedBy(User):
    """The owner of the key that made the record."""

    readonly: ClassVar[bool] = True
    may_hold_several: ClassVar[bool] = False
    ai: ClassVar[bool] = False

    def default(self, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.default`."""
        return [scene.user]

    def fill(self, at: Field, scene: Scene) -> list[Row]:
        """See :meth:`CellType.fill`."""
        for row in scene.table.rows:
            row.cells[at.id] = [scene.user]
        return scene.table.rows


class UpdatedBy(CreatedBy):
    """The owner of the key of the last edit; empty before the first one, as UPDATED_AT is."""

    def default(self, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.default`."""
        return None

    def fill(self, at: Field, scene: Scene) -> list[Row]:
        """See :meth:`CellType.fill`."""
        return []

    def edited(self, at: Field, changed: set[str], scene: Scene) -> Any:
        """See :meth:`CellType.edited`."""
        return [scene.user]


class Attachment(Coded):
    """Files, written by address and known by id; the address read is a new one each time (wire-facts 4.2)."""

    ai: ClassVar[bool] = False
    holds_several: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {
        "showAs": "PREVIEW",
        "inferredFileType": None,
        "enableFileLinkExpiration": True,
        "fileLinkExpirationValue": 1,
        "fileLinkExpirationUnit": "HOURS",
    }

    def code(self, item: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`Coded.code`: an address, or an object with one; one that was read keeps its id.

        The service fetches the file; the sandbox does not, so the size is 0 unless it was given.
        """
        given = item if isinstance(item, dict) else {"url": item}
        held = (scene.row.cells.get(at.id) if scene.row else None) or ()
        for one in held:
            if one["id"] == given.get("id"):
                return one
        url = given.get("url")
        if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
            raise Refused(
                f'{brief(item)} is no file; right would be its http address, or {{"url": ..., "filename": ...}}'
            )
        name = given.get("filename") or given.get("name") or unquote(PurePosixPath(urlsplit(url).path).name) or "file"
        kind, size = given.get("type"), given.get("size")
        expect(name, str, "name of a file")
        table = scene.table
        return {
            "id": f"attachments/{table.database_id}/{table.id}/{scene.row_id}/{at.id}/{new_uuid()}/{new_uuid()}",
            "filename": name,
            "type": kind if isinstance(kind, str) else mimetypes.guess_type(name)[0] or "application/octet-stream",
            "size": size if isinstance(size, int) else 0,
        }

    def shown(self, at: Field, scene: Scene) -> Callable[[Any], Any]:
        """See :meth:`Coded.shown`."""
        expires = at.options.get("enableFileLinkExpiration")
        unit = UNIT_SECONDS.get(str(at.options.get("fileLinkExpirationUnit")), 3600)
        # A presigned address lives for seven days at most.
        seconds = int(min((at.options.get("fileLinkExpirationValue") or 1) * unit, 604_800))
        moment = dates.stamp_text(scene.now - scene.now % 1000).replace("-", "").replace(":", "")

        def shown(file: dict[str, Any]) -> dict[str, Any]:
            if expires:
                url = (
                    f"https://softr-files.s3.sandbox.example/{quote(file['id'])}?X-Amz-Date={moment}"
                    f"&X-Amz-Expires={seconds}&X-Amz-Signature={secrets.token_hex(32)}"
                )
            else:
                url = f"https://tables-api.softr.io/v1/{quote(file['id'])}"
            return {"id": file["id"], "url": url, **{name: file[name] for name in ("filename", "type", "size")}}

        return shown

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.reader`: a list, always."""
        key, shown = at.id, self.shown(at, scene)
        return lambda row: [shown(file) for file in row.cells.get(key) or ()]

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        key = at.id
        return lambda row: tuple((file["id"], file["filename"]) for file in row.cells.get(key) or ()) or None

    def words(self, at: Field, scene: Scene) -> Callable[[Any], tuple[str, ...]]:
        """See :meth:`CellType.words`: id and file name."""
        return lambda code: code


def java_text(value: Any) -> str:
    """A JSON value as Java prints the map it became (wire-facts 4.3)."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(java_text(one) for one in value) + "]"
    return "null" if value is None else display(value)
