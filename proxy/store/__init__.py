"""Where linkbacks live: on disk before anybody hears 'accepted', and through every later state.

One implementation for SQLite and PostgreSQL (SQLAlchemy Core). Decides nothing about a linkback;
only refuses moves between states that the table does not allow.
"""

from proxy.store.records import Arrival, Label, Listing, Receipt, Record, Standing
from proxy.store.schema import MOVES, State
from proxy.store.store import Store, open_store
from proxy.store.writer import StoreError

__all__ = [
    "MOVES",
    "Arrival",
    "Label",
    "Listing",
    "Receipt",
    "Record",
    "Standing",
    "State",
    "Store",
    "StoreError",
    "open_store",
]
