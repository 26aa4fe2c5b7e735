"""What becomes of this member's data where Patroni would remove it: it is put aside, and goes when a whole copy has taken its place
(copy.sh). So nothing is lost when the one that is copied from is, too. Changes nothing by itself: launch.py has Patroni do so."""

import os

from patroni.postgresql.misc import PostgresqlRole


def unharmed(clone):
    """Has a copy that fails leave what was there: Patroni would remove it whoever made the copy, and whatever it was told to keep."""

    def cloned(self, *words, **options):
        self.state_handler.is_copying = True
        try:
            return clone(self, *words, **options)
        finally:
            self.state_handler.is_copying = False

    return cloned


def put_aside(self):
    """In the place of removing the data directory. What start.sh finds there and nowhere else, it puts back."""
    if getattr(self, "is_copying", False) or not os.path.lexists(self.data_dir):
        return
    self.set_role(PostgresqlRole.UNINITIALIZED)
    # Fails where there is something already: one of the two is whole, and both stay.
    os.rename(self.data_dir, f"{self.data_dir}.old")
