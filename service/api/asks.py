"""From the filters of a question to what is asked of each edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.asking import Selection, chosen_series
from models.catalogue import UNSTATED_UNIT
from models.cube import Ints
from models.errors import ParameterFault
from service.api.filters import Filtered
from service.api.query import Asked
from service.api.scope import Share, Sight, check_codes, known_codes, narrowed
from service.problems import InputFault


@dataclass(frozen=True)
class Ask:
    """What to ask of one edition.

    Attributes:
        share: the edition and what may be seen of it.
        selection: the sums; its municipalities are always named, never "all".
        chosen: indices of the series they are made of.
    """

    share: Share
    selection: Selection
    chosen: Ints


def check_filters(asked: Asked[Filtered], shares: list[Share]) -> list[Share]:
    """Add a fault for each code that the asker does not see.

    Args:
        asked: the question as read, with the faults so far.
        shares: what the asker sees of the edition asked for, or of the current ones.

    Returns:
        The shares cut to the municipalities asked for.
    """
    query = asked.query
    mine = narrowed(shares, query.municipality)
    filters = (query.municipality, query.product, query.district)
    for name, wanted in zip(("municipality", "product", "district"), filters, strict=True):
        offered = known_codes(shares if name == "municipality" else mine, name)
        check_codes(asked, name, wanted, known_codes(shares, name), offered)
    return mine


def asks_of(query: Filtered, shares: Sequence[Share], wish: Selection) -> Iterator[Ask]:
    """Yield what to ask of each edition that has any of it.

    Args:
        query: the question, for its filters.
        shares: what the asker sees.
        wish: the sums, without filters.
    """
    for share in shares:
        selection = _selection(query, wish, share)
        if selection is None:
            continue
        chosen = chosen_series(share.edition, selection)
        if len(chosen):
            yield Ask(share, selection, chosen)


def _selection(query: Filtered, wish: Selection, share: Share) -> Selection | None:
    """Return the question to one edition, or None when it has nothing of what is asked."""
    products = tuple(code for code in query.product if code in share.codes("product"))
    districts = tuple(code for code in query.district if code in share.codes("district"))
    lacking = (query.product and not products) or (query.district and not districts)
    there = wish.measure in share.edition.tracks and share.shows(wish.measure)
    if lacking or not there:
        return None
    by = wish.by
    if share.sight is Sight.SHARED:  # what others share has no districts
        by = tuple(name for name in by if name != "district")
    return replace(
        wish, by=by, municipalities=share.municipalities, products=products, districts=districts
    )


def check_editions(asked: Asked[Filtered], group_by: Sequence[str], asks: Sequence[Ask]) -> None:
    """Refuse one sum over several editions: their paths were not drawn together."""
    if "municipality" in group_by or len(asks) <= 1:
        return
    told = ", ".join(sorted(ask.share.edition.edition_id for ask in asks))
    values = {"explanation": told}
    asked.faults.append(
        InputFault("several-editions", "groupBy", ",".join(group_by), values=values)
    )


def explained(fault: ParameterFault, group_by: Sequence[str], ask: Ask) -> InputFault:
    """Say what an edition says about a sum in terms of the question."""
    if ask.share.sight is not Sight.EXACT:
        if fault.parameter in ("product", "district"):
            return InputFault("protected-sum", fault.parameter, fault.value)
        return InputFault("protected-municipalities", "groupBy", ",".join(group_by))
    if fault.parameter == "measure":
        told = {"explanation": "; ".join(_units(ask))}
        return InputFault("unlike-units", "measure", fault.value, values=told)
    if fault.parameter == "by":
        return InputFault("shared-districts", "groupBy", ",".join(group_by))
    told = {"explanation": fault.rule}
    return InputFault("no-answer", fault.parameter, fault.value, fault.allowed, told)


def _units(ask: Ask) -> Iterator[str]:
    series = ask.share.edition.series
    products: dict[str, set[str]] = {}
    for at in ask.chosen:
        unit = series["volume_unit"][at] or UNSTATED_UNIT
        products.setdefault(unit, set()).add(series["product"][at])
    for unit, names in sorted(products.items()):
        yield f"{unit} ({', '.join(sorted(names))})"
