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
            give_up_late(self.state_handler.data_dir)

    return cloned


def give_up_late(data):
    """Has a copy that was cut off before its last step be worth nothing: the server goes on with what it has, and start.sh would put the
    copy in its place whenever that is."""
    if os.path.lexists(data) and os.path.lexists(f"{data}.ready"):
        os.rename(f"{data}.ready", f"{data}.new")


def put_aside(self):
    """In the place of removing the data directory. What start.sh finds there and nowhere else, it puts back."""
    if getattr(self, "is_copying", False) or not os.path.lexists(self.data_dir):
        return
    self.set_role(PostgresqlRole.UNINITIALIZED)
    # Fails where there is something already: one of the two is whole, and both stay.
    os.rename(self.data_dir, f"{self.data_dir}.old")
