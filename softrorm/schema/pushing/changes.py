"""Changes: the steps for tables and fields that are there and are declared otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from softrorm.fields.link import LinkField
from softrorm.schema.compare import Difference, compare, compare_link, compare_references, named
from softrorm.schema.definition import definition
from softrorm.schema.design import INVERSE, TARGET, flat, key, references, refuse_unknown_function
from softrorm.schema.pushing.losses import EVERYTHING
from softrorm.schema.pushing.scene import choice_keys, description_of, spelled

if TYPE_CHECKING:
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field
    from softrorm.schema.match import End, Match
    from softrorm.schema.pushing.plans import Step
    from softrorm.schema.pushing.scene import Scene

LINK = LinkField.api_type
_DERIVED = frozenset({"LOOKUP", "ROLLUP", "COUNT", "FORMULA"})
"""Types whose values follow from other fields, so that none of them can be lost."""


def changes(scene: Scene) -> tuple[list[Step], list[Step]]:
    """The steps for what is there.

    Args:
        scene: The models and tables. A field that has to be made anew is missing afterwards.

    Returns:
        The steps that can be done at once, and those that need fields which are still to be made.

    Raises:
        ConfigurationError: A declaration contradicts itself; the message names the attribute.

    Makes no request.
    """
    removed: list[Step] = []
    early: list[Step] = []
    late: list[Step] = []
    differing: list[tuple[Match, Field[Any], TableField, list[Difference]]] = []
    for match in scene.by_model.values():
        for name, field in match.model._meta.own_fields.items():
            live = match.fields.get(name)
            if live is None:
                continue
            differences = [*_of_field(scene, field, live), *_of_link(scene, field, live)]
            if any(_needs_replacing(field, live, difference) for difference in differences):
                removed += _replaced(scene, field, live, differences)
            else:
                differing.append((match, field, live, differences))
    for pair in scene.matches.pairs:
        ends = {key(end) for end in pair if end is not None}
        scene.blocked |= ends if ends & scene.blocked else set()
    # What is to be made anew has no id by now, which those that refer to it have to know.
    for match in scene.by_model.values():
        early += _of_table(scene, match)
    # Computed fields after what they are computed from.
    for match, field, live, differences in sorted(differing, key=lambda each: each[2].type in _DERIVED):
        if field.attribute not in match.fields:
            continue  # the other end of a link that goes
        steps = early
        if live.type == field.api_type:
            read = references(field, scene.matches.undeclared)
            refers = list(compare_references(field, live, read, scene.matches.id_of, scene.names))
            differences.extend(refers)
            if scene.is_blocked(field, read) and refers:
                scene.held.append(_update(scene, field, live, [each for each in differences if each.change]))
                continue
            if any(scene.matches.id_of(each) is None for each in flat(read)):
                steps = late  # with the rest, since an update sends what it referred to as well
        steps += _steps_for(scene, field, live, differences)
    return [*removed, *early], late


def _of_table(scene: Scene, match: Match) -> Iterator[Step]:
    meta, table = match.model._meta, match.table
    if table is None:
        return
    asked: dict[str, str] = {}
    if (meta.is_named or not meta.table) and meta.table_name != table.name:
        asked["name"] = meta.table_name
    text = description_of(match.model)
    # In code a long text is wrapped, so blanks and ends of lines do not count.
    if text is not None and text.split() != (table.description or "").split():
        asked["description"] = text
    if asked:
        said = {"name": named("name", meta.table_name, match.locked)}
        details = [
            Difference("", said.get(key, key), getattr(table, key) or None, value) for key, value in asked.items()
        ]
        shown = f"table {table.name!r} ({meta.name})"
        yield scene.step("update_table", meta.name, asked=asked, shown=shown, details=tuple(map(str, details)))


def _of_field(scene: Scene, field: Field[Any], live: TableField) -> Iterator[Difference]:
    locked = scene.by_model[field.model].locked
    return compare(field, live, scene.dialect, locked=locked.fields.get(field.attribute) if locked else None)


def _of_link(scene: Scene, field: Field[Any], live: TableField) -> Iterator[Difference]:
    if isinstance(field, LinkField) and live.type == LINK:
        partner = scene.matches.partner(field)
        linked = scene.by_model[field.target]
        other = linked.of(partner) if partner is not None else None
        yield from compare_link((field, partner), (live, other), linked.table.id if linked.table else None, scene.names)


def _steps_for(scene: Scene, field: Field[Any], live: TableField, differences: Sequence[Difference]) -> list[Step]:
    """The steps for what can be made as declared; the rest is held, or noted."""
    scene.notes += [
        f"{field.label}: {difference}. The API cannot change that."
        for difference in differences
        if difference.kind in {"inverse", "read-only"}
    ]
    lossy = [difference for difference in differences if is_lossy(difference)]
    safe = [difference for difference in differences if difference.change and difference not in lossy]
    if not lossy:
        return [_update(scene, field, live, safe)] if safe else []
    loses = "; ".join(map(_loss, lossy))
    if scene.destroy:
        return [_update(scene, field, live, [*safe, *lossy], loses)]
    # A push that stopped between a link and its other end left one that is too wide: nothing is lost if it is empty.
    narrowing = all(difference.kind in {"several", "several results", "precision"} for difference in lossy)
    (scene.narrowing if narrowing else scene.held).append(_update(scene, field, live, lossy, loses))
    return [_update(scene, field, live, safe)] if safe else []


def is_lossy(difference: Difference) -> bool:
    """Whether something is lost where the table becomes as declared."""
    match difference.kind:
        case "type" | "target" | "cut" | "choice unknown":
            return True
        case "several" | "several results":
            return not difference.declared
        case "precision":
            return bool(difference.declared == "DATE")
    return False


def _loss(difference: Difference) -> str:
    match difference.kind:
        case "choice unknown":
            return f"choice {difference.live!r}, of which a bare id is left"
        case "several":
            return "all values of a cell but the first"
        case "several results":
            return "all results but the first"
        case "precision":
            return "times of day"
    return f"values that are no {difference.declared}"


def _needs_replacing(field: Field[Any], live: TableField, difference: Difference) -> bool:
    """Whether a field cannot become as declared: links and computed fields have no values that could be taken over."""
    if difference.kind in {"target", "cut"}:
        return True  # the API makes both ends of a link at once, and neither can be moved
    return difference.kind == "type" and (LINK in {field.api_type, live.type} or live.readonly or not field.writable)


def _update(scene: Scene, field: Field[Any], live: TableField, given: Sequence[Difference], loses: str = "") -> Step:
    asked: dict[str, Any] = {}
    for difference in given:
        options = {**asked.get("options", {}), **difference.change.get("options", {})}
        asked = {**asked, **difference.change, **({"options": options} if options else {})}
    if field.api_type == "ROLLUP" and "function" in asked.get("options", {}):
        refuse_unknown_function(field)
    if "type" in asked:
        asked = {**definition(field, scene.dialect), **asked}
    more: dict[str, Any] = {"was": live.type} if loses else {}
    if loses and all(difference.kind == "choice unknown" for difference in given if is_lossy(difference)):
        stay = {choice.get("id") for choice in asked["options"]["choices"]}
        leaving = [choice for choice in live.options.get("choices") or () if choice.get("id") not in stay]
        more |= {"leaving": [dict(choice) for choice in leaving], "several": live.allow_multiple_entries}
    return scene.step(
        "update_field",
        field.model.__name__,
        field.attribute,
        asked={"definition": spelled(asked), "choices": choice_keys(field), **more},
        shown=f"{live.name} ({field.attribute})",
        details=tuple(map(str, given)),
        loses=loses,
    )


def _replaced(scene: Scene, field: Field[Any], live: TableField, differences: Sequence[Difference]) -> list[Step]:
    """Out with the old field, with both ends of a link, so that the new one is missing and gets made."""
    match = scene.by_model[field.model]
    lossy = [difference for difference in differences if is_lossy(difference)]
    if match.end(live) in scene.going:
        return []  # as the other end of a link
    if match.table is not None and live.id == match.table.primary_field_id:
        scene.notes.append(f"{field.label}: {lossy[0]}. It is the primary field, which cannot be made anew.")
        scene.blocked.add(key(field))
        return []
    scene.going.add(match.end(live))
    steps = [
        scene.step(
            "delete_field",
            field.model.__name__,
            field.attribute,
            asked={"id": live.id, "was": live.type},
            sign="-",
            shown=f"{live.name} ({field.attribute}), to be made anew",
            details=tuple(map(str, lossy)),
            loses=lost_with(live),
        )
    ]
    ends = [(match, field.attribute)]
    for other in scene.by_model.values():
        for end in other.table.fields if other.table else ():
            if live.type == LINK and are_pair(match.end(live), live, other.end(end), end):
                name = next((name for name, known in other.fields.items() if known.id == end.id), "")
                ends.append((other, name))
                steps.append(delete_field(scene, other, end, name or "the other end"))
    if not scene.destroy:
        scene.held += steps
        if LINK in {field.api_type, live.type}:
            scene.blocked |= {(match.model, name) for match, name in ends}
        return []
    for match, name in ends:
        match.fields.pop(name, None)
    return steps


def lost_with(live: TableField) -> str:
    """What is lost with a field."""
    return "" if live.type in _DERIVED else EVERYTHING


def delete_field(scene: Scene, match: Match, live: TableField, what: str) -> Step:
    """The step that removes a field."""
    scene.going.add(match.end(live))
    return scene.step(
        "delete_field",
        match.model.__name__,
        asked={"id": live.id, "was": live.type},
        sign="-",
        shown=f"{live.name} ({what})",
        loses=lost_with(live),
    )


def are_pair(end: End, link: TableField, other: End, back: TableField) -> bool:
    """Whether two links are the two ends of one relation."""
    return (link.options.get(TARGET), link.options.get(INVERSE)) == other and (
        back.options.get(TARGET),
        back.options.get(INVERSE),
    ) == end
