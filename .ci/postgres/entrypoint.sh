#!/bin/sh
# Makes a fresh database cluster from POSTGRES_PASSWORD, POSTGRES_USER and
# POSTGRES_DB, then becomes the server. The cluster is prepared by the server in
# single-user mode, so port 5432 opens once, when everything is in place.
set -eu
bin=/usr/lib/postgresql/15/bin
user="${POSTGRES_USER:-postgres}"
database="${POSTGRES_DB:-$user}"
: "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD to the password of $user}"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password_file="$(mktemp)"
  printf '%s\n' "$POSTGRES_PASSWORD" > "$password_file"
  "$bin/initdb" --pgdata="$PGDATA" --username="$user" --pwfile="$password_file" \
    --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 --no-sync
  rm -f "$password_file"
  printf 'host all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    printf 'CREATE DATABASE "%s";\n' "$database" \
      | "$bin/postgres" --single -D "$PGDATA" postgres > /dev/null
  fi
fi
# A test database is thrown away: durability is switched off for speed.
exec "$bin/postgres" -D "$PGDATA" -c listen_addresses='*' \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off "$@"
