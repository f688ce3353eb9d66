#!/usr/bin/env bash
# The set-up of this folder on loopback, for trials and for the test of fail-over: three etcd, three Patroni with their
# PostgreSQL, and HAProxy in front. Everything is in FOLDER. Started by root, all of it runs as the account postgres.
set -euo pipefail

usage='usage: loopback.sh start FOLDER | start-node FOLDER 1|2|3 | stop-node FOLDER 1|2|3 | list FOLDER | stop FOLDER
BASE_PORT (17000) is the first of the hundred ports that are used; PostgreSQL answers at BASE_PORT + 40.'
[ $# -ge 2 ] || { echo "$usage" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
base=${BASE_PORT:-17000}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

# Runs a program without the rights of root.
plainly() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

# start_program NAME ENV-FILE PROGRAM…: starts it in the background, with its log and its process id in the folder.
start_program() {
  local name=$1 settings=$2
  shift 2
  (
    set -a
    . "$settings"
    set +a
    cd "$folder"
    if [ "$(id -u)" = 0 ]; then set -- setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; fi
    # Its process id is the program's own, because each step replaces the one before.
    setsid "$@" >>"log/$name.log" 2>&1 </dev/null &
    echo $! >"run/$name.pid"
  )
}

# The settings of this machine's files, with the ports of a node on loopback.
write_settings() {
  local secret cluster='' hosts='' n
  secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  for n in 1 2 3; do
    cluster+="${cluster:+,}etcd$n=http://127.0.0.1:$((base + 10 + n))"
    hosts+="${hosts:+,}127.0.0.1:$((base + n))"
  done
  for n in 1 2 3; do
    sed -E \
      -e "s|^(ETCD_NAME)=.*|\1=etcd$n|" \
      -e "s|^(ETCD_DATA_DIR)=.*|\1=$folder/data/etcd$n|" \
      -e "s|^(ETCD_INITIAL_CLUSTER)=.*|\1=$cluster|" \
      -e "s|^(ETCD_.*PEER_URLS)=.*|\1=http://127.0.0.1:$((base + 10 + n))|" \
      -e "s|^(ETCD_.*CLIENT_URLS)=.*|\1=http://127.0.0.1:$((base + n))|" \
      "$here/etcd.env" >"$folder/etcd$n.env"
    sed -E \
      -e "s|^(PATRONI_NAME)=.*|\1=db$n|" \
      -e "s|^(PATRONI_ETCD3_HOSTS)=.*|\1=$hosts|" \
      -e "s|^(PATRONI_RESTAPI_.*)=.*|\1=127.0.0.1:$((base + 20 + n))|" \
      -e "s|^(PATRONI_POSTGRESQL_(LISTEN\|CONNECT_ADDRESS))=.*|\1=127.0.0.1:$((base + 30 + n))|" \
      -e "s|^(PATRONI_POSTGRESQL_DATA_DIR)=.*|\1=$folder/data/db$n|" \
      -e "s|^(PATRONI_POSTGRESQL_BIN_DIR)=.*|\1=$bin|" \
      -e "s|^(PATRONI_POSTGRESQL_PGPASS)=.*|\1=$folder/run/db$n.pgpass|" \
      -e "s|^(PATRONI_.*_PASSWORD)=.*|\1=$secret|" \
      "$here/node.env" >"$folder/db$n.env"
  done
  {
    echo "DATABASE_BIND=127.0.0.1:$((base + 40))"
    for n in 1 2 3; do
      echo "DB${n}_ADDRESS=127.0.0.1:$((base + 30 + n))"
      echo "DB${n}_PATRONI_PORT=$((base + 20 + n))"
    done
  } >"$folder/haproxy.env"
  cp "$here/haproxy.cfg" "$folder"
  # An account that is not postgres cannot make sockets where Debian has them.
  sed "s|^\( *unix_socket_directories\):.*|\1: $folder/run|" "$here/patroni.yml" >"$folder/patroni.yml"
}

start_node() { start_program "db$1" "$folder/db$1.env" patroni patroni.yml; }

ask() { curl -s -o /dev/null -m 2 -w '%{http_code}' "$@" || true; }

# Waits for a leader with a standby that has every commit, which no write is done without.
await_cluster() {
  local n
  for _ in $(seq 240); do
    for n in 1 2 3; do
      if [ "$(ask "http://127.0.0.1:$((base + 20 + n))/synchronous")" = 200 ]; then return; fi
    done
    sleep 0.5
  done
  echo "The cluster did not start: see $folder/log" >&2
  exit 69
}

start() {
  mkdir -p "$folder"/{data,log,run}
  chmod 700 "$folder"
  write_settings
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
  local n
  for n in 1 2 3; do start_program "etcd$n" "$folder/etcd$n.env" etcd; done
  for n in 1 2 3; do start_node "$n"; done
  start_program haproxy "$folder/haproxy.env" haproxy -db -f haproxy.cfg
  await_cluster
  echo "PGPASSWORD=$(sed -n 's/^PATRONI_SUPERUSER_PASSWORD=//p' "$folder/db1.env") psql -h 127.0.0.1 -p $((base + 40)) -U postgres"
}

# Ends a program that this script has started, and no other that has its number now.
end_program() {
  local pid
  pid=$(cat "$1")
  if grep -zqxF "PWD=$folder" "/proc/$pid/environ" 2>/dev/null; then
    kill "$pid"
    kill -CONT "$pid"
  fi
  for _ in $(seq 120); do [ -d "/proc/$pid" ] || break; sleep 0.25; done
  rm -f "$1"
}

stop() {
  local file n
  for n in 1 2 3; do if [ -f "$folder/run/db$n.pid" ]; then end_program "$folder/run/db$n.pid" & fi; done
  wait
  # A PostgreSQL whose Patroni was killed is still there.
  for n in 1 2 3; do plainly "$bin/pg_ctl" -D "$folder/data/db$n" -m fast stop >/dev/null 2>&1 || true; done
  for file in "$folder"/run/*.pid; do if [ -f "$file" ]; then end_program "$file" & fi; done
  wait
}

case $command in
  start) start ;;
  start-node) start_node "$3" ;;
  stop-node) end_program "$folder/run/db$3.pid" ;;
  list)
    set -a
    . "$folder/db1.env"
    set +a
    PATRONICTL_CONFIG_FILE="$folder/patroni.yml" patronictl list
    ;;
  stop) stop ;;
  *)
    echo "$usage" >&2
    exit 64
    ;;
esac
