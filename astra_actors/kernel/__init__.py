"""The words every room speaks: integer units, ids, time, chance, lifecycles, facts, errors, canonical bytes."""
