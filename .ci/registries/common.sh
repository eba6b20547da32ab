# Sourced by the start-* scripts beside it: what they share.
set -euo pipefail

gobin=$(go env GOBIN 2>/dev/null || true)
gobin=${gobin:-$(go env GOPATH 2>/dev/null | cut -d: -f1)/bin}
export PATH="$PATH:$gobin:${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}/bin"

die() { echo "${0##*/}: $*" >&2; exit 1; }

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# check_port PORT: a number, and free
check_port() {
  [[ $1 =~ ^[0-9]+$ ]] || die "not a port: $1"
  if answers "$1"; then die "port $1 is taken"; fi
}

# launch PORT DIR COMMAND...: in the background with its output in DIR/log; once the port answers, the pid on stdout and in DIR/pid
launch() {
  local port=$1 dir=$2 pid
  shift 2
  setsid "$@" >"$dir/log" 2>&1 </dev/null &
  pid=$!
  for _ in {1..200}; do
    if answers "$port"; then
      echo "$pid" | tee "$dir/pid"
      return
    fi
    kill -0 "$pid" 2>/dev/null || { tail -n 5 "$dir/log" >&2; die "the server ended (see $dir/log)"; }
    sleep 0.05
  done
  kill "$pid"
  die "no answer on port $port after 10 s (see $dir/log)"
}
