"""What a kind of document is, whatever it is: the words of its table, and what follows from them."""

from dataclasses import dataclass
from functools import cached_property

from .fields import Field, Shape, inert

COMMON = inert("Id", "SyncToken", "MetaData", "domain", "sparse", "status", "AttachableRef", "CustomField", "Source")


@dataclass(frozen=True)
class Entity:
    """One kind of document.

    `name_field` is what references show and names are unique by; `shared_names` is the space they are unique in;
    `parent_field` is empty where there is no hierarchy; `counter` is the range its ids are drawn from;
    `dated_by` is the date that closed books are compared with. A transaction has a number and lines in place of a
    name; it and what is `deletable` can be deleted; an order is one that posts nothing; `unqueried` names what no query
    may ask for, `queried_inside` what stands in a list and may be asked for all the same; `needed_though_sparse` what a
    sparse update has to give too.
    """

    name: str
    fields: tuple[Field, ...]
    name_field: str = "Name"
    shared_names: str = ""
    sub_field: str = ""
    counter: str = ""
    group: str = ""
    writable: bool = True
    creatable: bool = True
    followed: bool = True
    dated_by: str = ""
    only_one: bool = False
    is_transaction: bool = False
    is_order: bool = False
    deletable: bool = False
    unqueried: tuple[str, ...] = ()
    queried_inside: tuple[str, ...] = ()
    needed_though_sparse: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by their name."""
        return {field.name: field for field in (*COMMON, *self.fields)}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of what a create must give."""
        return tuple(field.name for field in self.fields if field.required)

    @cached_property
    def defaults(self) -> dict[str, object]:
        """What is answered for a field that was not given."""
        return {field.name: field.default for field in self.fields if field.default is not None}

    @cached_property
    def read_only(self) -> tuple[str, ...]:
        """Names of what only QuickBooks writes."""
        return tuple(field.name for field in self.fields if field.read_only)

    @cached_property
    def references(self) -> tuple[Field, ...]:
        """References on the top level."""
        return tuple(field for field in self.fields if field.shape is Shape.REFERENCE)

    @cached_property
    def numbered(self) -> tuple[str, ...]:
        """Names of objects that carry an Id of their own (addresses)."""
        return tuple(field.name for field in self.fields if field.numbered)

    @cached_property
    def has_parent(self) -> bool:
        """Whether records nest."""
        return "ParentRef" in self.by_name

    @cached_property
    def has_active(self) -> bool:
        """Whether records are made inactive and never deleted."""
        return "Active" in self.by_name
