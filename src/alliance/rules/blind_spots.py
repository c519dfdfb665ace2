"""What rules are known to miss or to flag wrongly, where several share it."""

CEILING = "flags dips of any size in a course that is otherwise flat, as at the ceiling"
LENGTH = "the longer the course, the likelier a false alarm"
SHIFT = "misses a fall that stays, which lowers the client's own mean and widens the own spread"
SLIDE = "misses a decline spread over several sessions"
OTHERS = "depends on who else is in the data"
