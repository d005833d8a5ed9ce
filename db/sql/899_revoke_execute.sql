-- PostgreSQL lets everybody execute a new function. Only the roles of db/migrate/roles may execute ours.
revoke execute on all functions in schema predraft from public;
