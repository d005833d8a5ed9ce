-- PostgreSQL lets everybody execute a new function. Ours are for those whom db/migrate/roles grants them.
revoke execute on all functions in schema predraft from public;
