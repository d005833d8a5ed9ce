/**
 * Version of the database's objects, migrations and db/sql together. Raise it with every change to either:
 * an older predraft refuses to work on a newer schema instead of undoing it.
 */
export const schemaVersion = 6;
